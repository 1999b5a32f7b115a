"""Offices with their own software: they know gRPC and their key, nothing else of the city's.

Each watches its own work on one stream, and goes on where it was when that is cut off. What to do
with a piece of work is the caller's choice.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1 import work_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from simulation.actors.credentials import Credential, NoToken

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
# The city shows every 15 seconds that a watch is alive. Longer: work that a frozen server has is
# seen later. Shorter: one late sign of life ends a watch.
SILENT_SECONDS = 40.0
_AWAY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
)


class Refused(Exception):
    """The city refused a command; `slug` says why. Code ABORTED: the case has changed since the
    office saw it."""

    def __init__(self, slug: str, code: grpc.StatusCode) -> None:
        super().__init__(f"{slug} ({code.name})")
        self.slug = slug
        self.code = code


def timestamp(time: datetime | None) -> Timestamp | None:
    """A time for the wire; None stays away, and the city takes its own clock."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who answers for an answer, as the citizen is told: unit, name and phone number."""

    unit: str
    name: str
    phone: str


ON_DUTY = Officer(unit="Front desk", name="Officer on duty", phone="311")


def heading(at: datetime | None, expected_version: int) -> dict[str, Any]:
    """What every command says beside what it is about; the id is its own."""
    return {
        "occurred_at": timestamp(at),
        "command_id": str(uuid4()),
        "expected_version": expected_version,
    }


def named(officer: Officer) -> dict[str, Any]:
    """Who answers, as commands that end a round say it."""
    return {
        "officer_unit": officer.unit,
        "officer_name": officer.name,
        "officer_phone": officer.phone,
    }


async def until_stored(
    method: Any, request: Any, metadata: Callable[[], Awaitable[tuple[tuple[str, str], ...]]]
) -> Any:
    """Sends a request until the city has answered it; `metadata` is made for each try. Raises
    `Refused`, and whatever `metadata` raises."""
    delay = 0.2
    while True:
        try:
            return await method(request, metadata=await metadata(), timeout=CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() not in _AWAY:
                raise Refused(_slug(error), error.code()) from error
        await asyncio.sleep(delay * random.uniform(0.5, 1.5))
        delay = min(delay * 2, 3.0)


class OfficeClient:
    """One office's commands. Each is sent until the city has stored or refused it, under one id, so
    that it has its effect once however often it was sent.

    Each takes the version of the case that the office decided on; by default it does not say. All
    raise `Refused`.
    """

    def __init__(self, channel: grpc.aio.Channel, office_id: str, credential: Credential) -> None:
        self.office_id = office_id
        self._stub = work_pb2_grpc.OfficeWorkServiceStub(channel)
        self._credential = credential

    async def accept(
        self, inquiry_id: str, at: datetime | None = None, *, expected_version: int = 0
    ) -> Any:
        """Takes responsibility; the `WorkItem` as it is then."""
        request = pb.AcceptRequest(
            inquiry_id=inquiry_id,
            **heading(at, expected_version),
        )
        return (await self._until_stored(self._stub.Accept, request)).item

    async def decline(
        self,
        inquiry_id: str,
        reason: Any,
        suggested: str = "",
        at: datetime | None = None,
        *,
        expected_version: int = 0,
    ) -> None:
        """Refuses responsibility, for a `DeclineReason`."""
        request = pb.DeclineRequest(
            inquiry_id=inquiry_id,
            reason=reason,
            suggested_office_id=suggested,
            **heading(at, expected_version),
        )
        await self._until_stored(self._stub.Decline, request)

    async def case(self, inquiry_id: str) -> Any:
        """The case as it is (`item`), and what the citizen wrote (`text`)."""
        return await self._until_stored(
            self._stub.GetCase, pb.GetCaseRequest(inquiry_id=inquiry_id)
        )

    async def answer(
        self,
        inquiry_id: str,
        text: str,
        at: datetime | None = None,
        *,
        officer: Officer = ON_DUTY,
        expected_version: int = 0,
    ) -> None:
        """Answers and ends the case."""
        request = pb.AnswerRequest(
            inquiry_id=inquiry_id,
            text=text,
            **named(officer),
            **heading(at, expected_version),
        )
        await self._until_stored(self._stub.Answer, request)

    async def decide(
        self,
        inquiry_id: str,
        decision: Any,
        text: str,
        at: datetime | None = None,
        *,
        officer: Officer = ON_DUTY,
        expected_version: int = 0,
    ) -> None:
        """Decides a permit by a `PermitDecision` and ends the case."""
        request = pb.DecidePermitRequest(
            inquiry_id=inquiry_id,
            decision=decision,
            text=text,
            **named(officer),
            **heading(at, expected_version),
        )
        await self._until_stored(self._stub.DecidePermit, request)

    async def on_newest(self, inquiry_id: str, act: Callable[[Any], Awaitable[None]]) -> None:
        """Reads the case and calls `act` with the response of `case`. Reads and acts again if the
        case has changed in between."""
        while True:
            case = await self.case(inquiry_id)
            try:
                return await act(case)
            except Refused as refused:
                if refused.code is not grpc.StatusCode.ABORTED:
                    raise

    async def watch(self, resume_token: str = "") -> AsyncGenerator[Any, None]:
        """The messages of one watch, from a token of an earlier one on; ends when the city or the
        connection ends it (grpc.aio.AioRpcError), or nothing comes for SILENT_SECONDS
        (TimeoutError)."""
        request = pb.WatchWorkRequest(include_accepted=True, resume_token=resume_token)
        call = self._stub.WatchWork(request, metadata=await self._metadata(), wait_for_ready=True)
        try:
            while True:
                async with asyncio.timeout(SILENT_SECONDS):
                    response = await call.read()
                if response is grpc.aio.EOF:
                    return
                yield response
        finally:
            call.cancel()

    async def _until_stored(self, method: Any, request: Any) -> Any:
        return await until_stored(method, request, self._metadata)

    async def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {await self._credential.bearer()}"),)


Work = Callable[[Any, Any], Awaitable[None]]
"""Handles one `WorkItem` that waits for this office: its client, and the item."""
MakeClient = Callable[[grpc.aio.Channel, str, Credential], OfficeClient]
"""Makes the client of the office of this id."""

# An office's software pings so often over a silent connection. Longer: a middlebox may have
# forgotten the connection by then. Shorter: the city sends it away (no more often than every 5 s).
_PING_EVERY_MS = 20_000


@dataclass(slots=True)
class Watched:
    """What the watches of all offices saw. `messages` are changes of work; `repeated` those of a
    version that the office knew; `cut_off` is how often a watch ended and began again, `snapshots`
    how often one began with the whole list. The longest silence is between two signs of life of one
    watch, also across its being cut off."""

    messages: int = 0
    repeated: int = 0
    cut_off: int = 0
    snapshots: int = 0
    longest_silence_seconds: float = 0.0


class OfficesAtWork:
    """All offices of a city at work. Calls `work` once for each attempt at a case: one office's
    turn."""

    def __init__(
        self,
        *,
        address: str,
        offices: Mapping[str, Credential],
        work: Work,
        refusals: dict[str, str],
        client: MakeClient = OfficeClient,
    ) -> None:
        """`offices` are their ids, each with how it shows who it is; `client` makes what each
        calls the city with.

        `address` is host:port, or `ipv4:host:port,host:port` for several replicas: watches and
        commands are spread over those that answer. What the city refuses goes into `refusals`, the
        slug by inquiry.
        """
        self._address = address
        self._credentials = dict(offices)
        self._work = work
        self._taken: set[tuple[str, int, int]] = set()
        self._watches: list[asyncio.Task[None]] = []
        self._works: set[asyncio.Task[None]] = set()
        self._channel: grpc.aio.Channel | None = None
        self._refusals = refusals
        self._make = client
        self.clients: dict[str, OfficeClient] = {}
        """The offices at work, by id."""
        self.watched = Watched()
        self.newest: dict[tuple[str, str], int] = {}
        """The newest version that an office was told of a case, by office and inquiry."""

    @property
    def busy(self) -> int:
        """How many pieces of work are in hand."""
        return len(self._works)

    async def start(self) -> None:
        """Returns once every office has seen its initial list."""
        self._channel = grpc.aio.insecure_channel(
            self._address,
            options=[
                ("grpc.lb_policy_name", "round_robin"),
                ("grpc.max_reconnect_backoff_ms", 1_000),
                ("grpc.enable_http_proxy", 0),
                ("grpc.keepalive_time_ms", _PING_EVERY_MS),
                ("grpc.keepalive_permit_without_calls", 1),
            ],
        )
        ready = []
        for office_id, credential in self._credentials.items():
            client = self.clients[office_id] = self._make(self._channel, office_id, credential)
            caught_up = asyncio.Event()
            self._watches.append(asyncio.create_task(self._watch(client, caught_up)))
            ready.append(caught_up.wait())
        await asyncio.gather(*ready)

    async def stop(self) -> None:
        """Leaves work in hand where it is; the city keeps it."""
        tasks = [*self._watches, *self._works]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._channel is not None:
            await self._channel.close()

    async def _watch(self, client: OfficeClient, caught_up: asyncio.Event) -> None:
        """Watches for ever, each time from where the watch before had come to."""
        resume_token, heard_at = "", math.inf
        while True:
            try:
                async for response in client.watch(resume_token):
                    heard_at = self._heard(heard_at)
                    match response.WhichOneof("event"):
                        case "item":
                            self._take(client, response.item)
                        case "caught_up":
                            caught_up.set()
                        case "snapshot_begins":
                            self.watched.snapshots += 1
                        case _:
                            pass  # a sign of life
                    resume_token = response.resume_token or resume_token
            except (TimeoutError, NoToken):
                pass
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AWAY:
                    # The token may be at fault: begin without it, and the list tells all that
                    # waits.
                    resume_token = ""
            self.watched.cut_off += 1
            await asyncio.sleep(random.uniform(0.2, 1.0))

    def _heard(self, before: float) -> float:
        """When this sign of life came, given when the one before it did."""
        now = time.monotonic()
        longest = self.watched.longest_silence_seconds
        self.watched.longest_silence_seconds = max(longest, now - before)
        return now

    def _take(self, client: OfficeClient, item: Any) -> None:
        known = self.newest.get((client.office_id, item.inquiry_id), 0)
        self.watched.messages += 1
        self.watched.repeated += item.version <= known
        self.newest[client.office_id, item.inquiry_id] = max(known, item.version)
        waits = item.state in (pb.WORK_STATE_OPEN, pb.WORK_STATE_ACCEPTED)
        place = (item.inquiry_id, item.round, item.attempt)
        if not waits or place in self._taken:
            return
        self._taken.add(place)
        task = asyncio.create_task(self._handle(client, item))
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    async def _handle(self, client: OfficeClient, item: Any) -> None:
        try:
            await self._work(client, item)
        except Refused as refused:
            self._refusals[item.inquiry_id] = refused.slug
            log.warning("office.refused", extra={"slug": refused.slug, "id": item.inquiry_id})


def _slug(error: grpc.aio.AioRpcError) -> str:
    trailing = dict(error.trailing_metadata() or ())
    return str(trailing.get("dasan-slug", error.code().name.lower()))
