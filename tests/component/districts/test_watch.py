"""What an office sees of its work, as it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import DECLINE_REASON_WRONG_PLACE

from services.common.aggregates import Cause
from services.common.consume import Incoming
from services.common.kernel import DomainError, Kind
from services.districts.application import feed
from services.districts.domain.model import Item, Stage
from tests.component.districts.offices import (
    TOWN,
    Service,
    as_office,
    assigned,
    list_work,
    refusal,
)

MILL, WEST = as_office("o-mill"), as_office("d-west")


def watch(service: Service, metadata: Any = MILL, *, accepted: bool = False) -> Any:
    return service.offices.WatchWork(
        pb.WatchWorkRequest(include_accepted=accepted), metadata=metadata
    )


async def next_state(call: Any) -> tuple[str, int]:
    async with asyncio.timeout(5):
        answer = await call.read()
    return answer.item.inquiry_id, answer.item.state


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - nothing tells when a call is gone
            await asyncio.sleep(0)


async def test_the_list_comes_first_then_every_change(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"), assigned("c", "o-hill"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="b"), metadata=MILL)

    call = watch(service)
    assert [item.inquiry_id for item in await list_work(call)] == ["a"]
    await service.assign(assigned("d"), assigned("e", "o-hill"))
    assert await next_state(call) == ("d", pb.WORK_STATE_OPEN)
    await service.offices.Answer(pb.AnswerRequest(inquiry_id="b", text="Done."), metadata=MILL)
    assert await next_state(call) == ("b", pb.WORK_STATE_ANSWERED)


async def test_accepted_work_is_listed_on_request(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="b"), metadata=MILL)
    items = await list_work(watch(service, accepted=True))
    assert [item.inquiry_id for item in items] == ["a", "b"]


async def test_an_office_sees_its_own_work_only(service: Service) -> None:
    calls = {office: watch(service, as_office(office)) for office in TOWN.offices}
    for call in calls.values():
        assert await list_work(call) == []
    await service.assign(*(assigned(f"for {office}", office) for office in TOWN.offices))
    await service.assign(*(assigned(f"last {office}", office) for office in TOWN.offices))
    for office, call in calls.items():
        assert (await next_state(call))[0] == f"for {office}"
        assert (await next_state(call))[0] == f"last {office}"


async def test_work_that_leaves_is_shown_once_more_to_the_old_office(service: Service) -> None:
    await service.assign(assigned("a"))
    mill, west = watch(service), watch(service, WEST)
    assert len(await list_work(mill)) == 1
    assert await list_work(west) == []
    request = pb.DeclineRequest(inquiry_id="a", reason=DECLINE_REASON_WRONG_PLACE)
    await service.offices.Decline(request, metadata=MILL)
    assert await next_state(mill) == ("a", pb.WORK_STATE_DECLINED)
    await service.assign(assigned("a", "d-west", attempt=2))
    assert await next_state(west) == ("a", pb.WORK_STATE_OPEN)


async def test_work_that_is_taken_away_is_shown_as_declined(service: Service) -> None:
    await service.assign(assigned("a"))
    mill = watch(service)
    assert len(await list_work(mill)) == 1
    await service.assign(assigned("a", "d-west", attempt=2))
    assert await next_state(mill) == ("a", pb.WORK_STATE_DECLINED)


async def test_a_change_between_the_list_and_the_watch_is_not_missed(service: Service) -> None:
    await service.assign(assigned("a"))
    tasks: list[asyncio.Task[None]] = []

    def meanwhile() -> None:
        service.replica.reads.before_list = lambda: None
        tasks.append(asyncio.create_task(service.assign(assigned("b"))))

    service.replica.reads.before_list = meanwhile
    call = watch(service)
    seen = {item.inquiry_id for item in await list_work(call)}
    assert "a" in seen
    if "b" not in seen:
        assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)
    await asyncio.gather(*tasks)


async def test_what_another_replica_saves_arrives_whether_it_is_sent_or_not(
    service: Service,
) -> None:
    other, feed_ = service.another("other"), service.replica.feed
    await other.commit.start()
    await service.runs.beat("other", 0, service.now + timedelta(seconds=6))
    await service.assign(assigned("a"))
    call = watch(service)
    assert len(await list_work(call)) == 1

    await other.work.accept("o-mill", "a", occurred_at=None)
    await feed_.reread()
    assert await next_state(call) == ("a", pb.WORK_STATE_ACCEPTED)
    await service.runs.beat("other", 1, service.now + timedelta(seconds=6))
    await feed_.reread()
    await other.work.answer("o-mill", "a", text="Done.", occurred_at=None)
    await feed_.reread()
    await feed_.reread()
    assert await next_state(call) == ("a", pb.WORK_STATE_ANSWERED)
    await service.assign(assigned("b"))
    assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)
    await other.commit.stop()


async def test_a_replica_that_starts_later_and_ends_at_once_is_read_too(service: Service) -> None:
    call = watch(service)
    assert await list_work(call) == []
    late = service.another("late")
    cause = Cause(id="event")
    await late.cases.handle([Incoming(event=assigned("a"), cause=cause, topic="any", sequence=1)])
    await service.runs.beat("late", 1, service.now, clean=True)
    service.now += timedelta(seconds=2)
    await service.replica.feed.reread()
    assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)


async def test_a_long_absence_of_the_database_is_made_up_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_PAGE", 3)
    other = service.another("other")
    await service.runs.beat("other", 0, service.now + timedelta(seconds=6))
    call = watch(service)
    assert await list_work(call) == []
    for number in range(10):
        cause = Cause(id=f"event {number}")
        event = Incoming(event=assigned(f"{number}"), cause=cause, topic="any", sequence=1)
        await other.cases.handle([event])
    service.now += timedelta(hours=1)
    await service.runs.beat("other", 10, service.now + timedelta(seconds=6))
    await service.replica.feed.reread()
    for number in range(10):
        assert await next_state(call) == (f"{number}", pb.WORK_STATE_OPEN)


async def test_a_stop_ends_streams_so_that_offices_come_again(service: Service) -> None:
    early = watch(service)
    await list_work(early)
    await service.replica.feed.close()
    late = watch(service)
    assert await list_work(late) == []
    for call in (early, late):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await call.read()
        assert ended.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_watcher_that_leaves_is_forgotten(service: Service) -> None:
    calls = [watch(service) for _ in range(3)]
    for call in calls:
        await list_work(call)
    assert service.replica.feed.watched == 3
    for call in calls:
        call.cancel()
    await until(lambda: service.replica.feed.watched == 0)


async def test_five_hundred_watches_on_one_connection(service: Service) -> None:
    calls = [watch(service, as_office(office)) for office in list(TOWN.offices) * 72]
    for call in calls:
        assert await list_work(call) == []
    assert service.replica.feed.watched == len(calls) == 504
    await service.assign(assigned("a"))
    at_mill = [call for number, call in enumerate(calls) if number % 7 == _place_of("o-mill")]
    for call in at_mill:
        assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)


def _place_of(office: str) -> int:
    return list(TOWN.offices).index(office)


def item(inquiry_id: str, stage: Stage = Stage.OPEN) -> Item:
    case = assigned(inquiry_id)
    return Item(
        inquiry_id=inquiry_id,
        receipt_number=case.receipt_number,
        service_code=case.service_code,
        permit=False,
        binding=False,
        attempt=1,
        stage=stage,
        due_at=case.due_at,
        opened_at=case.received_at,
    )


async def test_a_slow_watcher_skips_states_but_no_case(service: Service) -> None:
    slow = service.replica.feed.watch("o-mill")
    slow.offer(1, item("a"))
    slow.offer(1, item("b"))
    slow.offer(3, item("a", Stage.ANSWERED))
    slow.offer(2, item("a", Stage.ACCEPTED))
    seen = slow.items()
    assert [await anext(seen), await anext(seen)] == [item("a", Stage.ANSWERED), item("b")]


async def test_what_the_list_told_is_not_told_again_in_an_older_state(service: Service) -> None:
    watched = service.replica.feed.watch("o-mill")
    watched.offer(1, item("a"))
    watched.listed("a", 2)
    watched.offer(2, item("a"))
    watched.offer(3, item("a", Stage.ANSWERED))
    assert await anext(watched.items()) == item("a", Stage.ANSWERED)


async def test_a_watcher_that_reads_nothing_is_sent_away_and_holds_up_nobody(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MOST_WAITING", 10)
    stuck, quick = service.replica.feed.watch("o-mill"), watch(service)
    assert await list_work(quick) == []
    for number in range(11):
        await service.assign(assigned(f"{number}"))
        assert (await next_state(quick))[0] == f"{number}"
    assert service.replica.feed.watched == 1
    with pytest.raises(DomainError, match="watcher_too_slow"):
        await anext(stuck.items())


async def test_a_database_that_is_away_ends_the_watch_with_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    monkeypatch.setattr(service.replica.reads, "at_office", away)
    code, trailing = await refusal(watch(service).read())
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.UNAVAILABLE, "database_away")
    await until(lambda: service.replica.feed.watched == 0)
    open_watch = service.replica.feed.watch("o-mill")
    monkeypatch.setattr(service.runs, "sent", away)
    await service.replica.feed.reread()
    assert service.replica.feed.watched == 1
    open_watch.close()


async def test_a_case_whose_save_lost_its_answer_is_still_shown(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database took it and the connection broke: the event comes again and finds it done."""
    call = watch(service)
    assert await list_work(call) == []
    save = service.store.save
    answers = iter([DomainError("database_away", Kind.UNAVAILABLE, "cut off")])

    async def cut_off(writes: Any) -> Any:
        outcome = await save(writes)
        for error in answers:
            raise error
        return outcome

    monkeypatch.setattr(service.store, "save", cut_off)
    with pytest.raises(DomainError):
        await service.assign(assigned("a"))
    await service.assign(assigned("a"))
    assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)
