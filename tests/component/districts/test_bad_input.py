"""What an office's software gets for what it must not send: a row for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import PERMIT_DECISION_GRANTED
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub
from google.rpc import error_details_pb2, status_pb2

from services.districts.application.feed import RESUME_WITHIN
from tests.component.districts.offices import (
    NOW,
    Service,
    answer_request,
    as_office,
    assigned,
    begin,
    decide_request,
    in_seoul,
    serving,
)

OFFICE, OTHER = as_office("d-11680"), as_office("d-11650")
SECONDS = 10


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    """A city that bounds how far an office may date back, two weeks after a case came: it is open
    as `open`, and another one answered as `done`."""
    async with serving(in_seoul()) as started:
        await started.assign(assigned("open", "d-11680"), assigned("done", "d-11680"))
        answer = answer_request(inquiry_id="done", text="Done.")
        await started.offices.Answer(answer, metadata=OFFICE)
        await started.later(timedelta(days=14))
        yield started


@dataclass(frozen=True, kw_only=True)
class Row:
    """A call and how it must end. `allowed` are the commands that are named as possible instead."""

    method: str
    request: Any
    code: grpc.StatusCode
    slug: str
    field: str = ""
    allowed: tuple[str, ...] = ()
    version: str = ""
    as_office: Any = OFFICE
    timeout: float | None = SECONDS


ROWS = {
    "a version that is no longer": Row(
        method="Accept",
        request=pb.AcceptRequest(inquiry_id="open", expected_version=7),
        code=grpc.StatusCode.ABORTED,
        slug="stale_version",
        field="expected_version",
        version="1",
    ),
    "a step that the case does not take": Row(
        method="DecidePermit",
        request=decide_request(inquiry_id="open", decision=PERMIT_DECISION_GRANTED, text="Yes."),
        code=grpc.StatusCode.FAILED_PRECONDITION,
        slug="not_a_permit",
        allowed=("Accept", "Decline", "AddNote", "Answer", "WithdrawCase"),
    ),
    "a step after the last": Row(
        method="Answer",
        request=answer_request(inquiry_id="done", text="Something else."),
        code=grpc.StatusCode.FAILED_PRECONDITION,
        slug="already_answered",
        allowed=("AddNote",),
    ),
    "the case of another office": Row(
        method="Accept",
        request=pb.AcceptRequest(inquiry_id="open"),
        code=grpc.StatusCode.NOT_FOUND,
        slug="unknown_case",
        as_office=OTHER,
    ),
    "the version of another office's case": Row(
        method="Accept",
        request=pb.AcceptRequest(inquiry_id="open", expected_version=7),
        code=grpc.StatusCode.NOT_FOUND,
        slug="unknown_case",
        as_office=OTHER,
    ),
    "no deadline": Row(
        method="ListWork",
        request=pb.ListWorkRequest(),
        code=grpc.StatusCode.INVALID_ARGUMENT,
        slug="no_deadline",
        timeout=None,
    ),
    "more than a mebibyte": Row(
        method="Answer",
        request=answer_request(inquiry_id="open", text="x" * (1 << 20)),
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        slug="",
    ),
    "dated back beyond the bound": Row(
        method="Accept",
        request=pb.AcceptRequest(inquiry_id="open", occurred_at=NOW),
        code=grpc.StatusCode.INVALID_ARGUMENT,
        slug="invalid_time",
        field="occurred_at",
    ),
    "a watch token that is none": Row(
        method="WatchWork",
        request=pb.WatchWorkRequest(resume_token="made up"),
        code=grpc.StatusCode.INVALID_ARGUMENT,
        slug="invalid_resume_token",
        field="resume_token",
    ),
    "a page token that is none": Row(
        method="ListWork",
        request=pb.ListWorkRequest(page_token="made up"),
        code=grpc.StatusCode.INVALID_ARGUMENT,
        slug="invalid_page_token",
        field="page_token",
    ),
    "no office's key": Row(
        method="ListWork",
        request=pb.ListWorkRequest(),
        code=grpc.StatusCode.UNAUTHENTICATED,
        slug="key_missing",
        as_office=(),
    ),
}


@pytest.mark.parametrize("name", ROWS)
async def test_what_is_refused_says_so_and_changes_nothing(seoul: Service, name: str) -> None:
    row = ROWS[name]
    before = {id_: stored.version for id_, stored in seoul.store.documents.items()}
    address = f"127.0.0.1:{seoul.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address) as channel:
        method = getattr(OfficeWorkServiceStub(channel), row.method)
        call = method(row.request, metadata=row.as_office, timeout=row.timeout)
        assert await call.code() is row.code
        trailing = dict(await call.trailing_metadata() or ())
    assert trailing.get("dasan-slug", "") == row.slug
    assert before == {id_: stored.version for id_, stored in seoul.store.documents.items()}
    if row.slug:
        assert details(trailing["grpc-status-details-bin"], row.slug) == expected(row)


def details(raw: str | bytes, slug: str) -> dict[str, object]:
    """What a client reads in the details, in plain values."""
    assert isinstance(raw, bytes)
    info, bad, precondition = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.PreconditionFailure(),
    )
    for packed in status_pb2.Status.FromString(raw).details:
        assert any(packed.Unpack(one) for one in (info, bad, precondition))
    assert (info.reason, info.domain) == (slug, "dasan")
    return {
        "fields": [violation.field for violation in bad.field_violations],
        "allowed": tuple(one.subject for one in precondition.violations if one.subject),
        "version": info.metadata.get("version", ""),
    }


def expected(row: Row) -> dict[str, object]:
    invalid = row.code is grpc.StatusCode.INVALID_ARGUMENT
    return {
        "fields": [row.field] if invalid else [],
        "allowed": row.allowed,
        "version": row.version,
    }


async def test_a_watch_token_that_is_too_old_begins_with_the_whole_list_and_says_so(
    seoul: Service,
) -> None:
    first = seoul.offices.WatchWork(pb.WatchWorkRequest(), metadata=OFFICE)
    token = (await begin(first)).token
    first.cancel()
    await seoul.later(RESUME_WITHIN + timedelta(seconds=1))
    again = seoul.offices.WatchWork(pb.WatchWorkRequest(resume_token=token), metadata=OFFICE)
    begun = await begin(again)
    assert begun.whole
    assert [item.inquiry_id for item in begun.items] == ["open"]
    assert begun.token != token
    again.cancel()
