"""Takes all that is new at an office, what is due first first.

Beside `make run SANDBOX=d-11680`:
KEY=$(sed -n s/^d-11680=//p .dasan/office_keys.env) python clients/python/example.py
"""

import os

from dasan.districts.v1 import work_pb2 as pb
from dasan_office import connect

with connect(os.environ.get("DASAN", "localhost:9122"), os.environ["KEY"]) as office:
    for item in office.ListWork(pb.ListWorkRequest(states=[pb.WORK_STATE_OPEN])).items:
        # Sent again after a cut, it has its effect once; a case that has changed is left alone.
        command = f"accept-{item.inquiry_id}-{item.round}-{item.attempt}"
        taken = office.Accept(
            pb.AcceptRequest(
                inquiry_id=item.inquiry_id, command_id=command, expected_version=item.version
            )
        ).item
        print(taken.receipt_number, pb.WorkState.Name(taken.state), taken.due_at.ToJsonString())
