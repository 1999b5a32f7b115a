"""A supplement: what is missing is asked for, comes, or does not come (Petitions Act 22).

The end of its time is `timing`'s. The period does not run from the day of the request to the day of
the arrival, both included (Petitions Decree 20); the city's clock counts that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City, OutOfCalendar
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import dates, timing
from services.districts.domain.case.changes import (
    CaseChange,
    Entry,
    heading,
    must_say,
    occurred,
)
from services.districts.domain.case.commands import (
    ProlongSupplement,
    ReceiveSupplement,
    RequestSupplement,
    SupplementCommand,
)
from services.districts.domain.case.events import (
    RecountCause,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
)
from services.districts.domain.case.file import Supplement
from services.districts.domain.case.model import Case
from services.districts.domain.case.transitions import Act

# The law says "a reasonable time" (Petitions Act 22 (1)); this bound is an assumption that keeps a
# mistyped number from holding up a case for years.
MOST_DAYS = 90
# A first request and one more (Petitions Decree 24 (3)).
MOST_REQUESTS = 2
# How often the citizen may ask for more time (Petitions Decree 24 (2)).
MOST_PROLONGED = 2
# The pack's limit on the time that a further request gives (Petitions Decree 24 (3)).
FURTHER = "resupplement"


def carry_out(
    case: Case, city: City, command: SupplementCommand, entry: Entry
) -> CaseChange | None:
    """Asks for what is missing, gives more time for it, or enters that it came.

    Raises those of `must_allow`; `supplement_limit` and `prolonged_twice` (CONFLICT),
    `invalid_days` and `invalid_answer` (INVALID).
    """
    match command:
        case RequestSupplement():
            return _request(case, city, command, entry)
        case ProlongSupplement():
            return _prolong(case, city, command, entry)
        case ReceiveSupplement():
            return _receive(case, city, command, entry)


def _request(case: Case, city: City, command: RequestSupplement, entry: Entry) -> CaseChange | None:
    """The same request again, while it is waited for, is no change."""
    words = command.text.strip()
    before = case.file.supplements_of(case.work.round)
    if before and before[-1].waited_for and before[-1].text == words:
        return None
    case, told = timing.at_hand(case, Act.REQUEST_SUPPLEMENT, city, entry.now)
    must_say(words)
    if len(before) >= MOST_REQUESTS:
        raise DomainError(
            "supplement_limit",
            Kind.CONFLICT,
            f"{MOST_REQUESTS} requests of a round are allowed; decide on what there is",
        )
    _check_days(command.days, _most_days(city) if before else MOST_DAYS)
    at = occurred(case, command, entry)
    asked = Supplement(
        round=case.work.round,
        number=len(before) + 1,
        text=words,
        requested_at=at,
        answer_by=_end(city, command.days, at),
    )
    event = SupplementRequested(
        **heading(case.work),
        number=asked.number,
        answer_by=asked.answer_by,
        requested_at=at,
        entered_at=entry.now,
    )
    file = replace(case.file, supplements=(*case.file.supplements, asked))
    return timing.then(replace(case, file=file), city, entry.now, *told, event)


def _prolong(case: Case, city: City, command: ProlongSupplement, entry: Entry) -> CaseChange | None:
    """Each is one more; only the command's id tells a repetition."""
    case, told = timing.at_hand(case, Act.PROLONG_SUPPLEMENT, city, entry.now)
    waited = case.file.waited_for(case.work.round)
    assert waited is not None, "the state says that it is waited for"
    if len(waited.prolonged_at) >= MOST_PROLONGED:
        raise DomainError(
            "prolonged_twice",
            Kind.CONFLICT,
            f"a citizen may ask for more time {MOST_PROLONGED} times for one request",
        )
    _check_days(command.days, MOST_DAYS)
    at = occurred(case, command, entry)
    longer = replace(
        waited,
        answer_by=_end(city, command.days, waited.answer_by),
        prolonged_at=(*waited.prolonged_at, at),
    )
    event = SupplementProlonged(
        **heading(case.work),
        number=waited.number,
        answer_before=waited.answer_by,
        answer_by=longer.answer_by,
        prolonged_at=at,
        entered_at=entry.now,
    )
    return timing.then(timing.with_supplement(case, longer), city, entry.now, *told, event)


def _receive(case: Case, city: City, command: ReceiveSupplement, entry: Entry) -> CaseChange | None:
    """What has come already is no change. What comes after its time is taken, but the period runs
    since that time."""
    last = case.file.last_supplement(case.work.round)
    if last is not None and last.received_at is not None:
        return None
    case, told = timing.at_hand(case, Act.RECEIVE_SUPPLEMENT, city, entry.now)
    last = case.file.last_supplement(case.work.round)
    assert last is not None, "the state says that one was requested"
    at = occurred(case, command, entry)
    came = replace(last, received_at=at, stopped_until=last.stopped_until or at)
    case, moved = timing.counted(
        timing.with_supplement(case, came), city, entry.now, RecountCause.SUPPLEMENTED
    )
    event = SupplementReceived(
        **heading(case.work),
        number=came.number,
        late=dates.is_over(last.answer_by, at),
        due_at=case.work.due_at,
        received_at=at,
        entered_at=entry.now,
    )
    return timing.then(case, city, entry.now, *told, event, *moved)


def _most_days(city: City) -> int:
    """How many days a further request may give."""
    return city.limit(FURTHER).amount if FURTHER in city.limits else MOST_DAYS


def _check_days(days: int, most: int) -> None:
    if not 1 <= days <= most:
        raise _invalid_days(f"must be 1 to {most}")


def _end(city: City, days: int, begun_at: datetime) -> datetime:
    try:
        return dates.end_of_days(city, days, begun_at)
    except OutOfCalendar:
        raise _invalid_days("lies beyond the city's calendar") from None


def _invalid_days(remedy: str) -> DomainError:
    return DomainError("invalid_days", Kind.INVALID, remedy, field="days")
