"""Offices' software works through the gRPC of two and of three replicas of districts while these
are ended in turn, by SIGKILL and by SIGTERM, as fast as they come up again.

Every command must have its effect once, although its acknowledgement is lost now and then and each
is sent once more in the end; a list that is read page by page must have everything that lies there,
once; a watch that is cut off must go on where it was. A command that was carried out twice would
show as a note written twice, a lost one as a note that is not there; a page that a dead replica
took along, as a case that is not listed; a token that another replica cannot read, as a whole list
told anew or as a version that no watch has told.

Each test ends with the judgement over everything that was asked in this city.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from dasan.districts.v1 import cases_pb2, work_pb2

from simulation.actors.office_software import OfficeSoftware
from simulation.actors.offices import ON_DUTY, OfficesAtWork, heading, named
from simulation.judge.lifecycles import Kind
from tests.support.city import ANSWER, City
from tests.support.waiting import until

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

# Each takes a minute and a half; each with one number of replicas is among all tests.
LONG = pytest.mark.skipif("MORNING" not in os.environ, reason="takes minutes; MORNING=1 runs it")

OFFICE = "c-transport"
QUESTION = {"text": "시내버스가 무정차로 지나갔습니다", "category": "bus-complaint"}
CASES = 16
NOTES = 12
TOGETHER = 8
PAGE = 5
# Longer than any replica takes until it lists an office's work anew (45 s).
LISTED_WITHIN_SECONDS = 60
# So often a replica is ended while the offices work, and so is each.
ENDS = 4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    data = tmp_path_factory.mktemp("offices")
    async with City.running(data, tracing=False) as running:
        yield running


async def replicas(city: City, number: int) -> Sequence[str]:
    """So many replicas of districts that run, and no more."""
    while len(city.stack.replicas_of("districts")) < number:
        await city.start(city.stack.replica("districts").name)
    names = city.stack.replicas_of("districts")
    await city.start(*(name for name in names[:number] if not city.stack[name].running))
    await city.stop(name for name in names[number:] if city.stack[name].running)
    return names[:number]


def address(city: City, names: Sequence[str]) -> str:
    return f"ipv4:{','.join(map(city.stack.grpc_address, names))}"


@asynccontextmanager
async def software(city: City, names: Sequence[str]) -> AsyncIterator[OfficeSoftware]:
    """The office's software, which spreads its calls over these replicas."""
    options = [
        ("grpc.lb_policy_name", "round_robin"),
        ("grpc.max_reconnect_backoff_ms", 300),
        ("grpc.enable_http_proxy", 0),
    ]
    async with grpc.aio.insecure_channel(address(city, names), options=options) as channel:
        yield OfficeSoftware(channel, OFFICE, city.outside.key(OFFICE))


class Ends:
    """Ends replicas in turn, ENDS times; one of them is always up."""

    def __init__(self, city: City, names: Sequence[str]) -> None:
        self._city = city
        self._names = names
        self.times: Counter[str] = Counter()
        self._task = asyncio.create_task(self._go_round())

    @property
    def over(self) -> bool:
        return self._task.done()

    async def done(self) -> None:
        await self._task

    async def _go_round(self) -> None:
        city, names = self._city, self._names
        for number in range(ENDS):
            name = names[number % len(names)]
            if (number + number // len(names)) % 2:
                await city.stop([name])
                self.times["SIGTERM"] += 1
            else:
                await city.kill(name)
                self.times["SIGKILL"] += 1
            await city.start(name)
            await asyncio.sleep(0.3)


async def opened(city: City, number: int) -> list[str]:
    """So many new cases at the office."""
    asked = await asyncio.gather(*(city.ask(Kind.CASE, QUESTION) for _ in range(number)))
    for one in asked:
        assigned = (await city.told(one.inquiry_id, "InquiryAssigned:1:1", within=60)).message
        assert assigned.office_id == OFFICE
        await city.told(one.inquiry_id, "CaseOpened:1:1", within=60)
    return [one.inquiry_id for one in asked]


def answers_to(ids: Sequence[str]) -> list[work_pb2.AnswerRequest]:
    said = {"text": ANSWER, **named(ON_DUTY)}
    return [work_pb2.AnswerRequest(inquiry_id=id_, **heading(None, 0), **said) for id_ in ids]


async def many(office: OfficeSoftware, rpc: str, commands: Sequence[Any]) -> None:
    """All commands, some by each call, the calls at the same time."""
    calls = [commands[start : start + TOGETHER] for start in range(0, len(commands), TOGETHER)]
    for results in await asyncio.gather(*(office.many(rpc, call) for call in calls)):
        assert not [result.refusal.slug for result in results if result.HasField("refusal")]


def note(id_: str, number: int) -> cases_pb2.AddNoteRequest:
    return cases_pb2.AddNoteRequest(inquiry_id=id_, command_id=str(uuid4()), text=f"{id_} {number}")


async def noted(office: OfficeSoftware, command: cases_pb2.AddNoteRequest) -> None:
    """Sends a command under the id that it has already."""
    await office.again("AddNote", command)


@pytest.mark.parametrize("number", [pytest.param(2, marks=LONG), 3])
async def test_every_command_has_its_effect_once(city: City, number: int) -> None:
    """While notes are written, and many cases taken and answered at once; the notes of a case come
    at the same time, so that one that is sent again comes after others."""
    names = await replicas(city, number)
    ids = await opened(city, CASES)
    accepts = [work_pb2.AcceptRequest(inquiry_id=id_, **heading(None, 0)) for id_ in ids]
    answers = answers_to(ids)
    notes = [note(id_, n) for n in range(NOTES) for id_ in ids[:4]]
    async with software(city, names) as office:
        ends = Ends(city, names)
        await many(office, "AcceptMany", accepts)
        writing = []
        for command in notes:
            writing.append(asyncio.create_task(noted(office, command)))
            await asyncio.sleep(0.1)
        await asyncio.gather(*writing)
        await ends.done()
        # Whoever was not sure of an acknowledgement sends it all again, in another order.
        await asyncio.gather(*(noted(office, command) for command in reversed(notes)))
        await many(office, "AcceptMany", accepts[::-1])
        ends = Ends(city, names)
        await many(office, "AnswerMany", answers)
        await ends.done()
        await many(office, "AnswerMany", answers[::-1])
        for id_ in ids:
            history = await office.read("GetHistory", inquiry_id=id_)
            written = Counter(one.text for one in history.notes)
            assert written == Counter(one.text for one in notes if one.inquiry_id == id_)
            steps = Counter(step.act for step in history.steps)
            assert (steps["Accept"], steps["Answer"]) == (1, 1)
    assert min(ends.times["SIGKILL"], ends.times["SIGTERM"]) >= 1
    await city.rest(90)
    assert await city.faults() == []


@pytest.mark.parametrize("number", [2, pytest.param(3, marks=LONG)])
async def test_lists_are_whole_and_a_watch_goes_on_where_it_was(city: City, number: int) -> None:
    """The office reads its list page by page over and over, and watches, while another officer of
    it writes notes: each changes the case's version."""
    names = await replicas(city, number)
    ids = await opened(city, CASES)
    begun: list[str] = []

    async def begin(_: Any, item: Any) -> None:
        begun.append(item.inquiry_id)

    floor: OfficesAtWork = city.floor(address(city, names), [OFFICE], begin)
    await floor.start()
    await until(lambda: sorted(begun) == sorted(ids))
    async with software(city, names) as office:
        ends, lists = Ends(city, names), 0
        while not ends.over:
            listed = [item.inquiry_id async for item in office.list_work(PAGE)]
            assert sorted(listed) == sorted(ids)
            await noted(office, note(ids[lists % CASES], lists))
            lists += 1
        await ends.done()
        newest = {id_: (await office.case(id_)).item.version for id_ in ids}

        def told() -> bool:
            return {id_: floor.newest[OFFICE, id_] for id_ in ids} == newest

        await eventually_told(told, newest, floor)
        assert lists > ENDS
        assert floor.watched.cut_off > 0
        # Once, at the start: each later watch went on from its token.
        assert floor.watched.snapshots == 1
        # What was told again was known by its version, and nobody began anything twice.
        assert sorted(begun) == sorted(ids)
        await many(office, "AnswerMany", answers_to(ids))
    await floor.stop()
    await city.rest(90)
    assert await city.faults() == []


async def eventually_told(told: Any, newest: dict[str, int], floor: OfficesAtWork) -> None:
    """A note is told to nobody outside, so that another replica finds it when it lists anew."""
    for _ in range(10 * LISTED_WITHIN_SECONDS):
        if told():
            return
        await asyncio.sleep(0.1)
    missed = {id_: (known, floor.newest.get((OFFICE, id_))) for id_, known in newest.items()}
    raise AssertionError(f"versions that the watch has not told: {missed}")
