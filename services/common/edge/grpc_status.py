"""What a refusal says by gRPC: its status, its details (google.rpc), and the metadata beside them.

The details are those that gRPC's libraries of every language read from `grpc-status-details-bin`:
ErrorInfo with the slug, BadRequest with the field at fault, PreconditionFailure with what is
possible instead, RetryInfo where the same call may succeed later. None says more than the
DomainError itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from services.common.edge.limits import RETRY_AFTER, TooMany
from services.common.kernel import DomainError, Kind, StaleVersion

# The domain of every reason, as ErrorInfo wants it: whose list of slugs it is.
DOMAIN = "dasan"
STATUS: Mapping[Kind, grpc.StatusCode] = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.STALE: grpc.StatusCode.ABORTED,
    Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}
_DETAILS = "grpc-status-details-bin"


def code(error: DomainError) -> grpc.StatusCode:
    """The status of a refusal."""
    if isinstance(error, TooMany):
        return grpc.StatusCode.RESOURCE_EXHAUSTED
    return STATUS[error.kind]


def trailing(error: DomainError) -> tuple[tuple[str, str | bytes], ...]:
    """The trailing metadata of a refusal: slug, field and version as text, and the details."""
    said: list[tuple[str, str | bytes]] = [("dasan-slug", error.slug)]
    if error.field:
        said.append(("dasan-field", error.field))
    if isinstance(error, StaleVersion):
        said.append(("dasan-version", str(error.version)))
    said.append((_DETAILS, status(error).SerializeToString()))
    return tuple(said)


def status(error: DomainError) -> status_pb2.Status:
    """The refusal as google.rpc.Status."""
    number, _ = code(error).value
    found = status_pb2.Status(code=number, message=error.message)
    for detail in _details(error):
        found.details.add().Pack(detail)
    return found


def _details(error: DomainError) -> Iterator[Message]:
    more = {"field": error.field or "", "allowed": ",".join(error.allowed)}
    if isinstance(error, StaleVersion):
        more["version"] = str(error.version)
    yield error_details_pb2.ErrorInfo(
        reason=error.slug,
        domain=DOMAIN,
        metadata={name: value for name, value in more.items() if value},
    )
    if error.kind is Kind.INVALID:
        yield _bad_request(error)
    if error.kind is Kind.CONFLICT:
        yield _precondition(error)
    if error.kind is Kind.UNAVAILABLE:
        wait = error.retry_after if isinstance(error, TooMany) else None
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromTimedelta(wait or RETRY_AFTER)
        yield retry


def _bad_request(error: DomainError) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=error.field or "", description=error.message, reason=error.slug
    )
    return error_details_pb2.BadRequest(field_violations=[violation])


def _precondition(error: DomainError) -> error_details_pb2.PreconditionFailure:
    """One violation for each command that is possible instead, or one without a subject."""
    violations = [
        error_details_pb2.PreconditionFailure.Violation(
            type=error.slug, subject=name, description=f"allowed now: {name}"
        )
        for name in error.allowed
    ]
    alone = error_details_pb2.PreconditionFailure.Violation(
        type=error.slug, description=error.message
    )
    return error_details_pb2.PreconditionFailure(violations=violations or [alone])
