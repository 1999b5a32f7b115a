"""What a refusal says by gRPC in the details that libraries of every language read."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from services.common.edge import grpc_status
from services.common.edge.limits import RETRY_AFTER, TooMany
from services.common.kernel import DomainError, Kind, StaleVersion

INFO = error_details_pb2.ErrorInfo
BAD_REQUEST = error_details_pb2.BadRequest
PRECONDITION = error_details_pb2.PreconditionFailure
RETRY = error_details_pb2.RetryInfo


def details(error: DomainError) -> dict[type, object]:
    """The details of the refusal by their types, read from the metadata as a client reads them."""
    raw = dict(grpc_status.trailing(error))["grpc-status-details-bin"]
    assert isinstance(raw, bytes)
    status = status_pb2.Status.FromString(raw)
    assert status.code == grpc_status.code(error).value[0]
    assert status.message == error.message
    found: dict[type, object] = {}
    for packed in status.details:
        for type_ in (INFO, BAD_REQUEST, PRECONDITION, RETRY):
            detail = type_()
            if packed.Unpack(detail):
                found[type_] = detail
    assert len(found) == len(status.details)
    return found


@pytest.mark.parametrize("kind", list(Kind))
def test_every_refusal_names_its_slug_and_whose_it_is(kind: Kind) -> None:
    info = details(DomainError("slug", kind, "do this"))[INFO]
    assert info == INFO(reason="slug", domain="dasan")


def test_what_is_invalid_names_its_field() -> None:
    found = details(DomainError("invalid_time", Kind.INVALID, "is no time", field="occurred_at"))
    assert found == {
        INFO: INFO(reason="invalid_time", domain="dasan", metadata={"field": "occurred_at"}),
        BAD_REQUEST: BAD_REQUEST(
            field_violations=[
                {"field": "occurred_at", "description": "is no time", "reason": "invalid_time"}
            ]
        ),
    }


def test_what_the_state_forbids_names_what_it_allows() -> None:
    error = DomainError("permit_case", Kind.CONFLICT, "no", allowed=("Decline", "DecidePermit"))
    found = details(error)
    assert found[PRECONDITION] == PRECONDITION(
        violations=[
            {"type": "permit_case", "subject": name, "description": f"allowed now: {name}"}
            for name in ("Decline", "DecidePermit")
        ]
    )
    info = INFO(reason="permit_case", domain="dasan", metadata={"allowed": "Decline,DecidePermit"})
    assert found[INFO] == info


def test_where_nothing_is_allowed_the_refusal_still_says_which_it_is() -> None:
    found = details(DomainError("handed_on", Kind.CONFLICT, "it has left"))
    assert found[PRECONDITION] == PRECONDITION(
        violations=[{"type": "handed_on", "description": "it has left"}]
    )


def test_an_older_version_names_the_one_there_is() -> None:
    info = details(StaleVersion(7))[INFO]
    assert isinstance(info, INFO)
    assert info.metadata == {"field": "expected_version", "version": "7"}


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (DomainError("database_away", Kind.UNAVAILABLE, "again"), RETRY_AFTER),
        (TooMany("too_many", "later"), RETRY_AFTER),
        (TooMany("too_many", "later", retry_after=timedelta(seconds=9)), timedelta(seconds=9)),
    ],
)
def test_what_may_pass_says_when_to_come_again(error: DomainError, wait: timedelta) -> None:
    retry = details(error)[RETRY]
    assert isinstance(retry, RETRY)
    assert retry.retry_delay.ToTimedelta() == wait


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.UNAVAILABLE}))
def test_what_does_not_pass_by_itself_names_no_time(kind: Kind) -> None:
    assert RETRY not in details(DomainError("slug", kind, "do this"))


def test_too_many_is_exhausted_and_not_away() -> None:
    assert grpc_status.code(TooMany("t", "later")) is grpc.StatusCode.RESOURCE_EXHAUSTED
