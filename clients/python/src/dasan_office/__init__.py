"""A connection to Dasan for an office's own software, and what its refusals say.

The calls and messages are the generated ones of `dasan.districts.v1`; this module only adds what
every caller would write: the key, deadlines, ids of commands, what is tried again, and a connection
that stays.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple
from uuid import uuid4

import grpc
from dasan.districts.v1.work_pb2 import WatchWorkRequest, WatchWorkResponse
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub
from google.rpc import error_details_pb2, status_pb2

__all__ = ["Refusal", "channel", "connect", "refusal", "watch"]

# The service may take some seconds while its database changes over.
DEADLINE_SECONDS = 10.0
# Middleboxes forget a connection after about a minute of silence; the service allows 5 s.
PING_MILLISECONDS = 20_000
# Offices that were cut off together do not come again together. Shorter: they do. Longer: what
# changes meanwhile is seen later.
COMES_AGAIN_WITHIN_SECONDS = (0.2, 2.0)
# Statuses with which a watch ends that may be begun again as it is.
_PASSING = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)
_DETAILS = "grpc-status-details-bin"


@contextmanager
def connect(
    address: str,
    key: str,
    *,
    deadline: float = DEADLINE_SECONDS,
    credentials: grpc.ChannelCredentials | None = None,
) -> Iterator[OfficeWorkServiceStub]:
    """The stub of an office's work at `address`, closed at the end. All as for `channel`."""
    with channel(address, key, deadline=deadline, credentials=credentials) as made:
        yield OfficeWorkServiceStub(made)


@contextmanager
def channel(
    address: str,
    key: str,
    *,
    deadline: float = DEADLINE_SECONDS,
    credentials: grpc.ChannelCredentials | None = None,
) -> Iterator[grpc.Channel]:
    """A connection to `address` (host:port) for the stub of any service, closed at the end.

    `key` is the office's key or a token. A call with one answer that names no `timeout` has
    `deadline` seconds; WatchWork has none. A command without a `command_id` gets one, so that what
    is tried again has its effect once; whoever sends a command again by itself gives its own id.
    Without `credentials` nothing is encrypted: on a network of others give
    `grpc.ssl_channel_credentials()`.
    """
    options = [
        ("grpc.service_config", _service_config()),
        ("grpc.keepalive_time_ms", PING_MILLISECONDS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    made = (
        grpc.insecure_channel(address, options)
        if credentials is None
        else grpc.secure_channel(address, credentials, options)
    )
    with made as open_:
        yield grpc.intercept_channel(open_, _Calling(key, deadline))


def watch(
    office: OfficeWorkServiceStub, *, resume_token: str = "", include_accepted: bool = True
) -> Iterator[WatchWorkResponse]:
    """What WatchWork tells, for as long as it is read; a watch that is cut off is begun again by
    itself, at whatever replica answers, from where it was.

    After `snapshot_begins` the whole list follows: forget what is not in it. Of a case the highest
    `version` counts. Where a message has a `resume_token`, keep it together with what is known by
    then, and give it here after a restart. Raises grpc.RpcError for what coming again does not
    mend, such as a token that has ended.
    """
    token = resume_token
    while True:
        request = WatchWorkRequest(include_accepted=include_accepted, resume_token=token)
        stream: Any = office.WatchWork(request)
        try:
            for message in stream:
                if message.HasField("snapshot_begins"):
                    token = ""  # whoever is cut off within the list begins with it again
                token = message.resume_token or token
                yield message
        except grpc.RpcError as error:
            call: Any = error  # as in `refusal`
            if call.code() not in _PASSING:
                raise
        finally:
            stream.cancel()  # also where the caller reads no more
        time.sleep(random.uniform(*COMES_AGAIN_WITHIN_SECONDS))  # noqa: S311


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a refusal says.

    `slug` names it and never changes, "" where the service did not speak at all; `message` says the
    remedy; `field` is the one at fault; `allowed` are the commands that the case takes instead;
    `version` is the present one of a case that has changed; `retry_after` is the number of seconds
    after which the same call may succeed, None where it will not by itself.
    """

    slug: str
    message: str
    field: str = ""
    allowed: tuple[str, ...] = ()
    version: int | None = None
    retry_after: float | None = None


def refusal(error: grpc.RpcError) -> Refusal:
    """What the error of a call says."""
    call: Any = error  # every error that a call raises is a call, too; the types do not say so
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    wait: float | None = None
    trailing: dict[str, Any] = dict(call.trailing_metadata() or ())
    for detail in status_pb2.Status.FromString(trailing.get(_DETAILS, b"")).details:
        detail.Unpack(info)
        if detail.Unpack(retry):
            wait = retry.retry_delay.ToTimedelta().total_seconds()
    said = info.metadata
    return Refusal(
        slug=info.reason,
        message=call.details() or "",
        field=said.get("field", ""),
        allowed=tuple(filter(None, said.get("allowed", "").split(","))),
        version=int(said["version"]) if "version" in said else None,
        retry_after=wait,
    )


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Calling(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Sends the key with each call; with each that has one answer a deadline, and with each command
    an id."""

    def __init__(self, key: str, deadline: float) -> None:
        self._key = ("authorization", f"Bearer {key}")
        self._deadline = deadline

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return continuation(self._with(client_call_details, self._deadline), _named(request))

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return continuation(self._with(client_call_details, None), request)

    def _with(self, details: Any, deadline: float | None) -> _Details:
        return _Details(
            method=details.method,
            timeout=deadline if details.timeout is None else details.timeout,
            metadata=(*(details.metadata or ()), self._key),
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
            compression=details.compression,
        )


def _named(request: Any) -> Any:
    """The request with an id for each command in it that has none; it is changed in a copy."""
    fields = request.DESCRIPTOR.fields_by_name
    one = "command_id" in fields and not request.command_id
    many = "items" in fields and any(not item.command_id for item in request.items)
    if not one and not many:
        return request
    named = type(request)()
    named.CopyFrom(request)
    for command in [named] if one else named.items:
        command.command_id = command.command_id or str(uuid4())
    return named


def _service_config() -> str:
    return resources.files(__name__).joinpath("service_config.json").read_text("utf-8")
