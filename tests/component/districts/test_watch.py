"""What an office sees of its work, as it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import DECLINE_REASON_WRONG_PLACE

from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.grpc_kit import GrpcServer
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.districts.application import feed
from services.districts.domain.case.commands import Accept, Answer
from services.districts.domain.case.model import Item, Stage
from tests.component.districts.offices import (
    MOST_WATCHES,
    TOWN,
    Replica,
    Service,
    answer_request,
    as_office,
    assigned,
    list_work,
    refusal,
)
from tests.support.kit import part
from tests.support.waiting import until
from tests.unit.districts.case import OFFICER

MILL, WEST = as_office("o-mill"), as_office("d-west")
DONE = Answer(text="Done.", officer=OFFICER)


def watch(service: Service, metadata: Any = MILL, *, accepted: bool = False) -> Any:
    return service.offices.WatchWork(
        pb.WatchWorkRequest(include_accepted=accepted), metadata=metadata
    )


async def next_state(call: Any) -> tuple[str, int]:
    async with asyncio.timeout(5):
        answer = await call.read()
    return answer.item.inquiry_id, answer.item.state


async def test_the_list_comes_first_then_every_change(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"), assigned("c", "o-hill"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="b"), metadata=MILL)

    call = watch(service)
    assert [item.inquiry_id for item in await list_work(call)] == ["a"]
    await service.assign(assigned("d"), assigned("e", "o-hill"))
    assert await next_state(call) == ("d", pb.WORK_STATE_OPEN)
    await service.offices.Answer(answer_request(inquiry_id="b", text="Done."), metadata=MILL)
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


@pytest.fixture
async def other(service: Service) -> AsyncIterator[Replica]:
    """A second process on the same store; what it saves, the first must hear of."""
    replica = await service.another()
    async with running([part(replica.districts, GroupCommit)]):
        yield replica


def news(*inquiry_ids: str) -> dict[str, int]:
    """What the bus tells of these: versions that nobody knows yet."""
    return dict.fromkeys(inquiry_ids, 99)


async def test_what_this_process_saved_itself_is_not_read_again(
    service: Service, other: Replica
) -> None:
    feed_, reads = service.replica.feed, service.replica.reads
    call = watch(service)
    await list_work(call)
    await service.assign(assigned("a"))
    assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)
    await feed_.heard({"a": 1})
    assert reads.asked == []
    await other.work.carry_out("o-mill", "a", Accept())
    await feed_.heard({"a": 2})
    assert reads.asked == [{"a"}]
    assert await next_state(call) == ("a", pb.WORK_STATE_ACCEPTED)


async def test_what_another_replica_saved_is_told_when_the_bus_tells_of_it(
    service: Service, other: Replica
) -> None:
    feed_, reads = service.replica.feed, service.replica.reads
    await service.assign(assigned("a"))
    call = watch(service)
    assert len(await list_work(call)) == 1

    await other.work.carry_out("o-mill", "a", Accept())
    await service.assign(assigned("b"), assigned("c", "o-hill"), at=other)
    await feed_.heard(news("a", "b", "c"))
    assert await next_state(call) == ("a", pb.WORK_STATE_ACCEPTED)
    assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)
    assert reads.asked == [{"a", "b", "c"}]  # one read for all of them
    # The bus tells its own process of what it saved, too, late and twice.
    await other.work.carry_out("o-mill", "a", DONE)
    await service.assign(assigned("d"))
    for _ in range(2):
        await feed_.heard(news("d", "a", "b", "nowhere"))
    assert await next_state(call) == ("d", pb.WORK_STATE_OPEN)
    assert await next_state(call) == ("a", pb.WORK_STATE_ANSWERED)
    await service.assign(assigned("e"))
    assert await next_state(call) == ("e", pb.WORK_STATE_OPEN)


async def test_what_the_bus_never_told_is_found_by_the_list(
    service: Service, other: Replica
) -> None:
    """As while the broker is away, or when another run was swept or killed."""
    await service.assign(assigned("a"), assigned("b"), assigned("c"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="b"), metadata=MILL)
    call, west = watch(service), watch(service, WEST)
    assert [item.inquiry_id for item in await list_work(call)] == ["a", "c"]
    assert await list_work(west) == []

    await other.work.carry_out("o-mill", "a", Accept())
    await other.work.carry_out("o-mill", "b", DONE)
    await service.assign(assigned("c", "d-west", attempt=2), assigned("d"), at=other)
    await service.later(1.5 * feed.RELIST_EVERY)
    await service.replica.feed.relist()
    told = {await next_state(call) for _ in range(4)}
    assert told == {
        ("a", pb.WORK_STATE_ACCEPTED),
        ("b", pb.WORK_STATE_ANSWERED),
        ("c", pb.WORK_STATE_DECLINED),
        ("d", pb.WORK_STATE_OPEN),
    }
    assert await next_state(west) == ("c", pb.WORK_STATE_OPEN)
    # All of it once: neither another list nor the bus tells it again.
    await service.later(1.5 * feed.RELIST_EVERY)
    await service.replica.feed.relist()
    await service.replica.feed.heard(news(*"abcd"))
    await service.assign(assigned("e"), assigned("f", "d-west"))
    assert await next_state(call) == ("e", pb.WORK_STATE_OPEN)
    assert await next_state(west) == ("f", pb.WORK_STATE_OPEN)


@pytest.mark.parametrize("by", ["bus", "list"])
async def test_an_office_hears_that_work_left_however_far_it_went(
    service: Service, other: Replica, by: str
) -> None:
    """It lay at two more offices before this process heard of it."""
    await service.assign(assigned("a"))
    call = watch(service)
    assert len(await list_work(call)) == 1
    for attempt, office in enumerate(("d-west", "o-hill"), start=2):
        await service.assign(assigned("a", office, attempt=attempt), at=other)
    if by == "bus":
        await service.replica.feed.heard(news("a"))
    else:
        await service.replica.feed.gap()
        await service.replica.feed.relist()
    assert await next_state(call) == ("a", pb.WORK_STATE_DECLINED)
    # Once: what becomes of it there is none of its business.
    await other.work.carry_out("o-hill", "a", Accept())
    await service.replica.feed.heard(news("a"))
    await service.assign(assigned("b"))
    assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)


async def test_a_change_told_to_others_first_is_found_by_a_list_that_began_before(
    service: Service, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher's own list came from before the change; the change was told before it."""
    await service.assign(assigned("a"))
    reads, feed_ = service.replica.reads, service.replica.feed
    at_offices = reads.at_offices

    async def and_then_it_went_on(*question: Any) -> Any:
        monkeypatch.setattr(reads, "at_offices", at_offices)
        found = list(await at_offices(*question))
        for attempt, office in enumerate(("d-west", "o-hill"), start=2):
            await service.assign(assigned("a", office, attempt=attempt), at=other)
        await feed_.heard(news("a"))
        return found

    monkeypatch.setattr(reads, "at_offices", and_then_it_went_on)
    call = watch(service)
    assert [item.inquiry_id for item in await list_work(call)] == ["a"]
    await feed_.gap()
    await feed_.relist()
    assert await next_state(call) == ("a", pb.WORK_STATE_DECLINED)


async def test_two_hundred_cases_of_two_replicas_and_a_bus_that_loses_every_third(
    service: Service, other: Replica
) -> None:
    call = watch(service)
    assert await list_work(call) == []
    ids = [f"i-{number}" for number in range(200)]
    for number, id_ in enumerate(ids):
        await service.assign(assigned(id_), at=other if number % 2 else service.replica)
        if number % 3:
            await service.replica.feed.heard(news(id_))
    await service.replica.feed.gap()
    await service.replica.feed.relist()
    assert {(await next_state(call))[0] for _ in ids} == set(ids)


async def test_a_gap_is_made_up_for_at_once_and_lists_are_spread(service: Service) -> None:
    reads, feed_ = service.replica.reads, service.replica.feed
    calls = [watch(service), watch(service), watch(service, WEST)]
    for call in calls:
        await list_work(call)
    lists = reads.lists
    await feed_.relist()
    assert reads.lists == lists  # not before its time
    await feed_.gap()
    await feed_.relist()
    assert reads.lists == lists + 1  # one list for all whose time has come
    await feed_.relist()
    assert reads.lists == lists + 1


async def test_of_a_list_only_what_is_not_known_is_read(service: Service, other: Replica) -> None:
    """A hundred cases lie there and one of them changed unheard: one state is read."""
    await service.assign(*(assigned(f"i-{number}") for number in range(100)))
    call = watch(service)
    assert len(await list_work(call)) == 100
    await other.work.carry_out("o-mill", "i-7", Accept())
    reads = service.replica.reads
    reads.asked.clear()
    await service.replica.feed.gap()
    await service.replica.feed.relist()
    assert await next_state(call) == ("i-7", pb.WORK_STATE_ACCEPTED)
    assert reads.asked == [{"i-7"}]
    await service.replica.feed.gap()
    await service.replica.feed.relist()
    assert reads.asked == [{"i-7"}], "nothing changed: no state is read"


async def test_a_gap_while_an_office_is_listed_asks_for_another_list(service: Service) -> None:
    reads, feed_ = service.replica.reads, service.replica.feed
    await list_work(watch(service))
    tasks: list[asyncio.Task[None]] = []
    reads.before_list = lambda: tasks.append(asyncio.create_task(feed_.gap()))
    lists = reads.lists
    await feed_.gap()
    await feed_.relist()
    await asyncio.gather(*tasks)
    await feed_.relist()
    assert reads.lists == lists + 2


async def test_nothing_is_read_when_nobody_watches(service: Service, other: Replica) -> None:
    await service.assign(assigned("a"), at=other)
    feed_, reads = service.replica.feed, service.replica.reads
    await feed_.gap()
    await feed_.heard(news("a"))
    await service.later(10 * feed.RELIST_EVERY)
    await feed_.relist()
    assert (reads.lists, reads.asked) == (0, [])


async def test_a_list_read_before_a_change_tells_nothing_older_after_it(
    service: Service, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list and the reads by id come from a moment ago; what was told meanwhile is newer."""
    await service.assign(assigned("a"), assigned("b"))
    call = watch(service)
    assert len(await list_work(call)) == 2
    await other.work.carry_out("o-mill", "a", Accept())
    await other.work.carry_out("o-mill", "b", Accept())
    reads, feed_ = service.replica.reads, service.replica.feed

    async def and_then_answered(*question: Any) -> Any:
        found = list(await at_offices(*question))
        await service.offices.Answer(answer_request(inquiry_id="a", text="Yes."), metadata=MILL)
        assert await next_state(call) == ("a", pb.WORK_STATE_ANSWERED)
        return found

    at_offices = reads.at_offices
    monkeypatch.setattr(reads, "at_offices", and_then_answered)
    await feed_.gap()
    await feed_.relist()
    assert await next_state(call) == ("b", pb.WORK_STATE_ACCEPTED)
    await service.assign(assigned("c"))
    assert await next_state(call) == ("c", pb.WORK_STATE_OPEN)


async def test_work_that_left_and_came_back_is_not_told_as_gone(
    service: Service, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.assign(assigned("a"))
    call = watch(service)
    assert len(await list_work(call)) == 1
    await service.assign(assigned("a", "d-west", attempt=2), at=other)
    reads, feed_ = service.replica.reads, service.replica.feed

    async def and_then_it_came_back(ids: Any) -> Any:
        found = list(await of(ids))
        await service.assign(assigned("a", "o-mill", attempt=3))
        assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)
        return found

    of = reads.of
    monkeypatch.setattr(reads, "of", and_then_it_came_back)
    await feed_.gap()
    await feed_.relist()
    await service.assign(assigned("b"))
    assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)


async def test_what_was_saved_before_the_list_and_is_told_after_it_is_left_out(
    service: Service, other: Replica
) -> None:
    """A save of this process returns late: another one has gone on, and the list shows it."""
    await service.assign(assigned("a"), at=other)
    opened = service.store.documents["a"]
    await other.work.carry_out("o-mill", "a", Accept())
    call = watch(service, accepted=True)
    assert [item.state for item in await list_work(call)] == [pb.WORK_STATE_ACCEPTED]
    assert opened.state is not None
    service.replica.feed.changed("a", opened.version, opened.state)
    await service.assign(assigned("b"))
    assert await next_state(call) == ("b", pb.WORK_STATE_OPEN)


async def test_a_database_that_is_away_is_made_up_for_when_it_is_back(
    service: Service, other: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = watch(service)
    assert await list_work(call) == []
    await service.assign(assigned("a"), at=other)
    feed_ = service.replica.feed

    async def away(*_: object) -> Any:
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    with monkeypatch.context() as patch:
        patch.setattr(service.replica.reads, "of", away)
        patch.setattr(service.replica.reads, "at_offices", away)
        await feed_.heard(news("a"))
        for _ in range(2):
            with pytest.raises(DomainError):
                await feed_.relist()
    await feed_.relist()
    assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)


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


async def test_the_servers_stop_ends_the_streams_it_serves(service: Service) -> None:
    """By itself it would wait for them until its time is over, and then cut them off."""
    call = watch(service)
    await list_work(call)
    ended = asyncio.create_task(refusal(call.read()))
    await part(service.replica.districts, GrpcServer).stop()
    code, trailing = await ended
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.UNAVAILABLE, "stopping")


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


async def test_an_office_has_so_many_watches_and_takes_none_of_another(service: Service) -> None:
    calls = [watch(service, as_office("o-mill")) for _ in range(MOST_WATCHES)]
    for call in calls:
        assert await list_work(call) == []
    status, trailing = await refusal(watch(service).read())
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert trailing["dasan-slug"] == "too_many_watches"
    assert await list_work(watch(service, as_office("d-west"))) == []
    calls[0].cancel()
    await until(lambda: service.replica.feed.watched == MOST_WATCHES)
    assert await list_work(watch(service, as_office("o-mill"))) == []


def _place_of(office: str) -> int:
    return list(TOWN.offices).index(office)


def item(inquiry_id: str, version: int, stage: Stage = Stage.OPEN) -> Item:
    case = assigned(inquiry_id)
    return Item(
        inquiry_id=inquiry_id,
        receipt_number=case.matter.receipt_number,
        service_code=case.matter.service_code,
        kind=None,
        language="en",
        permit=False,
        binding=False,
        to_designate=False,
        needs_document=False,
        round=1,
        attempt=1,
        stage=stage,
        due_at=case.due_at,
        opened_at=case.matter.received_at,
        reminded=None,
        notices=0,
        take_by=None,
        consulted=(),
        joined=(),
        linked=(),
        version=version,
    )


async def test_a_slow_watcher_skips_states_but_no_case(service: Service) -> None:
    slow = service.replica.feed.watch("o-mill")
    slow.offer(item("a", 1))
    slow.offer(item("b", 1))
    slow.offer(item("a", 3, Stage.ANSWERED))
    slow.offer(item("a", 2, Stage.ACCEPTED))
    seen = slow.news()
    told = [(await anext(seen)).item, (await anext(seen)).item]
    assert told == [item("a", 3, Stage.ANSWERED), item("b", 1)]


async def test_what_the_list_told_is_not_told_again_in_an_older_state(service: Service) -> None:
    watched = service.replica.feed.watch("o-mill")
    watched.offer(item("a", 1))
    watched.listed("a", 2)
    watched.offer(item("a", 2))
    watched.offer(item("a", 3, Stage.ANSWERED))
    assert (await anext(watched.news())).item == item("a", 3, Stage.ANSWERED)


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
        await anext(stuck.news())


async def test_a_database_that_is_away_ends_the_watch_with_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    monkeypatch.setattr(service.replica.reads, "at_offices", away)
    code, trailing = await refusal(watch(service).read())
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.UNAVAILABLE, "database_away")
    await until(lambda: service.replica.feed.watched == 0)


async def test_a_case_whose_save_lost_its_answer_is_still_shown(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database took it and the connection broke: the event comes again and finds it done."""
    call = watch(service)
    assert await list_work(call) == []
    save = service.store.save
    answers = iter([DomainError("database_away", Kind.UNAVAILABLE, "cut off")])

    async def cut_off(*given: Any) -> Any:
        outcome = await save(*given)
        for error in answers:
            raise error
        return outcome

    monkeypatch.setattr(service.store, "save", cut_off)
    with pytest.raises(DomainError):
        await service.assign(assigned("a"))
    await service.assign(assigned("a"))
    assert await next_state(call) == ("a", pb.WORK_STATE_OPEN)
