"""Routing by the register of delegations: by the day of receipt, after each change, and by what a
recall gives back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from dasan.districts.v1 import events_pb2
from dasan.intake.v1 import contacts_pb2 as pb

from services import cities
from services.cities import Channel
from services.common.consuming.consume import Incoming
from services.common.events.wire import ContractBroken, Wire
from services.common.kernel import DomainError
from services.routing.adapters.delegations import LiveDelegations
from services.routing.domain.assignment.events import CaseDeclined, DeclineReason
from services.routing.domain.assignment.model import Assigned
from services.routing.domain.delegations import DelegationPeriod, DelegationRecorded
from tests.component.routing.world import NOW, Service, open_routing, received
from tests.support.kit import incoming

SEOUL = cities.load("seoul")
# By the pack, 사직동 decides this; nobody but the district decides the other.
WASTE, SHOP = "bulky-waste", "mail-order"
SAJIK, JONGNO = "o-1111053000", "d-11110"
PLACE = pb.Place(dong_code="1111053000")
# NOW is Monday, 2026-11-23, 10:00 in Seoul.
MIDNIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def period(since: str, until: str = "", returned_on: str = "") -> DelegationPeriod:
    return DelegationPeriod(
        office_id=SAJIK,
        valid_from=date.fromisoformat(since),
        valid_until=date.fromisoformat(until) if until else None,
        returned_on=date.fromisoformat(returned_on) if returned_on else None,
        legal_basis="종로구 사무위임 조례",
    )


def recorded(revision: int, service: str, *periods: DelegationPeriod) -> DelegationRecorded:
    return DelegationRecorded(
        delegation_id=f"delegation:11110:{service}",
        district_code="11110",
        service_code=service,
        periods=periods,
        recorded_at=NOW + timedelta(seconds=revision),
    )


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    async with open_routing(SEOUL) as made:
        yield made


def register(service: Service, *told: DelegationRecorded) -> None:
    service.delegations.told = {one.delegation_id: one for one in told}


async def assigned(service: Service, id_: str, code: str, at: datetime = NOW) -> tuple[str, str]:
    """Who gets a matter that was received then, and by whose delegation."""
    service.intake.holds(id_, "신고합니다", PLACE)
    await service.routing.handle([received(id_, code, at, Channel.WEB)])
    current = attempt_of(service, id_)
    return current.current.office_id, current.current.delegated_by


def attempt_of(service: Service, id_: str) -> Assigned:
    state = service.store.documents[id_].state
    assert isinstance(state, Assigned)
    return state


def given_back(id_: str, attempt: int = 1) -> Incoming:
    """What districts tells of a case that a recall gives back."""
    event = CaseDeclined(
        inquiry_id=id_,
        round=1,
        attempt=attempt,
        office_id=SAJIK,
        reason=DeclineReason.NOT_COMPETENT,
        suggested_office_id=JONGNO,
    )
    return incoming(event, f"back-{id_}-{attempt}")


async def test_where_the_registry_has_nothing_the_pack_counts(seoul: Service) -> None:
    assert await assigned(seoul, "a", WASTE) == (SAJIK, JONGNO)
    assert await assigned(seoul, "b", SHOP) == (JONGNO, "")


async def test_the_registry_stands_in_place_of_the_pack(seoul: Service) -> None:
    register(seoul, recorded(2, WASTE), recorded(1, SHOP, period("2026-11-23")))
    assert await assigned(seoul, "a", WASTE) == (JONGNO, "")
    assert await assigned(seoul, "b", SHOP) == (SAJIK, JONGNO)


async def test_who_is_competent_on_the_day_of_receipt_decides(seoul: Service) -> None:
    """Also when it is assigned later: midnight in Seoul is 15:00 UTC."""
    register(seoul, recorded(1, SHOP, period("2026-11-24", "2026-11-24")))
    seoul.now = MIDNIGHT + timedelta(days=2)
    moment = timedelta(milliseconds=1)
    assert await assigned(seoul, "a", SHOP, MIDNIGHT - moment) == (JONGNO, "")
    assert await assigned(seoul, "b", SHOP, MIDNIGHT) == (SAJIK, JONGNO)
    last = MIDNIGHT + timedelta(days=1)
    assert await assigned(seoul, "c", SHOP, last - moment) == (SAJIK, JONGNO)
    assert await assigned(seoul, "d", SHOP, last) == (JONGNO, "")


async def test_nothing_is_decided_before_the_registry_was_read(seoul: Service) -> None:
    seoul.delegations.away = True
    seoul.intake.holds("a", "신고합니다", PLACE)
    with pytest.raises(DomainError, match="delegations_unread"):
        await seoul.routing.handle([received("a", WASTE)])
    assert seoul.store.documents == {}
    seoul.delegations.away = False
    assert await assigned(seoul, "a", WASTE) == (SAJIK, JONGNO)


async def test_a_suspension_counts_from_its_first_day_and_a_decision_stays(seoul: Service) -> None:
    register(seoul, recorded(1, SHOP, period("2026-11-20")))
    assert await assigned(seoul, "a", SHOP) == (SAJIK, JONGNO)
    register(seoul, recorded(2, SHOP, period("2026-11-20", "2026-11-22")))
    assert await assigned(seoul, "b", SHOP) == (JONGNO, "")
    assert attempt_of(seoul, "a").current.office_id == SAJIK


async def test_what_a_recall_gives_back_goes_to_the_district_once(seoul: Service) -> None:
    register(seoul, recorded(1, SHOP, period("2026-11-20")))
    await assigned(seoul, "a", SHOP)
    register(seoul, recorded(2, SHOP, period("2026-11-20", "2026-11-23", "2026-11-24")))
    seoul.now = MIDNIGHT
    await seoul.routing.handle([given_back("a"), given_back("a")])
    state = attempt_of(seoul, "a")
    assert (state.current.office_id, state.current.number) == (JONGNO, 2)
    assert state.current.delegated_by == ""
    await seoul.routing.handle([given_back("a")])
    assert attempt_of(seoul, "a") == state


async def test_before_a_recall_is_known_the_district_may_not_take_it(seoul: Service) -> None:
    """Why districts waits before it gives cases back."""
    register(seoul, recorded(1, SHOP, period("2026-11-20")))
    await assigned(seoul, "a", SHOP)
    await seoul.routing.handle([given_back("a")])
    assert attempt_of(seoul, "a").current.office_id != JONGNO


def test_twice_late_and_out_of_order_the_newest_state_holds() -> None:
    told = LiveDelegations.empty()
    old, new = recorded(1, SHOP), recorded(2, SHOP, period("2026-11-20"))
    other = recorded(7, WASTE)
    for event in (new, old, other):
        told.add(event)
    known = told.newest()
    assert known == {new.delegation_id: new, other.delegation_id: other}
    for event in (old, new, other, new):
        told.add(event)
    assert told.newest() is known


def test_a_state_with_a_day_of_no_calendar_never_comes_so_far_as_a_decision() -> None:
    """One such delegation would else hold up every decision of the city."""
    message = events_pb2.DelegationRecorded(
        delegation_id="delegation:11110:bulky-waste",
        periods=[events_pb2.DelegationPeriod(office_id=SAJIK, valid_from="2026-02-30")],
    )
    message.recorded_at.FromDatetime(NOW)
    [event] = LiveDelegations.heard
    wire = Wire({event: LiveDelegations.form})
    with pytest.raises(ContractBroken, match="valid_from"):
        wire.decode(event, message.delegation_id, message.SerializeToString())
