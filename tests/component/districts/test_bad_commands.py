"""What an office's software gets for a command on a case or a permit that it must not send: each
command meets each fault, and the faults of a command of its own have a row each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import cases_pb2 as cases
from dasan.districts.v1 import permits_pb2 as permits
from dasan.districts.v1 import work_pb2 as work
from dasan.districts.v1.cases_pb2_grpc import CaseServiceStub
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_WRONG_PLACE,
    EXTENSION_REASON_REVIEW,
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_REFUSED,
)
from dasan.districts.v1.permits_pb2_grpc import PermitServiceStub
from google.rpc import error_details_pb2, status_pb2

from services.common.aggregates.ticker import Ticker
from tests.component.districts.offices import (
    DUE,
    NOW,
    Service,
    as_office,
    assigned,
    decide_request,
    in_seoul,
    refusal,
    serving,
)
from tests.support.kit import part

OFFICE, ASKED, OTHER = as_office("d-11680"), as_office("d-11110"), as_office("d-11650")
OFFICER = {"officer_unit": "도로과", "officer_name": "홍길동 주무관", "officer_phone": "02-120"}
CONFLICT, INVALID = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A command that is right in every way, on a case that takes it."""

    on: str
    fields: dict[str, Any]
    office: Any = OFFICE


# On `work`: a building report in hand; `asked` waits for a supplement; `lapsed` waited in vain;
# `looked`: is inspected; `no`: refused; `again`: refused and objected to; `yes`: granted, and to be
# collected.
RIGHT = {
    "RequestSupplement": Sent(on="work", fields={"text": "도면", "days": 5}),
    "ProlongSupplement": Sent(on="asked", fields={"days": 5}),
    "ReceiveSupplement": Sent(on="asked", fields={}),
    "ExtendCase": Sent(on="work", fields={"amount": 3, "reason": EXTENSION_REASON_REVIEW}),
    "Consult": Sent(
        on="work", fields={"consulted_office_id": "d-11140", "text": "의견?", "days": 3}
    ),
    "AnswerConsultation": Sent(on="work", fields={"number": 1, "text": "없음"}, office=ASKED),
    "ExtendConsultation": Sent(
        on="work", fields={"number": 1, "days": 2, "reason": EXTENSION_REASON_REVIEW}, office=ASKED
    ),
    "StartWork": Sent(on="work", fields={"assignee": "kim-1"}),
    "AssignOfficer": Sent(on="work", fields={"assignee": "kim-1"}),
    "AddNote": Sent(on="work", fields={"text": "전화함"}),
    "ReturnDocuments": Sent(on="lapsed", fields={"text": "보완되지 아니함", **OFFICER}),
    "WithdrawCase": Sent(on="work", fields={}),
    "FileObjection": Sent(on="no", fields={"text": "다시 보아 주십시오."}),
    "ExtendObjection": Sent(on="again", fields={"reason": EXTENSION_REASON_REVIEW}),
    "DecideObjection": Sent(on="again", fields={"upheld": True, "text": "인용함"}),
    "OrderInspection": Sent(on="work", fields={}),
    "ProlongInspection": Sent(on="looked", fields={}),
    "EndInspection": Sent(on="looked", fields={"finding": "이상 없음"}),
    "CheckApplication": Sent(on="work", fields={}),
    "RecordFee": Sent(on="work", fields={"amount_won": 1000, "reference": "T-1"}),
    "RecordCollection": Sent(on="yes", fields={}),
    "RevokePermit": Sent(on="yes", fields={"reason": "조건 위반"}),
}
# Refused as unknown rather than forbidden: nothing was asked of the office, no document is there.
UNKNOWN = {
    "AnswerConsultation": "unknown_case",
    "ExtendConsultation": "unknown_case",
    "RecordCollection": "unknown_document",
    "RevokePermit": "unknown_document",
}
# The field that somebody reads, of which something must be seen.
WORDS = {
    "RequestSupplement": ("text", "invalid_answer"),
    "Consult": ("text", "invalid_answer"),
    "AnswerConsultation": ("text", "invalid_answer"),
    "AddNote": ("text", "invalid_note"),
    "ReturnDocuments": ("text", "invalid_answer"),
    "FileObjection": ("text", "invalid_answer"),
    "DecideObjection": ("text", "invalid_answer"),
    "RevokePermit": ("reason", "invalid_reason"),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with one field of a command that is right otherwise."""

    name: str
    fields: dict[str, Any]
    slug: str
    code: grpc.StatusCode = INVALID


FAULTS = (
    Fault(name="RequestSupplement", fields={"days": 0}, slug="invalid_days"),
    Fault(name="RequestSupplement", fields={"days": 91}, slug="invalid_days"),
    Fault(name="ProlongSupplement", fields={"days": 91}, slug="invalid_days"),
    Fault(name="ExtendCase", fields={"amount": 0}, slug="invalid_period"),
    Fault(name="ExtendCase", fields={"amount": 8}, slug="term_refused"),
    Fault(name="ExtendCase", fields={"reason": 0}, slug="invalid_reason"),
    Fault(name="ExtendObjection", fields={"reason": 99}, slug="invalid_reason"),
    Fault(name="Consult", fields={"days": 31}, slug="invalid_days"),
    Fault(name="Consult", fields={"consulted_office_id": "d-11680"}, slug="unknown_office"),
    Fault(name="Consult", fields={"consulted_office_id": "nobody"}, slug="unknown_office"),
    Fault(
        name="AnswerConsultation",
        fields={"number": 9},
        slug="unknown_case",
        code=grpc.StatusCode.NOT_FOUND,
    ),
    Fault(name="ExtendConsultation", fields={"days": 0}, slug="invalid_days"),
    Fault(name="ExtendConsultation", fields={"days": 10}, slug="term_refused"),
    Fault(name="ExtendConsultation", fields={"reason": 0}, slug="invalid_reason"),
    Fault(name="StartWork", fields={"assignee": "Hong Gil-dong"}, slug="invalid_officer_code"),
    Fault(name="AssignOfficer", fields={"assignee": "홍길동"}, slug="invalid_officer_code"),
    Fault(name="ReturnDocuments", fields={"officer_phone": "call us"}, slug="invalid_officer"),
    Fault(name="EndInspection", fields={"finding": "x" * 10_001}, slug="invalid_answer"),
    Fault(name="CheckApplication", fields={"missing": ["pet"]}, slug="invalid_document"),
    Fault(name="RecordFee", fields={"amount_won": -1}, slug="invalid_amount"),
    Fault(name="RecordFee", fields={"reference": ""}, slug="invalid_reference"),
    Fault(name="RecordFee", fields={"exemption": "friend"}, slug="invalid_exemption"),
    Fault(
        name="RecordCollection",
        fields={"document_no": "2026-XXXX"},
        slug="unknown_document",
        code=grpc.StatusCode.NOT_FOUND,
    ),
)


CASES = ("work", "asked", "lapsed", "looked", "no", "again", "yes", "done", "left")


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    """All the cases above, as they stand three days after they came."""
    async with serving(in_seoul()) as city:
        for id_ in CASES:
            event = assigned(
                id_,
                "d-11680",
                permit=True,
                service_code="building-report",
                period="7d",
                due_at=DUE,
            )
            await city.assign(event)
            await city.offices.Accept(work.AcceptRequest(inquiry_id=id_), metadata=OFFICE)
        async with stubs(city) as send:
            await send("Consult", "work", consulted_office_id="d-11110", text="의견?", days=9)
            await send("RequestSupplement", "asked", text="도면", days=30)
            await send("RequestSupplement", "lapsed", text="도면", days=1)
            await send("OrderInspection", "looked")
            for id_ in ("no", "again", "done"):
                await decide(city, id_, PERMIT_DECISION_REFUSED)
            await decide(city, "yes", PERMIT_DECISION_GRANTED, to_be_collected=True)
            decline = work.DeclineRequest(inquiry_id="left", reason=DECLINE_REASON_WRONG_PLACE)
            await city.offices.Decline(decline, metadata=OFFICE)
            await send("FileObjection", "again", text="다시 보아 주십시오.")
            await send("FileObjection", "done", text="받아들일 수 없습니다.")
            await send("DecideObjection", "done", upheld=False, text="기각함")
        await city.later(timedelta(days=3))
        await part(city.replica.districts, Ticker, "ticker").tick()
        yield city


async def decide(city: Service, inquiry_id: str, decision: Any, **terms: Any) -> None:
    request = decide_request(inquiry_id=inquiry_id, decision=decision, text="결정함", **terms)
    await city.offices.DecidePermit(request, metadata=OFFICE)


@asynccontextmanager
async def stubs(city: Service) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Sends a command by its name: `send(name, inquiry_id, **fields)`."""
    address = f"127.0.0.1:{city.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address) as channel:
        of_cases, of_permits = CaseServiceStub(channel), PermitServiceStub(channel)

        async def send(
            name: str,
            inquiry_id: str,
            *,
            office: Any = OFFICE,
            timeout: float | None = 10,
            **fields: Any,
        ) -> Any:
            stub: Any = of_permits if hasattr(permits, f"{name}Request") else of_cases
            request = request_of(name)(inquiry_id=inquiry_id, **fields)
            return await getattr(stub, name)(request, metadata=office, timeout=timeout)

        yield send


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str]:
    """How a call ended, by its status and slug."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        trailing = dict(error.trailing_metadata() or ())
        return error.code(), str(trailing.get("dasan-slug", ""))
    return grpc.StatusCode.OK, ""


def versions(city: Service) -> dict[str, int]:
    """The version of each case."""
    return {id_: stored.version for id_, stored in city.store.documents.items()}


def faults(name: str) -> dict[str, tuple[dict[str, Any], tuple[grpc.StatusCode, str]]]:
    """What may be wrong with a command: the fields that make it so, and how it must end."""
    fields: Any = request_of(name).DESCRIPTOR.fields_by_name
    found: dict[str, Any] = {
        "a version that is no longer": (
            {"expected_version": 99},
            (grpc.StatusCode.ABORTED, "stale_version"),
        ),
        "another office": ({"office": OTHER}, (grpc.StatusCode.NOT_FOUND, "unknown_case")),
        "no case": ({"on": "none"}, (grpc.StatusCode.NOT_FOUND, "unknown_case")),
        "no key": ({"office": ()}, (grpc.StatusCode.UNAUTHENTICATED, "key_missing")),
        "no deadline": ({"timeout": None}, (INVALID, "no_deadline")),
        "dated back beyond the bound": (
            {"occurred_at": NOW + timedelta(hours=1)},
            (INVALID, "invalid_time"),
        ),
        "not yet": ({"occurred_at": NOW + timedelta(days=4)}, (INVALID, "invalid_time")),
        "an id that is none": ({"command_id": "a\n"}, (INVALID, "invalid_command_id")),
        "more than a mebibyte": (
            {"command_id": "x" * (1 << 20)},
            (grpc.StatusCode.RESOURCE_EXHAUSTED, ""),
        ),
    }
    if "officer_code" in fields:
        found["a name for a code"] = (
            {"officer_code": "Hong Gil-dong"},
            (INVALID, "invalid_officer_code"),
        )
    if name in WORDS:
        field, slug = WORDS[name]
        found["words of which nothing is seen"] = ({field: " \u200b"}, (INVALID, slug))
    for fault in FAULTS:
        if fault.name == name:
            found[f"{fault.fields}"] = (fault.fields, (fault.code, fault.slug))
    return found


def request_of(name: str) -> Any:
    contract = permits if hasattr(permits, f"{name}Request") else cases
    return getattr(contract, f"{name}Request")


@pytest.mark.parametrize("name", RIGHT)
async def test_each_fault_is_named_and_changes_nothing(seoul: Service, name: str) -> None:
    sent, before = RIGHT[name], versions(seoul)
    wanted = faults(name)
    found = {}
    async with stubs(seoul) as send:
        for fault, (wrong, _) in wanted.items():
            fields: dict[str, Any] = {"on": sent.on, "office": sent.office, **sent.fields, **wrong}
            found[fault] = await refused(send(name, fields.pop("on"), **fields))
        assert found == {fault: ending for fault, (_, ending) in wanted.items()}
        assert versions(seoul) == before
        # Without the fault it is right, so that each was refused for nothing else; and once.
        right = {"office": sent.office, "command_id": "c-1", **sent.fields}
        for _ in range(2):
            assert await refused(send(name, sent.on, **right)) == (grpc.StatusCode.OK, "")
        assert versions(seoul)[sent.on] == before[sent.on] + 1


async def test_what_is_wrong_with_a_field_names_that_field(seoul: Service) -> None:
    """By the name that it has in the request, whatever the rule calls it that refuses it."""
    wanted, found = {}, {}
    async with stubs(seoul) as send:
        for fault in FAULTS:
            if fault.code is not INVALID:
                continue
            sent, [field] = RIGHT[fault.name], fault.fields
            call = send(fault.name, sent.on, office=sent.office, **{**sent.fields, **fault.fields})
            _, trailing = await refusal(call)
            what = f"{fault.name} {fault.fields}"
            wanted[what], found[what] = field, trailing.get("dasan-field")
    assert found == wanted


@pytest.mark.parametrize("name", RIGHT)
async def test_what_the_state_forbids_names_what_it_allows(seoul: Service, name: str) -> None:
    sent = RIGHT[name]
    where = "left" if name == "AddNote" else "done"
    async with stubs(seoul) as send:
        call = send(name, where, office=sent.office, **sent.fields)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call
    if name in UNKNOWN:
        assert error.value.code() is grpc.StatusCode.NOT_FOUND
        return
    assert error.value.code() is CONFLICT
    assert named(error.value) == (set() if where == "left" else {"AddNote"})


def named(error: grpc.aio.AioRpcError) -> set[str]:
    """The commands that a refusal names as possible."""
    trailing: Any = dict(error.trailing_metadata() or ())
    found = error_details_pb2.PreconditionFailure()
    for one in status_pb2.Status.FromString(trailing["grpc-status-details-bin"]).details:
        one.Unpack(found)
    return {one.subject for one in found.violations if one.subject}


def test_each_command_has_its_row() -> None:
    sent = {
        method.name
        for file in (cases, permits)
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if "command_id" in method.input_type.fields_by_name
    }
    assert set(RIGHT) == sent
