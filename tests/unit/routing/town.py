"""The invented town that the rules are tried out in: two districts, three community offices."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from services import cities
from services.cities import Certainty, Channel, City, Limit, Matter, Period, Place, Practice
from services.common.kernel import Change
from services.routing.domain.assignment import asking, giving, handover, queue
from services.routing.domain.assignment.events import CaseDeclined, DeclineReason, InquiryAssigned
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    NotRouted,
    Routed,
    Unrouted,
)
from services.routing.domain.policy import Statement, route

TOWN = cities.load("saebom")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 10:00 in the town
RECEIVED = NOW - timedelta(minutes=30)

MILL = Place(code="mill")  # community office Mill, district west
HILL = Place(code="hill")  # community office Hill, district east
SHARED = Place(code="w2")  # a legal place that Mill and Quay share, both in west


def asks(city: City, *, stops: str = "no", sealed: str = "") -> City:
    """The city with a limit for answers, the practice on the clock, and a service sealed."""
    other = copy.copy(city)
    limit = Limit(period=Period.parse("8h"), source="a test")
    other.limits = {**city.limits, asking.ANSWER_LIMIT: limit}
    practice = Practice(value=stops, certainty=Certainty.ASSUMED, source="a test")
    other.practices = {**city.practices, "asking_stops_clock": practice}
    other.catalogue = {
        code: replace(service, sealed=service.sealed or code == sealed)
        for code, service in city.catalogue.items()
    }
    return other


# As intake tells it when the citizen named no category.
MATTER = Matter(
    receipt_number="261123-00001-1",
    channel=Channel.WEB,
    language="en",
    received_at=RECEIVED,
    has_contact=True,
)


def asked(
    service_code: str = "", text: str = "", place: Place | None = None, on: date = TODAY
) -> tuple[Matter, Routed | NotRouted]:
    matter = replace(MATTER, service_code=service_code)
    return route(TOWN, TOWN.rules, Statement(text=text, place=place), matter, today=on)


def routed(
    service_code: str = "", text: str = "", place: Place | None = None, on: date = TODAY
) -> tuple[Matter, Routed]:
    matter, decision = asked(service_code, text, place, on)
    assert isinstance(decision, Routed)
    return matter, decision


def received(
    found: tuple[Matter, Routed | NotRouted],
    state: Assignment | None = None,
    *,
    inquiry_id: str = "i1",
    now: datetime = NOW,
) -> Change[Assignment, giving.Told] | None:
    """What a receipt leads to when this was found of it."""
    matter, decision = found
    return queue.receive(
        state, city=TOWN, inquiry_id=inquiry_id, matter=matter, decision=decision, now=now
    )


def assigned(service_code: str, place: Place | None = None) -> Assigned:
    change = received(routed(service_code, place=place))
    assert change is not None
    assert isinstance(change.state, Assigned)
    return change.state


def unrouted(inquiry_id: str = "i1", now: datetime = NOW) -> Unrouted:
    """A lamp of which nobody said where it is."""
    change = received(asked("lamp"), inquiry_id=inquiry_id, now=now)
    assert change is not None
    assert isinstance(change.state, Unrouted)
    return change.state


def declined(
    attempt: int,
    office: str,
    suggested: str = "",
    reason: DeclineReason = DeclineReason.NOT_COMPETENT,
    round_: int = 1,
) -> CaseDeclined:
    return CaseDeclined(
        inquiry_id="i1",
        round=round_,
        attempt=attempt,
        office_id=office,
        reason=reason,
        suggested_office_id=suggested,
    )


def after(state: Assignment, event: CaseDeclined) -> Change[Assignment, giving.Told] | None:
    return handover.decline(
        state, city=TOWN, ruleset=TOWN.rules, event=event, now=NOW + timedelta(hours=1)
    )


def told(change: Change[Assignment, giving.Told] | None) -> InquiryAssigned:
    """The one assignment among what is told."""
    assert change is not None
    [event] = [event for event in change.events if isinstance(event, InquiryAssigned)]
    return event
