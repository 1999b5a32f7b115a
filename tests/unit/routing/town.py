"""The invented town that the rules are tried out in: two districts, three community offices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from services import cities
from services.cities import Place
from services.common.kernel import Change
from services.routing.domain import decide
from services.routing.domain.events import (
    CaseDeclined,
    Channel,
    DeclineReason,
    InquiryAssigned,
    InquiryReceived,
)
from services.routing.domain.model import Assigned, Assignment, NotRouted, Routed
from services.routing.domain.policy import Question, route

TOWN = cities.load("saebom")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 10:00 in the town
RECEIVED = NOW - timedelta(minutes=30)

MILL = Place(code="mill")  # community office Mill, district west
HILL = Place(code="hill")  # community office Hill, district east
SHARED = Place(code="w2")  # a legal place that Mill and Quay share, both in west


def received(service_code: str = "") -> InquiryReceived:
    return InquiryReceived(
        inquiry_id="i1",
        receipt_number="261123-00001-1",
        channel=Channel.WEB,
        language="en",
        service_code=service_code,
        received_at=RECEIVED,
        has_contact=True,
    )


def routed(service_code: str = "", text: str = "", place: Place | None = None) -> Routed:
    decision = asked(service_code, text, place)
    assert isinstance(decision, Routed)
    return decision


def asked(
    service_code: str = "", text: str = "", place: Place | None = None, on: date = TODAY
) -> Routed | NotRouted:
    question = Question(text=text, place=place, service_code=service_code)
    return route(TOWN, question, received_at=RECEIVED, on=on)


def assigned(service_code: str, place: Place | None = None) -> Assigned:
    change = decide.receive(
        None,
        city=TOWN,
        event=received(service_code),
        decision=routed(service_code, place=place),
        now=NOW,
    )
    assert change is not None
    assert isinstance(change.state, Assigned)
    return change.state


def declined(
    attempt: int,
    office: str,
    suggested: str = "",
    reason: DeclineReason = DeclineReason.NOT_COMPETENT,
) -> CaseDeclined:
    return CaseDeclined(
        inquiry_id="i1",
        office_id=office,
        attempt=attempt,
        reason=reason,
        suggested_office_id=suggested,
    )


def after(state: Assignment, event: CaseDeclined) -> Change[Assignment, decide.Told] | None:
    return decide.decline(state, city=TOWN, event=event, now=NOW + timedelta(hours=1))


def told(change: Change[Assignment, decide.Told] | None) -> InquiryAssigned:
    assert change is not None
    [event] = change.events
    assert isinstance(event, InquiryAssigned)
    return event
