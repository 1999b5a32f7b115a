"""Takes all that is new at an office, what is due first first.

Beside `make run SANDBOX=d-11680`:
KEY=$(sed -n s/^d-11680=//p .dasan/office_keys.env) python clients/python/example.py
"""

import os

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan_office import connect, refusal

with connect(os.environ.get("DASAN", "localhost:9122"), os.environ["KEY"]) as office:
    request = pb.ListWorkRequest(states=[pb.WORK_STATE_OPEN])
    while True:
        page = office.ListWork(request)
        for item in page.items:
            # Sent again after a cut, it has its effect once; a case that has changed is left alone.
            command = f"accept-{item.inquiry_id}-{item.round}-{item.attempt}"
            try:
                taken = office.Accept(
                    pb.AcceptRequest(
                        inquiry_id=item.inquiry_id,
                        command_id=command,
                        expected_version=item.version,
                    )
                ).item
            except grpc.RpcError as error:
                said = refusal(error)
                print(item.receipt_number, said.slug or error, said.message)
                continue
            state = pb.WorkState.Name(taken.state)
            print(taken.receipt_number, state, taken.due_at.ToJsonString())
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
