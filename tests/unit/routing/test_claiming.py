"""Who at the desk is working on a matter: for the others to see, and for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import arbitration, claiming, dates, giving, queue
from services.routing.domain.assignment.claiming import CLAIM_FOR, claim_of
from services.routing.domain.assignment.events import ArbitrationCause
from services.routing.domain.assignment.model import Assigned, Assignment, Unrouted
from tests.unit.routing.town import HILL, NOW, TOWN, asked, received, routed

MINUTE = timedelta(minutes=1)


def claimed(
    state: Assignment | None, session: str = "one", now: datetime = NOW
) -> Change[Assignment, giving.Told]:
    change = claiming.claim(state, city=TOWN, caller="desk", session=session, now=now)
    assert change is not None
    assert change.events == ()
    return change


@pytest.fixture
def unrouted() -> Unrouted:
    change = received(asked(text="nothing"))
    assert change is not None
    assert isinstance(change.state, Unrouted)
    return change.state


@pytest.fixture
def disputed() -> Assigned:
    change = received(routed("idea"))
    assert change is not None
    assert isinstance(change.state, Assigned)
    desk = arbitration.to_desk(TOWN, change.state, ArbitrationCause.NOBODY_LEFT, NOW)
    assert isinstance(desk.state, Assigned)
    return desk.state


@pytest.mark.parametrize("which", ["unrouted", "disputed"])
def test_it_ends_by_itself_and_another_session_may_take_it_then(
    which: str, request: pytest.FixtureRequest
) -> None:
    change = claimed(request.getfixturevalue(which))
    held = claim_of(change.state, NOW)
    assert held is not None
    assert (held.caller, held.session, held.until) == ("desk", "one", NOW + CLAIM_FOR)
    with pytest.raises(DomainError, match="claimed_by_other") as error:
        claimed(change.state, "two", NOW + CLAIM_FOR - MINUTE)
    assert error.value.kind is Kind.CONFLICT
    longer = claimed(change.state, "one", NOW + MINUTE)
    assert claim_of(longer.state, NOW + CLAIM_FOR) is not None
    assert claim_of(change.state, NOW + CLAIM_FOR) is None
    other = claim_of(claimed(change.state, "two", NOW + CLAIM_FOR).state, NOW + CLAIM_FOR)
    assert other is not None
    assert other.session == "two"


def test_it_is_woken_as_without_a_claim(unrouted: Unrouted, disputed: Assigned) -> None:
    """Or nobody would be told when the answer is due, or the time to decide is over."""
    assert claimed(unrouted).wake_at == dates.wake_at(unrouted, NOW) is not None
    assert claimed(disputed).wake_at == dates.next_step(TOWN, disputed) is not None
    freed = claiming.release(claimed(unrouted).state, city=TOWN, session="one", now=NOW)
    assert freed is not None
    assert freed.wake_at == dates.wake_at(unrouted, NOW)


def test_only_its_holder_ends_it(unrouted: Unrouted) -> None:
    held = claimed(unrouted).state
    assert claiming.release(held, city=TOWN, session="two", now=NOW) is None
    assert claiming.release(unrouted, city=TOWN, session="one", now=NOW) is None
    freed = claiming.release(held, city=TOWN, session="one", now=NOW)
    assert freed is not None
    assert freed.state == unrouted


def test_it_bars_nobody_and_ends_with_the_assignment(unrouted: Unrouted) -> None:
    held = claimed(unrouted).state
    change = queue.assign_by_hand(
        held,
        city=TOWN,
        ruleset=TOWN.rules,
        office=TOWN.office("d-east"),
        service_code="lamp",
        now=NOW,
    )
    assert change is not None
    assert claim_of(change.state, NOW) is None


def test_what_waits_for_no_person_is_not_claimed() -> None:
    change = received(routed("lamp", place=HILL))
    assert change is not None
    with pytest.raises(DomainError, match="already_assigned"):
        claimed(change.state)
    with pytest.raises(DomainError, match="unknown_assignment"):
        claimed(None)
    with pytest.raises(DomainError, match="unknown_assignment"):
        claiming.release(None, city=TOWN, session="one", now=NOW)
