"""Cases to try the rules on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services import cities
from services.cities import Channel, City, Matter, Workload
from services.common.kernel import Change
from services.districts.domain.case import decide
from services.districts.domain.case.commands import Accept, Answer, Command, DecidePermit, Decline
from services.districts.domain.case.events import DeclineReason, InquiryAssigned, PermitDecision
from services.districts.domain.case.model import Accepted, Answered, Case, Declined, Officer, Open

TOWN = cities.load("saebom")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
RECEIVED = NOW - timedelta(hours=1)
DUE = NOW + timedelta(days=7)
LATER = NOW + timedelta(hours=2)
OFFICE, OTHER = "o-mill", "d-west"
OFFICER = Officer(unit="Front desk", name="Officer Kim", phone="311")


def matter(*, permit: bool = False) -> Matter:
    return Matter(
        receipt_number="261123-00001-1",
        channel=Channel.WEB,
        language="en",
        received_at=RECEIVED,
        has_contact=True,
        service_code="market-stall" if permit else "moving-in",
        permit=permit,
        district_code="11680",
    )


def assigned(
    attempt: int = 1,
    office: str = OFFICE,
    *,
    round_: int = 1,
    inquiry_id: str = "i1",
    permit: bool = False,
    rule: str = "community_office_of_place",
    binding: bool = False,
    due_at: datetime = DUE,
    period: str = "",
    clock_from: datetime = RECEIVED,
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=inquiry_id,
        matter=matter(permit=permit),
        round=round_,
        attempt=attempt,
        office_id=office,
        workload=Workload.DONG,
        rule=rule,
        binding=binding,
        delegated_by="d-west" if permit else "",
        clock_from=clock_from,
        period=period,
        due_at=due_at,
    )


def state(change: Change[Case, decide.Told] | None) -> Case:
    assert change is not None
    return change.state


def opened(
    attempt: int = 1, office: str = OFFICE, *, permit: bool = False, binding: bool = False
) -> Open:
    event = assigned(attempt, office, permit=permit, binding=binding)
    case = state(decide.open_case(None, city=TOWN, event=event, now=NOW))
    assert isinstance(case, Open)
    return case


def accepted(*, permit: bool = False) -> Accepted:
    case = state(take(opened(permit=permit)))
    assert isinstance(case, Accepted)
    return case


def declined() -> Declined:
    case = state(refuse(opened()))
    assert isinstance(case, Declined)
    return case


def answered() -> Answered:
    case = state(reply(accepted()))
    assert isinstance(case, Answered)
    return case


def granted() -> Answered:
    case = state(rule_on(accepted(permit=True)))
    assert isinstance(case, Answered)
    return case


def handed_on() -> Case:
    """Refused by OFFICE and open at OTHER."""
    return state(decide.open_case(declined(), city=TOWN, event=assigned(2, OTHER), now=NOW))


def reopened(office: str = OFFICE) -> Open:
    """Answered by OFFICE in round 1 and open at an office in round 2."""
    case = state(
        decide.open_case(answered(), city=TOWN, event=assigned(1, office, round_=2), now=LATER)
    )
    assert isinstance(case, Open)
    return case


def order(
    case: Case | None,
    command: Command,
    office: str = OFFICE,
    now: datetime = NOW,
    enter_by: datetime | None = None,
    city: City = TOWN,
) -> decide.CaseChange | None:
    entry = decide.Entry(now=now, by=enter_by)
    return decide.carry_out(case, city=city, command=command, office_id=office, entry=entry)


def take(
    case: Case | None, office: str = OFFICE, at: datetime | None = None, now: datetime = NOW
) -> decide.CaseChange | None:
    return order(case, Accept(occurred_at=at), office, now)


def refuse(
    case: Case | None,
    office: str = OFFICE,
    reason: DeclineReason = DeclineReason.WRONG_PLACE,
    suggested: str = OTHER,
    now: datetime = NOW,
) -> decide.CaseChange | None:
    return order(case, Decline(reason=reason, suggested_office_id=suggested), office, now)


def reply(
    case: Case | None,
    office: str = OFFICE,
    text: str = "Done.",
    at: datetime | None = None,
    now: datetime = NOW,
    officer: Officer = OFFICER,
) -> decide.CaseChange | None:
    return order(case, Answer(text=text, officer=officer, occurred_at=at), office, now)


def rule_on(
    case: Case | None,
    office: str = OFFICE,
    *,
    decision: PermitDecision = PermitDecision.GRANTED,
    text: str = "Granted.",
) -> decide.CaseChange | None:
    return order(case, DecidePermit(decision=decision, text=text, officer=OFFICER), office)
