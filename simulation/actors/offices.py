"""Offices with their own software: they know gRPC and their key, nothing else of the city's.

Each watches its own work on one stream. What to do with a piece of work is the caller's choice.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1 import work_pb2_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from simulation.actors.credentials import Credential, NoToken

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
_AWAY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
)


class Refused(Exception):
    """The city refused a command; `slug` says why."""

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


class OfficeClient:
    """One office's commands. Each is sent until the city has stored or refused it."""

    def __init__(self, channel: grpc.aio.Channel, office_id: str, credential: Credential) -> None:
        self.office_id = office_id
        self._stub = work_pb2_grpc.OfficeWorkServiceStub(channel)
        self._credential = credential

    async def accept(self, inquiry_id: str, at: datetime | None = None) -> None:
        """Takes responsibility; `Refused` as all commands."""
        request = pb.AcceptRequest(inquiry_id=inquiry_id, occurred_at=timestamp(at))
        await self._until_stored(self._stub.Accept, request)

    async def decline(
        self,
        inquiry_id: str,
        reason: Any,
        suggested: str = "",
        at: datetime | None = None,
    ) -> None:
        """Refuses responsibility, for a `DeclineReason`."""
        request = pb.DeclineRequest(
            inquiry_id=inquiry_id,
            reason=reason,
            suggested_office_id=suggested,
            occurred_at=timestamp(at),
        )
        await self._until_stored(self._stub.Decline, request)

    async def words(self, inquiry_id: str) -> str:
        """What the citizen wrote."""
        response = await self._until_stored(
            self._stub.GetCase, pb.GetCaseRequest(inquiry_id=inquiry_id)
        )
        text: str = response.text
        return text

    async def answer(self, inquiry_id: str, text: str, at: datetime | None = None) -> None:
        """Answers and ends the case."""
        request = pb.AnswerRequest(inquiry_id=inquiry_id, text=text, occurred_at=timestamp(at))
        await self._until_stored(self._stub.Answer, request)

    async def decide(
        self, inquiry_id: str, granted: bool, text: str, at: datetime | None = None
    ) -> None:
        """Grants or refuses a permit and ends the case."""
        request = pb.DecidePermitRequest(
            inquiry_id=inquiry_id, granted=granted, text=text, occurred_at=timestamp(at)
        )
        await self._until_stored(self._stub.DecidePermit, request)

    async def watch(self, on_item: Callable[[Any], None], caught_up: Callable[[], None]) -> None:
        """One watch, until the city or the connection ends it (grpc.aio.AioRpcError)."""
        call = self._stub.WatchWork(
            pb.WatchWorkRequest(include_accepted=True),
            metadata=await self._metadata(),
            wait_for_ready=True,
        )
        async for response in call:
            if response.caught_up:
                caught_up()
            else:
                on_item(response.item)

    async def _until_stored(self, method: Any, request: Any) -> Any:
        delay = 0.2
        while True:
            try:
                metadata = await self._metadata()
                return await method(request, metadata=metadata, timeout=CALL_SECONDS)
            except grpc.aio.AioRpcError as error:
                if error.code() not in _AWAY:
                    raise Refused(_slug(error), error.code()) from error
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, 3.0)

    async def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {await self._credential.bearer()}"),)


Work = Callable[[OfficeClient, Any], Awaitable[None]]
"""Handles one `WorkItem` that waits for this office."""


class OfficesAtWork:
    """All offices of a city at work. `work` is called once for each case and attempt."""

    def __init__(
        self,
        *,
        address: str,
        offices: Mapping[str, Credential],
        work: Work,
        refusals: dict[str, str],
    ) -> None:
        """`offices` are their ids, each with how it shows who it is.

        `address` is host:port, or `ipv4:host:port,host:port` for several replicas: watches and
        commands are spread over those that answer. What the city refuses goes into `refusals`, the
        slug by inquiry.
        """
        self._address = address
        self._credentials = dict(offices)
        self._work = work
        self._taken: set[tuple[str, int]] = set()
        self._watches: list[asyncio.Task[None]] = []
        self._works: set[asyncio.Task[None]] = set()
        self._channel: grpc.aio.Channel | None = None
        self._refusals = refusals

    async def start(self) -> None:
        """Returns once every office has seen its initial list."""
        self._channel = grpc.aio.insecure_channel(
            self._address,
            options=[
                ("grpc.lb_policy_name", "round_robin"),
                ("grpc.max_reconnect_backoff_ms", 1_000),
                ("grpc.enable_http_proxy", 0),
            ],
        )
        ready = []
        for office_id, credential in self._credentials.items():
            client = OfficeClient(self._channel, office_id, credential)
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
        while True:
            with suppress(grpc.aio.AioRpcError, NoToken):
                await client.watch(lambda item: self._take(client, item), caught_up.set)
            await asyncio.sleep(random.uniform(0.2, 1.0))

    def _take(self, client: OfficeClient, item: Any) -> None:
        waits = item.state in (pb.WORK_STATE_OPEN, pb.WORK_STATE_ACCEPTED)
        if not waits or (item.inquiry_id, item.attempt) in self._taken:
            return
        self._taken.add((item.inquiry_id, item.attempt))
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
