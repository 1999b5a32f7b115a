"""A watch that was cut off goes on from its token, at any replica: nothing is missed.

Each test cuts an office off (its own connection, or by the death of the replica, of which only the
store is left) and says what it is told when it comes again. What would be seen if a promise broke:
a change that is not told, or the whole list where a few changes would do.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import DECLINE_REASON_WRONG_PLACE
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub

from services.common.aggregates.group_commit import GroupCommit
from services.common.run.service import running
from services.districts.application import resuming
from services.districts.application.feed import CLOCKS_DIFFER, MARGIN, RESUME_WITHIN, WRITES_LAST
from services.districts.application.resuming import ResumePoint
from services.districts.domain.case.commands import Accept, Answer
from tests.component.districts.offices import (
    Replica,
    Service,
    answer_request,
    as_office,
    assigned,
    begin,
    refusal,
    serving,
)
from tests.support.figures import moved
from tests.support.kit import part
from tests.support.waiting import until
from tests.unit.districts.case import OFFICER

MILL, WEST = as_office("o-mill"), as_office("d-west")
DONE = Answer(text="Done.", officer=OFFICER)
# So long after a list nothing of what it saw is told again.
LONG_AFTER = MARGIN + timedelta(minutes=1)
A_MOMENT = timedelta(milliseconds=1)


def watch(
    offices: OfficeWorkServiceStub, token: str = "", metadata: Any = MILL, *, accepted: bool = True
) -> Any:
    return offices.WatchWork(
        pb.WatchWorkRequest(include_accepted=accepted, resume_token=token), metadata=metadata
    )


async def seen(service: Service, metadata: Any = MILL) -> str:
    """An office sees its list of what came a good while ago, and is cut off; its token, a good
    while later."""
    await service.later(LONG_AFTER)
    call = watch(service.offices, metadata=metadata)
    begun = await begin(call)
    assert begun.whole
    call.cancel()
    await until(lambda: service.replica.feed.watched == 0)
    await service.later(LONG_AFTER)
    return begun.token


def states(items: list[pb.WorkItem]) -> dict[str, int]:
    return {item.inquiry_id: item.state for item in items}


@pytest.fixture
async def other(service: Service) -> AsyncIterator[tuple[Replica, OfficeWorkServiceStub]]:
    """Another replica, on a port of its own."""
    replica = await service.another()
    async with replica.serving() as (offices, _):
        yield replica, offices


Other = tuple[Replica, OfficeWorkServiceStub]


async def test_the_whole_list_says_that_it_begins_and_ends_with_a_token(service: Service) -> None:
    await service.assign(assigned("a"))
    call = watch(service.offices)
    kinds = [await call.read() for _ in range(3)]
    assert [message.WhichOneof("event") for message in kinds] == [
        "snapshot_begins",
        "item",
        "caught_up",
    ]
    assert [bool(message.resume_token) for message in kinds] == [False, False, True]
    assert (kinds[1].item.version, kinds[1].item.round) == (1, 1)


async def test_a_watch_goes_on_at_another_replica_with_what_changed_meanwhile(
    service: Service, other: Other
) -> None:
    """Accepted, answered, declined, taken away, come, and come back in a second round."""
    stay = [assigned(id_) for id_ in ("quiet", "taken", "done", "refused", "lost")]
    await service.assign(*stay, assigned("again"))
    await service.replica.work.carry_out("o-mill", "again", DONE)
    token = await seen(service)

    await service.offices.Accept(pb.AcceptRequest(inquiry_id="taken"), metadata=MILL)
    await service.offices.Answer(answer_request(inquiry_id="done", text="x"), metadata=MILL)
    refuse = pb.DeclineRequest(inquiry_id="refused", reason=DECLINE_REASON_WRONG_PLACE)
    await service.offices.Decline(refuse, metadata=MILL)
    for attempt, office in enumerate(("d-west", "o-hill"), start=2):
        await service.assign(assigned("lost", office, attempt=attempt))
    await service.assign(
        assigned("new"), assigned("again", round_=2), assigned("not ours", "d-west")
    )

    call = watch(other[1], token)
    begun = await begin(call)
    assert not begun.whole
    assert states(begun.items) == {
        "taken": pb.WORK_STATE_ACCEPTED,
        "done": pb.WORK_STATE_ANSWERED,
        "refused": pb.WORK_STATE_DECLINED,
        "lost": pb.WORK_STATE_DECLINED,
        "new": pb.WORK_STATE_OPEN,
        "again": pb.WORK_STATE_OPEN,
    }
    [again] = [item for item in begun.items if item.inquiry_id == "again"]
    assert (again.round, again.version) == (2, 3)
    # Then every change, as ever.
    await other[0].work.carry_out("o-mill", "quiet", Accept())
    message = await call.read()
    assert (message.item.inquiry_id, message.item.state) == ("quiet", pb.WORK_STATE_ACCEPTED)


async def test_a_watch_goes_on_after_a_restart_of_every_process(service: Service) -> None:
    await service.assign(assigned("a"), assigned("b"))
    token = await seen(service)
    await service.replica.work.carry_out("o-mill", "a", DONE)
    await service.later(LONG_AFTER)
    young = await service.another()
    async with young.serving() as (offices, _):
        begun = await begin(watch(offices, token))
        assert not begun.whole
        assert states(begun.items) == {"a": pb.WORK_STATE_ANSWERED}
        # From where it got to now, nothing is left.
        await service.later(LONG_AFTER)
        again = await begin(watch(offices, begun.token))
        assert (again.whole, again.items) == (False, [])


async def test_whoever_is_cut_off_before_it_caught_up_is_told_again(
    service: Service, other: Other
) -> None:
    await service.assign(assigned("a"), assigned("b"))
    token = await seen(service)
    for id_ in "ab":
        await service.replica.work.carry_out("o-mill", id_, Accept())
    call = watch(other[1], token)
    message = await call.read()
    assert message.resume_token == ""
    call.cancel()
    assert states((await begin(watch(other[1], token))).items).keys() == {"a", "b"}


async def test_what_becomes_of_a_case_elsewhere_is_not_told_to_who_had_it(
    service: Service, other: Other
) -> None:
    await service.assign(assigned("a"))
    await service.assign(assigned("a", "d-west", attempt=2))
    token = await seen(service)
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=WEST)
    assert (await begin(watch(other[1], token))).items == []


async def test_work_that_leaves_after_a_watch_went_on_is_told_also_if_the_bus_is_silent(
    service: Service, other: Other
) -> None:
    """What the watcher knows from another replica is compared with later lists, too."""
    await service.assign(assigned("a"))
    token = await seen(service)
    call = watch(other[1], token)
    assert (await begin(call)).items == []
    for attempt, office in enumerate(("d-west", "o-hill"), start=2):
        await service.assign(assigned("a", office, attempt=attempt))
    await other[0].feed.gap()
    await other[0].feed.relist()
    message = await call.read()
    assert (message.item.inquiry_id, message.item.state) == ("a", pb.WORK_STATE_DECLINED)


async def test_what_came_and_was_done_between_two_lists_is_told(
    service: Service, other: Other
) -> None:
    """At another replica, and the bus told nothing of it: it is in neither list of what is open."""
    call = watch(service.offices)
    await begin(call)
    await service.later(LONG_AFTER)
    await service.assign(assigned("a"), at=other[0])
    await other[0].work.carry_out("o-mill", "a", DONE)
    await service.later(LONG_AFTER)
    await service.replica.feed.gap()
    with moved("dasan_feed_found_total"):
        await service.replica.feed.relist()
    message = await call.read()
    assert (message.item.inquiry_id, message.item.state) == ("a", pb.WORK_STATE_ANSWERED)


async def test_a_write_that_was_under_way_when_the_list_was_read_is_told(
    service: Service, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided before the mark of the token, by a clock that is behind, and stored after it."""
    slow = await service.another(ahead=-CLOCKS_DIFFER)
    store = service.store
    decided, lands = asyncio.Event(), asyncio.Event()
    save = store.save

    async def slowly(*given: Any) -> Any:
        decided.set()
        await lands.wait()
        return await save(*given)

    with monkeypatch.context() as patch:
        patch.setattr(store, "save", slowly)
        writing = asyncio.create_task(service.assign(assigned("a"), at=slow))
        await decided.wait()
        await service.later(WRITES_LAST)
        begun = await begin(call := watch(service.offices))
        assert begun.items == []
        call.cancel()
        lands.set()
        await writing
    again = await begin(watch(other[1], begun.token))
    assert (again.whole, states(again.items)) == (False, {"a": pb.WORK_STATE_OPEN})


async def test_a_change_while_a_slow_list_is_read_is_told_to_who_goes_on_from_that_list(
    service: Service, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.assign(assigned("a"))
    reads = service.replica.reads
    at_offices = reads.at_offices

    async def slowly(*question: Any) -> Any:
        found = list(await at_offices(*question))
        await other[0].work.carry_out("o-mill", "a", DONE)
        await service.later(LONG_AFTER)
        return found

    monkeypatch.setattr(reads, "at_offices", slowly)
    begun = await begin(call := watch(service.offices))
    assert states(begun.items) == {"a": pb.WORK_STATE_OPEN}
    call.cancel()
    again = await begin(watch(other[1], begun.token))
    assert (again.whole, states(again.items)) == (False, {"a": pb.WORK_STATE_ANSWERED})


@pytest.mark.parametrize(
    ("away", "whole"),
    [
        (RESUME_WITHIN, False),
        (RESUME_WITHIN + A_MOMENT, True),
        # The clock of the replica that gave it was ahead: by as much as clocks may differ, or more.
        (-CLOCKS_DIFFER, False),
        (-CLOCKS_DIFFER - A_MOMENT, True),
    ],
)
async def test_who_was_away_for_too_long_begins_with_the_whole_list(
    service: Service, away: timedelta, whole: bool
) -> None:
    await service.assign(assigned("a"))
    await service.later(LONG_AFTER)
    point = ResumePoint(office_id="o-mill", mark=service.now - away, accepted=True)
    assert (await begin(watch(service.offices, resuming.token(point)))).whole is whole


async def test_a_token_of_another_office_or_format_begins_with_the_whole_list(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    point = ResumePoint(office_id="d-west", mark=service.now, accepted=True)
    for number in (0, 2, 99):
        strange = base64.urlsafe_b64encode(f"{number}|so it was".encode()).decode().rstrip("=")
        assert (await begin(watch(service.offices, strange))).whole
    begun = await begin(watch(service.offices, resuming.token(point)))
    assert (begun.whole, states(begun.items)) == (True, {"a": pb.WORK_STATE_OPEN})


async def test_who_wants_accepted_work_and_was_not_given_it_begins_with_the_whole_list(
    service: Service,
) -> None:
    await service.assign(assigned("a"))
    await service.replica.work.carry_out("o-mill", "a", Accept())
    begun = await begin(watch(service.offices, accepted=False))
    assert begun.items == []
    await service.later(LONG_AFTER)
    again = await begin(watch(service.offices, begun.token, accepted=True))
    assert (again.whole, states(again.items)) == (True, {"a": pb.WORK_STATE_ACCEPTED})
    await service.later(LONG_AFTER)
    less = await begin(watch(service.offices, again.token, accepted=False))
    assert (less.whole, less.items) == (False, [])


async def test_what_never_was_a_token_is_refused(service: Service) -> None:
    call = watch(service.offices, "so it was")
    code, trailing = await refusal(call.read())
    assert (code, trailing["dasan-field"]) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "resume_token",
    )
    assert service.replica.feed.watched == 0


async def test_no_token_passes_over_what_this_version_cannot_read(
    service: Service, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version of the service wrote a case; the old one cannot tell it, the next one can."""
    await service.assign(assigned("a"), assigned("b"))
    reads = service.replica.reads
    at_offices = reads.at_offices

    async def in_part(*question: Any) -> Any:
        found = await at_offices(*question)
        return [replace(one, state=None) if one.id == "a" else one for one in found]

    monkeypatch.setattr(reads, "at_offices", in_part)
    begun = await begin(watch(service.offices))
    assert (states(begun.items), begun.token) == ({"b": pb.WORK_STATE_OPEN}, "")
    whole = await begin(watch(other[1], begun.token))
    assert (whole.whole, set(states(whole.items))) == (True, {"a", "b"})


@pytest.fixture
async def lively() -> AsyncIterator[Service]:
    """A service that says often that it is alive."""
    async with serving(Service(heartbeat=timedelta(milliseconds=20))) as started:
        yield started


async def test_a_list_that_cannot_read_all_moves_no_token(
    lively: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await lively.another()
    async with other.serving():
        feed, reads = lively.replica.feed, lively.replica.reads
        watched = feed.watch("o-mill", accepted=True)
        begun = await feed.begin(watched, None)
        news = watched.news()
        await lively.later(LONG_AFTER)
        await lively.assign(assigned("a"), at=other)
        await other.work.carry_out("o-mill", "a", DONE)
        await lively.later(LONG_AFTER)
    of = reads.of

    async def in_part(ids: Any) -> Any:
        return [replace(one, state=None) for one in await of(ids)]

    monkeypatch.setattr(reads, "of", in_part)
    await feed.gap()
    await feed.relist()
    told = await anext(news)
    assert (told.item, told.token) == (None, begun.token)

    monkeypatch.setattr(reads, "of", of)
    await feed.gap()
    await feed.relist()
    told = await anext(news)
    assert told.item is not None
    assert told.item.inquiry_id == "a"
    assert told.token not in ("", begun.token)
    watched.close()


async def test_a_quiet_watch_says_that_it_is_alive_and_where_to_go_on(lively: Service) -> None:
    call = watch(lively.offices)
    begun = await begin(call)
    messages = [await call.read() for _ in range(3)]
    assert {message.WhichOneof("event") for message in messages} == {"heartbeat"}
    assert {message.resume_token for message in messages} == {begun.token}
    await lively.assign(assigned("a"))
    while (message := await call.read()).WhichOneof("event") != "item":
        pass
    assert message.item.inquiry_id == "a"


async def test_a_list_moves_the_token_so_that_little_is_told_again(lively: Service) -> None:
    call = watch(lively.offices)
    token = (await begin(call)).token
    await lively.assign(assigned("a"))
    await lively.later(LONG_AFTER)
    assert states((await begin(watch(lively.offices, token))).items).keys() == {"a"}
    await lively.replica.feed.gap()
    await lively.replica.feed.relist()
    async with asyncio.timeout(5):
        while (moved := (await call.read()).resume_token) in ("", token):
            pass
    assert (await begin(watch(lively.offices, moved))).items == []


async def test_a_token_comes_with_the_last_of_what_was_told_before_it(
    service: Service, other: Other
) -> None:
    call = watch(service.offices)
    token = (await begin(call)).token
    await service.later(LONG_AFTER)
    await service.assign(assigned("a"), assigned("b"), at=other[0])
    await service.later(LONG_AFTER)
    await service.replica.feed.gap()
    await service.replica.feed.relist()
    first, last = await call.read(), await call.read()
    assert first.resume_token == ""
    assert last.resume_token not in ("", token)
    assert (await begin(watch(other[1], last.resume_token))).items == []


async def test_a_token_does_not_pass_over_what_came_after_the_last_of_them(
    service: Service, other: Other
) -> None:
    """A slow reader has taken two cases; a list finds a third before it reads the second."""
    feed = service.replica.feed
    slow = feed.watch("o-mill", accepted=True)
    await feed.begin(slow, None)
    await service.assign(assigned("a"), assigned("b"))
    news = slow.news()
    await anext(news)
    await service.later(LONG_AFTER)
    await service.assign(assigned("c"), at=other[0])
    await service.later(LONG_AFTER)
    await feed.gap()
    await feed.relist()
    last = await anext(news)
    assert last.item is not None
    assert last.item.inquiry_id == "b"
    begun = await begin(watch(other[1], last.token or slow.token(slow.began)))
    assert "c" in states(begun.items)
    slow.close()


async def test_a_change_bears_the_time_of_its_decision_however_long_it_waited(
    service: Service,
) -> None:
    """A command that waited longer than a write may take would be missed by who resumes."""
    await service.assign(assigned("a"))
    busy = await service.another()
    commit = part(busy.districts, GroupCommit)
    waiting = asyncio.create_task(busy.work.carry_out("o-mill", "a", Accept()))
    await asyncio.sleep(0)
    await service.later(LONG_AFTER)
    async with running([commit]):
        await waiting
    case = service.store.documents["a"].state
    assert case is not None
    assert case.changed_at == service.now
