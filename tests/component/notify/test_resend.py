"""What failed or is held is sent again by a person's word, beside the running replicas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from services.common.aggregates.marking import marking
from services.common.process.clock import new_id
from services.notify.adapters.wire import wire
from services.notify.application.resend import Choice, Resent, resend
from services.notify.domain.model import (
    Accepted,
    FailureReason,
    Later,
    Party,
    Refused,
    Result,
    WaitReason,
)

from .conftest import START, World, assigned, received
from .fakes import Outbox

UNDELIVERABLE = FailureReason.UNDELIVERABLE


async def again(
    world: World,
    reason: FailureReason | WaitReason = UNDELIVERABLE,
    *,
    since: datetime = START,
    most: int = 100,
    dry_run: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Resent:
    choice = Choice(reason=reason, since=since, most=most)
    return await resend(
        world.store,
        marking("notify", world.store, wire=wire(()), clock=lambda: world.now, new_id=new_id),
        choice,
        dry_run=dry_run,
        now=world.now,
        new_id=new_id,
        tell=tell,
    )


async def failed(world: World, channel: Outbox, *ids: str, result: Result) -> None:
    world.knows(*ids)
    channel.behave = lambda message: result
    await world.hear(*(received(id_) for id_ in ids))
    channel.behave = lambda message: Accepted()


async def test_what_failed_is_sent_again_and_told_as_delivered(world: World, files: Outbox) -> None:
    await failed(world, files, "i-1", "i-2", result=Refused(UNDELIVERABLE))
    done = await again(world)
    assert (done.chosen, done.again, done.more) == (2, 2, False)
    await world.wake()
    assert set(world.states().values()) == {"delivered"}
    # The failures were told before, and are not lost by what was written beside them.
    assert sorted(world.told()) == sorted(
        (kind, f"{id_}:received:1:1")
        for id_ in ("i-1", "i-2")
        for kind in ("MessageFailed", "MessageDelivered")
    )


async def test_to_run_it_twice_sends_once(world: World, files: Outbox) -> None:
    await failed(world, files, "i-1", result=Refused(UNDELIVERABLE))
    assert (await again(world)).again == 1
    assert (await again(world)).chosen == 0
    await world.wake()
    assert (await again(world)).chosen == 0
    assert len(files.sent) == 2


async def test_only_that_reason_and_only_since_then(world: World, files: Outbox) -> None:
    await failed(world, files, "i-1", result=Refused(UNDELIVERABLE))
    await failed(world, files, "i-2", result=Refused(FailureReason.REJECTED))
    world.now += timedelta(hours=1)
    await failed(world, files, "i-3", result=Refused(UNDELIVERABLE))
    assert (await again(world, since=world.now)).again == 1
    await world.wake()
    assert world.states() == {
        "i-1:received:1:1": "failed",
        "i-2:received:1:1": "failed",
        "i-3:received:1:1": "delivered",
    }


async def test_a_dry_run_changes_nothing(world: World, files: Outbox) -> None:
    await failed(world, files, "i-1", result=Refused(UNDELIVERABLE))
    before = dict(world.store.documents)
    done = await again(world, dry_run=True)
    assert (done.chosen, done.again) == (1, 0)
    assert world.store.documents == before


async def test_no_more_than_asked_for_and_the_rest_is_said(world: World, files: Outbox) -> None:
    await failed(world, files, "i-1", "i-2", "i-3", result=Refused(UNDELIVERABLE))
    first = await again(world, most=2)
    assert (first.again, first.more) == (2, True)
    second = await again(world, most=2)
    assert (second.again, second.more) == (1, False)


async def test_what_is_held_goes_out_now_with_what_waits_for_it(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    files.behave = lambda message: Later(Party.PROVIDER)
    await world.hear(received("i-1"), assigned("i-1"))
    files.behave = lambda message: Accepted()
    assert (await again(world, WaitReason.HELD)).again == 2
    assert await world.wake() == 2
    assert [m.delivery_id for m in files.sent[1:]] == ["i-1:received:1:1", "i-1:assigned:1:1"]


async def test_it_tells_its_progress(world: World, files: Outbox) -> None:
    lines: list[str] = []
    await failed(world, files, "i-1", result=Refused(UNDELIVERABLE))
    await again(world, tell=lines.append)
    assert lines == ["1 looked at, 1 chosen, 1 set to be sent again"]


async def test_what_somebody_changes_meanwhile_is_left_to_them(
    world: World, files: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await failed(world, files, "i-1", result=Refused(UNDELIVERABLE))
    page = world.store.page
    kept = dict(world.store.documents)

    async def stale(after: str, most: int) -> object:
        found = await page(after, most)
        # Another person's command, between the look and the write.
        if found:
            await again_elsewhere()
        return found

    async def again_elsewhere() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(world.store, "page", page)
            await again(world)

    monkeypatch.setattr(world.store, "page", stale)
    done = await again(world)
    assert (done.chosen, done.again, done.changed) == (1, 0, 1)
    assert world.store.documents != kept
    await world.wake()
    assert len(files.sent) == 2
