"""Permits as the recommendation reads them: out of the stored cases, and out of a file.

Of a case only codes and times are asked for, never words or an officer. What a case does not
record stays unknown: an inspection of a case that was stored before they were recorded, or that
waits, or of a kind at which the office looks only after it has decided.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.cities import City
from services.common.aggregates.mongo import MongoStore, in_thread
from services.common.kernel import DomainError, Kind
from services.districts.domain.case.events import Outcome
from services.districts.domain.case.model import Case
from services.districts.domain.recommendation.record import Permit

# So many cases lie in memory at once. More: other reads wait longer. Fewer: more round trips.
_TOGETHER = 500
_LINE_LONGEST = 4_000
# What is asked for of a case.
FIELDS = (
    "work.matter.service_code",
    "work.matter.district_code",
    "work.matter.dong_code",
    "work.matter.received_at",
    "work.office_id",
    "work.consulted",
    "reply.outcome",
    "reply.answered_at",
    "past.office_id",
    "past.end.outcome",
    "past.end.answered_at",
    "file.inspections.round",
    "file.consultations.number",
    "file.objections.upheld",
)
_GRANTED = (Outcome.PERMIT_GRANTED, Outcome.PERMIT_GRANTED_CONDITIONALLY)


class MongoPermitReads:
    """See `PermitReads`; by the index over district and permit."""

    def __init__(
        self, store: MongoStore[Case], timezone: ZoneInfo, later: Collection[str] = ()
    ) -> None:
        """`later` are the kinds of `looked_at_later`."""
        self._store = store
        self._timezone = timezone
        self._later = later

    async def of_district(
        self, district: str, since: datetime, until: datetime
    ) -> AsyncIterator[Permit | None]:
        """See `PermitReads`."""
        wanted = {
            "state.work.matter.district_code": district,
            "state.work.matter.permit": True,
            "state.work.matter.received_at": {"$gte": since, "$lt": until},
        }
        fields = {f"state.{field}": 1 for field in FIELDS}
        cursor = await in_thread(
            lambda: self._store.collection.find(wanted, fields, batch_size=_TOGETHER)
        )
        try:
            while found := await in_thread(_next, cursor):
                for document in found:
                    yield permit_in(document, self._timezone, self._later)
        finally:
            await in_thread(cursor.close)


def _next(cursor: Iterator[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [document for _, document in zip(range(_TOGETHER), cursor, strict=False)]


def looked_at_later(city: City) -> Collection[str]:
    """The kinds at which the office looks only after it has decided, which no case records."""
    return frozenset(
        code
        for code, kind in city.permit_kinds.items()
        if kind.inspection is not None and not kind.inspection.before_decision
    )


def permit_in(
    document: Mapping[str, Any], timezone: ZoneInfo, later: Collection[str] = ()
) -> Permit | None:
    """The permit of a stored case; None when it cannot be read. The first decision counts; an
    objection that was upheld overturns a refusal, and so does a grant in a later round."""
    try:
        state = document["state"]
        work, matter = state["work"], state["work"]["matter"]
        turns = [
            *state.get("past", ()),
            {"office_id": work["office_id"], "end": state.get("reply")},
        ]
        decisions = [
            (turn["office_id"], Outcome(end["outcome"]), end["answered_at"])
            for turn in turns
            if (end := turn.get("end")) and "outcome" in end
        ]
        received_at: datetime = matter["received_at"]
        office, outcome, decided_at = decisions[0] if decisions else (work["office_id"], None, None)
        file = state.get("file", {})
        inspected = bool(file["inspections"]) if "inspections" in file else None
        if not inspected and (decided_at is None or matter["service_code"] in later):
            inspected = None
        upheld = any(one.get("upheld") for one in file.get("objections", ()))
        return Permit(
            service=matter["service_code"],
            district=matter["district_code"],
            dong=matter["dong_code"],
            office=office,
            received_on=_day(received_at, timezone),
            decided_on=None if decided_at is None else _day(decided_at, timezone),
            inspected=inspected,
            consulted=bool(work.get("consulted", ()) or file.get("consultations", ())),
            refused=outcome is Outcome.PERMIT_REFUSED,
            overturned=outcome is Outcome.PERMIT_REFUSED
            and (upheld or any(again in _GRANTED for _, again, _ in decisions[1:])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _day(moment: datetime, timezone: ZoneInfo) -> date:
    """The city's day; the database gives times in UTC, without saying so where asked raw."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(timezone).date()


def permits_in_file(path: Path) -> Iterator[Permit]:
    """The permits of a file with a JSON object on each line, read one by one: the fields of
    `Permit`, days as YYYY-MM-DD. Raises DomainError `file_unreadable`, naming the line and never
    what stands there; OSError."""
    with path.open(encoding="utf-8") as lines:
        number = 0
        while line := lines.readline(_LINE_LONGEST + 1):
            number += 1
            if line.strip():
                yield _parsed(line, number)


def _parsed(line: str, number: int) -> Permit:
    try:
        if len(line) > _LINE_LONGEST:
            raise ValueError
        given = json.loads(line)
        decided = given.get("decided_on")
        return Permit(
            service=_text(given["service"]),
            district=_text(given["district"]),
            dong=_text(given["dong"]),
            office=_text(given["office"]),
            received_on=date.fromisoformat(given["received_on"]),
            decided_on=None if decided is None else date.fromisoformat(decided),
            inspected=_flag(given.get("inspected")),
            consulted=_flag(given.get("consulted")),
            refused=_flag(given.get("refused", False)) or False,
            overturned=_flag(given.get("overturned", False)) or False,
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise DomainError(
            "file_unreadable",
            Kind.INVALID,
            f"line {number} of the file is no permit (docs/delegation-recommendation.md)",
        ) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _flag(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError
    return value
