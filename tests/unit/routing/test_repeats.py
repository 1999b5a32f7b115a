"""When a repetition may be closed: the conditions of the law, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import Channel
from services.common.kernel import DomainError, Kind
from services.routing.domain.assignment import ending, taking
from services.routing.domain.assignment.events import (
    CaseAccepted,
    CaseAnswered,
    Outcome,
    RepeatClosed,
)
from services.routing.domain.assignment.giving import AssignmentChange
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    EndCause,
    Ended,
    Joint,
)
from services.routing.domain.likeness import repeats
from services.routing.domain.likeness.compare import Likeness
from services.routing.domain.likeness.repeats import CloseRepeat, Known
from tests.unit.routing.test_likeness import alike
from tests.unit.routing.town import HILL, MILL, NOW, TOWN, assigned, unrouted

DAY = timedelta(days=1)
MINE = alike("i1")
ORDER = CloseRepeat(earlier=("e1", "e2"))


def answered(inquiry_id: str, days: int, cause: EndCause = EndCause.ANSWERED) -> Known:
    """The same, which came so many days ago and was answered the next day."""
    event = CaseAnswered(
        inquiry_id=inquiry_id,
        round=1,
        outcome=Outcome.ANSWERED,
        answered_at=NOW - (days - 1) * DAY,
    )
    state = replace(assigned("lamp", MILL), inquiry_id=inquiry_id)
    change = ending.end(state, event=event)
    assert change is not None
    assert isinstance(change.state, Ended)
    return Known(likeness=alike(inquiry_id, days=days), state=replace(change.state, cause=cause))


EARLIER = {"e1": answered("e1", 30), "e2": answered("e2", 20)}


def closing(
    state: Assignment | None,
    order: CloseRepeat = ORDER,
    *,
    mine: Likeness | None = MINE,
    earlier: dict[str, Known] | None = None,
) -> AssignmentChange | None:
    known = EARLIER if earlier is None else earlier
    return repeats.close(state, city=TOWN, order=order, mine=mine, earlier=known, now=NOW)


def refused(state: Assignment | None, order: CloseRepeat = ORDER, **given: object) -> str:
    with pytest.raises(DomainError) as caught:
        closing(state, order, **given)  # type: ignore[arg-type]
    assert caught.value.kind in (Kind.CONFLICT, Kind.NOT_FOUND)
    return caught.value.slug


def test_the_third_of_the_same_after_two_answers_is_closed_by_a_persons_word() -> None:
    change = closing(assigned("lamp", MILL))
    assert change is not None
    assert isinstance(change.state, Ended)
    assert change.state.cause is EndCause.REPEAT_CLOSED
    assert change.wake_at is None
    [told] = change.events
    assert isinstance(told, RepeatClosed)
    assert (told.earlier_inquiry_ids, told.committee) == (("e1", "e2"), False)
    assert (told.attempt, told.office_id, told.closed_at) == (1, "d-west", NOW)
    assert closing(change.state) is None, "the same order again"


def test_what_was_accepted_may_be_closed_as_well() -> None:
    event = CaseAccepted(inquiry_id="i1", round=1, attempt=1, office_id="d-west", accepted_at=NOW)
    taken = taking.accept(assigned("lamp", MILL), city=TOWN, event=event)
    assert taken is not None
    assert closing(taken.state) is not None


@pytest.mark.parametrize("code", ["market-stall"])
def test_what_a_law_grants_is_never_closed(code: str) -> None:
    mine = replace(MINE, service_code=code)
    earlier = {
        id_: replace(one, likeness=replace(one.likeness, service_code=code))
        for id_, one in EARLIER.items()
    }
    state = assigned(code, MILL)
    assert refused(state, mine=mine, earlier=earlier) == "never_closed"
    called = replace(state, matter=replace(state.matter, channel=Channel.PHONE, permit=False))
    assert refused(called, mine=mine, earlier=earlier) == "never_closed"
    known = Known(likeness=mine, state=state)
    assert not repeats.may_close(TOWN, known, list(earlier.values()))


def test_two_must_have_been_answered_before_this_one_was_received() -> None:
    still_open = Known(
        likeness=alike("e2", days=20), state=replace(assigned("lamp", MILL), inquiry_id="e2")
    )
    too_late = answered("e2", 1)
    for second in (still_open, too_late, answered("e2", 20, EndCause.PERMIT_DECIDED)):
        earlier = {"e1": EARLIER["e1"], "e2": second}
        assert refused(assigned("lamp", MILL), earlier=earlier) == "not_answered_twice"
        mine = Known(likeness=MINE, state=assigned("lamp", MILL))
        assert not repeats.may_close(TOWN, mine, list(earlier.values()))


def test_one_that_was_closed_before_counts_beside_two_answers() -> None:
    closed = answered("e3", 10, EndCause.REPEAT_CLOSED)
    order = CloseRepeat(earlier=("e3", "e2", "e1"))
    change = closing(assigned("lamp", MILL), order, earlier={**EARLIER, "e3": closed})
    assert change is not None
    [told] = change.events
    assert isinstance(told, RepeatClosed)
    assert told.earlier_inquiry_ids == ("e1", "e2", "e3"), "in their order"


@pytest.mark.parametrize(
    "other",
    [
        replace(EARLIER["e2"].likeness, petitioner="q"),
        replace(EARLIER["e2"].likeness, petitioner=""),
        replace(EARLIER["e2"].likeness, signature=b""),
        replace(EARLIER["e2"].likeness, service_code="noise"),
        replace(EARLIER["e2"].likeness, dong_code="quay"),
        replace(EARLIER["e2"].likeness, received_at=NOW + DAY),
    ],
)
def test_each_must_be_the_same_citizens_of_the_same_content_and_earlier(other: Likeness) -> None:
    earlier = {"e1": EARLIER["e1"], "e2": replace(EARLIER["e2"], likeness=other)}
    assert refused(assigned("lamp", MILL), earlier=earlier) == "not_repeated"


@pytest.mark.parametrize(
    "order",
    [
        CloseRepeat(earlier=()),
        CloseRepeat(earlier=("e1",)),
        CloseRepeat(earlier=("e1", "e1")),
        CloseRepeat(earlier=("e1", "gone")),
        CloseRepeat(earlier=("e1", "e2", "gone")),
    ],
)
def test_two_known_ones_must_be_named(order: CloseRepeat) -> None:
    assert refused(assigned("lamp", MILL), order) == "not_repeated"


def test_what_nobody_has_looked_at_yet_is_not_closed() -> None:
    assert refused(assigned("lamp", MILL), mine=None) == "not_repeated"


def test_one_of_many_petitioners_needs_the_committee_first() -> None:
    joined = replace(assigned("lamp", MILL), joint=Joint(lead="l"))
    assert refused(joined) == "committee_needed"
    change = closing(joined, replace(ORDER, committee=True))
    assert change is not None
    [told] = change.events
    assert isinstance(told, RepeatClosed)
    assert told.committee


def test_only_what_lies_at_an_office_is_closed() -> None:
    assert refused(None) == "unknown_assignment"
    assert refused(unrouted()) == "not_at_office"
    assert refused(EARLIER["e1"].state) == "already_ended"


def test_an_answer_that_comes_after_the_closing_changes_nothing() -> None:
    change = closing(assigned("lamp", MILL))
    assert change is not None
    event = CaseAnswered(inquiry_id="i1", round=1, outcome=Outcome.ANSWERED, answered_at=NOW + DAY)
    assert ending.end(change.state, event=event) is None


@given(days=st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_the_earlier_ones_are_found_in_any_order(days: list[int]) -> None:
    others = [alike(f"o{number}", days=day) for number, day in enumerate(days)]
    strangers = [replace(one, petitioner="q", inquiry_id=f"{one.inquiry_id}q") for one in others]
    for order in list(permutations(others))[:20]:
        found = repeats.same_before(MINE, [*order, *strangers, MINE])
        assert list(found) == sorted(
            (one for one in others if one.order < MINE.order), key=lambda one: one.order
        )


def test_an_open_one_at_another_office_is_offered_like_any() -> None:
    state = assigned("lamp", HILL)
    mine = Known(likeness=MINE, state=state)
    assert isinstance(state, Assigned)
    assert repeats.may_close(TOWN, mine, list(EARLIER.values()))
