"""What an office does with a case beside answering it is told once, and not when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from services.common.consuming.consume import Ack
from services.notify.domain.events import (
    CaseClosed,
    CaseExtended,
    CitizenActRefused,
    SupplementRequested,
)
from services.notify.domain.model import (
    ActRefusal,
    CitizenActKind,
    ClosedCause,
    DeliveryChannel,
    ExtensionReason,
    RecountCause,
    Skipped,
    SkipReason,
)

from .conftest import START, World, answered, assigned, matter, received, recounted
from .fakes import Outbox

EXTENDED = CaseExtended(
    inquiry_id="i-1",
    matter=matter("i-1"),
    round=1,
    attempt=1,
    office_id="d-west",
    reason=ExtensionReason.REVIEW,
    due_before=START + timedelta(days=7),
    due_at=START + timedelta(days=14),
)
SAME_MOVE = replace(recounted("i-1", 14), cause=RecountCause.EXTENDED)
MISSING = SupplementRequested(
    inquiry_id="i-1",
    matter=matter("i-1"),
    round=1,
    attempt=1,
    office_id="d-west",
    number=1,
    answer_by=START + timedelta(days=10),
)
WITHDRAWN = CaseClosed(
    inquiry_id="i-1",
    matter=matter("i-1"),
    round=1,
    attempt=1,
    office_id="d-west",
    cause=ClosedCause.WITHDRAWN,
)


async def test_an_extension_is_told_once_with_its_reason_whichever_is_heard_first() -> None:
    for order in permutations([EXTENDED, SAME_MOVE, EXTENDED]):
        files = Outbox(DeliveryChannel.FILE)
        world = World([files])
        world.knows("i-1")
        await world.hear(received("i-1"), assigned("i-1"))
        assert len(await world.hear(*order)) == 3
        (told,) = files.sent[2:]
        assert "법률관계를 더 검토" in told.body


async def test_what_is_missing_is_asked_for_once_and_not_once_it_is_over(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    assert await world.hear(MISSING, assigned("i-1"), received("i-1"), MISSING) == [Ack()] * 4
    assert [m.delivery_id for m in files.sent][2:] == ["i-1:supplement:1:1"]
    await world.hear(answered("i-1"), replace(MISSING, number=2))
    over = world.state("i-1:supplement:1:2")
    assert isinstance(over, Skipped)
    assert over.reason is SkipReason.OVER


async def test_a_request_that_is_heard_too_late_to_be_answered_is_not_sent(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"))
    world.now = MISSING.answer_by + timedelta(seconds=1)
    await world.hear(MISSING)
    assert len(files.sent) == 2


async def test_a_withdrawal_is_told_once_and_ends_what_else_was_to_be_told(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"))
    await world.hear(WITHDRAWN, MISSING, WITHDRAWN)
    assert [m.delivery_id for m in files.sent][2:] == ["i-1:withdrawn:1:1"]


async def test_what_a_citizen_did_in_vain_is_told_once_for_each_act_also_after_the_answer(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    refused = CitizenActRefused(
        inquiry_id="i-1",
        matter=matter("i-1"),
        round=1,
        attempt=1,
        office_id="d-west",
        act=1,
        kind=CitizenActKind.WITHDRAWAL,
        reason=ActRefusal.ANSWERED,
    )
    await world.hear(refused, received("i-1"), assigned("i-1"), answered("i-1"), refused)
    await world.hear(replace(refused, act=2, kind=CitizenActKind.SUPPLEMENT))
    sent = {m.delivery_id: m.body for m in files.sent}
    told = [id_ for id_ in sent if ":act_refused:" in id_]
    assert told == ["i-1:act_refused:1:1", "i-1:act_refused:1:2"]
    assert len(sent) == len(files.sent)
    assert "민원 취하" in sent[told[0]]
