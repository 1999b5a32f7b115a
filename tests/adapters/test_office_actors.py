"""The simulated offices at a districts made for the test: what they send, and how they go on after
they were cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1 import work_pb2_grpc
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_NOT_COMPETENT,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
)

from deploy.local.ports import HOST
from simulation.actors import offices
from simulation.actors.credentials import Key
from simulation.actors.offices import OfficeClient, OfficesAtWork, Refused
from tests.support.waiting import until

ITEM = pb.WorkItem(
    inquiry_id="i", round=1, attempt=1, version=7, state=pb.WORK_STATE_OPEN, service_code="noise"
)


class Districts(work_pb2_grpc.OfficeWorkServiceServicer):
    """Notes what it is asked. `watches` says what each watch is told and how it ends (None: not);
    `fails` how many commands it takes without an answer."""

    def __init__(self) -> None:
        self.watches: list[tuple[list[pb.WatchWorkResponse], grpc.StatusCode | None]] = []
        self.tokens: list[str] = []
        self.commands: list[Any] = []
        self.fails = 0
        self.version = 7
        self.changes_after_read = 0

    async def WatchWork(
        self, request: pb.WatchWorkRequest, context: Any
    ) -> AsyncIterator[pb.WatchWorkResponse]:
        self.tokens.append(request.resume_token)
        messages, end = self.watches.pop(0) if self.watches else ([], None)
        for message in messages:
            yield message
        if end is not None:
            await context.abort(end, "cut off")
        await asyncio.Event().wait()

    async def GetCase(self, request: pb.GetCaseRequest, context: Any) -> pb.GetCaseResponse:
        item = pb.WorkItem(inquiry_id=request.inquiry_id, version=self.version)
        if self.changes_after_read:
            self.changes_after_read -= 1
            self.version += 1
        return pb.GetCaseResponse(item=item, text="words")

    async def Accept(self, request: pb.AcceptRequest, context: Any) -> pb.AcceptResponse:
        return pb.AcceptResponse(item=await self._take(request, context))

    async def Decline(self, request: pb.DeclineRequest, context: Any) -> pb.DeclineResponse:
        return pb.DeclineResponse(item=await self._take(request, context))

    async def Answer(self, request: pb.AnswerRequest, context: Any) -> pb.AnswerResponse:
        return pb.AnswerResponse(item=await self._take(request, context))

    async def DecidePermit(
        self, request: pb.DecidePermitRequest, context: Any
    ) -> pb.DecidePermitResponse:
        return pb.DecidePermitResponse(item=await self._take(request, context))

    async def _take(self, request: Any, context: Any) -> pb.WorkItem:
        self.commands.append(request)
        if self.fails:
            self.fails -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the reply is lost")
        if request.expected_version not in (0, self.version):
            trailing = (("dasan-slug", "stale_version"), ("dasan-version", str(self.version)))
            await context.abort(grpc.StatusCode.ABORTED, "it has changed", trailing)
        return pb.WorkItem(inquiry_id=request.inquiry_id, version=self.version)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Districts, str]]:
    districts, server = Districts(), grpc.aio.server()
    work_pb2_grpc.add_OfficeWorkServiceServicer_to_server(districts, server)
    port = server.add_insecure_port(f"{HOST}:0")
    await server.start()
    yield districts, f"{HOST}:{port}"
    await server.stop(None)


@asynccontextmanager
async def office() -> AsyncIterator[tuple[Districts, OfficeClient]]:
    async with (
        serving() as (districts, address),
        grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel,
    ):
        yield districts, OfficeClient(channel, "o", Key("o-key"))


@asynccontextmanager
async def at_work(districts: Districts, address: str) -> AsyncIterator[list[pb.WorkItem]]:
    """One office that only looks; what it was given."""
    given: list[pb.WorkItem] = []

    async def work(client: OfficeClient, item: Any) -> None:
        given.append(item)

    there = OfficesAtWork(address=address, offices={"o": Key("o-key")}, work=work, refusals={})
    async with asyncio.timeout(20):
        await there.start()
    try:
        yield given
    finally:
        await there.stop()


def told(**event: Any) -> pb.WatchWorkResponse:
    return pb.WatchWorkResponse(**event)


async def test_a_watch_that_was_cut_off_goes_on_from_its_last_token() -> None:
    async with serving() as (districts, address):
        districts.watches = [
            (
                [
                    told(snapshot_begins=pb.SnapshotBegins()),
                    told(item=ITEM, resume_token="t1"),
                    told(caught_up=pb.CaughtUp(), resume_token="t2"),
                    told(heartbeat=pb.Heartbeat()),  # without a token: from the one before
                ],
                grpc.StatusCode.UNAVAILABLE,
            ),
            ([told(item=ITEM, resume_token="t3")], grpc.StatusCode.UNAVAILABLE),
        ]
        async with at_work(districts, address) as given:
            await until(lambda: len(districts.tokens) == 3)
            assert districts.tokens == ["", "t2", "t3"]
            assert [item.inquiry_id for item in given] == ["i"]


async def test_a_token_that_is_refused_is_not_tried_again() -> None:
    async with serving() as (districts, address):
        districts.watches = [
            (
                [told(caught_up=pb.CaughtUp(), resume_token="of another city")],
                grpc.StatusCode.UNAVAILABLE,
            ),
            ([], grpc.StatusCode.INVALID_ARGUMENT),
        ]
        async with at_work(districts, address):
            await until(lambda: len(districts.tokens) == 3)
        assert districts.tokens == ["", "of another city", ""]


async def test_a_watch_that_shows_no_sign_of_life_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offices, "SILENT_SECONDS", 0.2)
    async with serving() as (districts, address):
        districts.watches = [([told(caught_up=pb.CaughtUp(), resume_token="t1")], None)]
        async with at_work(districts, address):
            await until(lambda: len(districts.tokens) >= 2)
        assert districts.tokens[:2] == ["", "t1"]


async def test_a_turn_of_a_further_round_is_further_work_and_a_repetition_is_none() -> None:
    turns = [(1, 1), (1, 1), (1, 2), (2, 1)]
    items = [
        pb.WorkItem(inquiry_id="i", round=round_, attempt=attempt, state=pb.WORK_STATE_OPEN)
        for round_, attempt in turns
    ]
    done = pb.WorkItem(inquiry_id="i", round=3, attempt=1, state=pb.WORK_STATE_ANSWERED)
    async with serving() as (districts, address):
        messages = [told(item=item) for item in (*items, done)]
        districts.watches = [([*messages, told(caught_up=pb.CaughtUp())], None)]
        async with at_work(districts, address) as given:
            await until(lambda: len(given) == 3)
        assert [(item.round, item.attempt) for item in given] == [(1, 1), (1, 2), (2, 1)]


async def test_a_command_whose_reply_is_lost_is_sent_again_under_the_same_id() -> None:
    async with office() as (districts, client):
        for command in (
            client.accept("i", expected_version=7),
            client.decline("i", DECLINE_REASON_NOT_COMPETENT, expected_version=7),
            client.answer("i", "done", expected_version=7),
            client.decide("i", PERMIT_DECISION_GRANTED_CONDITIONALLY, "if", expected_version=7),
        ):
            districts.fails = 1
            districts.commands.clear()
            await command
            first, again = districts.commands
            assert first == again
            assert 1 <= len(first.command_id) <= 64
            assert first.expected_version == 7
        assert again.decision == PERMIT_DECISION_GRANTED_CONDITIONALLY


async def test_two_commands_have_two_ids() -> None:
    async with office() as (districts, client):
        for _ in range(2):
            assert (await client.accept("i")).version == 7
        assert len({command.command_id for command in districts.commands}) == 2
        assert {command.expected_version for command in districts.commands} == {0}


async def test_what_changed_since_it_was_read_is_read_and_decided_again() -> None:
    seen: list[int] = []
    async with office() as (districts, client):
        districts.changes_after_read = 2

        async def act(case: Any) -> None:
            seen.append(case.item.version)
            await client.answer("i", "done", expected_version=case.item.version)

        await client.on_newest("i", act)
    assert seen == [7, 8, 9]


async def test_any_other_refusal_is_the_callers() -> None:
    async with office() as (_, client):

        async def act(case: Any) -> None:
            raise Refused("handed_on", grpc.StatusCode.FAILED_PRECONDITION)

        with pytest.raises(Refused, match="handed_on"):
            await client.on_newest("i", act)
