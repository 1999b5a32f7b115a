"""The cases at an office in the order of their due times, for its lists and counts.

The servers of both local builds read every case that the bounds of a question let through before
they sort and cut off. The page of a large office is therefore not asked for at once, but window by
window of due times until it is full: what is read is little more than what is shown. Where a page
ended the time before is remembered, so that the first window mostly has it whole. That is a guess
at how many cases are due when; which ones are found never depends on it.

A question has only what one index holds, because with any other condition the embedded server reads
all that the office ever had. What else is wanted is looked for in what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from services.common.aggregates.mongo import RawCollection
from services.common.process.clock import utc_now
from services.districts.application.ports import DueAfter, WorkFilter
from services.districts.domain.case.model import UNFINISHED

_OFFICE, _STATUS, _DUE_AT = "state.work.office_id", "state.status", "state.work.due_at"
_ASSIGNEE, _SERVICE = "state.file.assignee", "state.work.matter.service_code"
_PERMIT, _KIND = "state.work.matter.permit", "state.work.matter.kind"
# One for each condition that a list may have, what is equal before what is in order. Permits, and
# cases that an officer has taken, are the fewer ones: an index that holds only them costs nothing
# when others are written. (`_PERMIT` is a part of its key although it is always the same, for the
# embedded server looks for each condition there.)
INDEXES: Sequence[Mapping[str, Any]] = (
    {"fields": [_OFFICE, _STATUS, _DUE_AT, "_id"]},
    {"fields": [_OFFICE, _STATUS, _SERVICE, _DUE_AT, "_id"]},
    {"fields": [_OFFICE, _STATUS, _KIND, _DUE_AT, "_id"]},
    {
        "fields": [_OFFICE, _STATUS, _PERMIT, _DUE_AT, "_id"],
        "partialFilterExpression": {_PERMIT: True},
    },
    {
        "fields": [_OFFICE, _STATUS, _ASSIGNEE, _DUE_AT, "_id"],
        "partialFilterExpression": {_ASSIGNEE: {"$gt": ""}},
    },
)
# What tells whether a case is wanted, and its place.
TOLD: Mapping[str, int] = dict.fromkeys(
    (_DUE_AT, "state.work.matter", "state.work.needs_document", _ASSIGNEE), 1
)

# The first window where nothing is known of a list. Longer: more is read of a large office than its
# page shows. Shorter: more questions until the page of a small one is full.
FIRST_WINDOW = timedelta(hours=12)
# Windows grow up to this. Longer: more is read where many begin after a gap. Shorter: more
# questions for a long gap.
LONGEST_WINDOW = timedelta(days=32)
# From one window to the next at most so many times as long, or as short.
_GROWTH = 4
# What is due so long after now, or after where a list begins, is one window: little is.
_AHEAD = timedelta(days=60)
# Finished cases are looked for from so long ago on; the earlier ones are one window.
_BACK = timedelta(days=5 * 365)
# Lists whose ends are remembered. More: memory, some 0.5 kB each. Fewer: they are guessed anew.
_REMEMBERED = 10_000
_MILLISECOND = timedelta(milliseconds=1)

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of the database for each window: `equal`, in each stage. `is_all` says that
    these conditions are all there are."""

    wanted: WorkFilter
    most: int
    equal: Mapping[str, Any]
    is_all: bool

    @classmethod
    def of(cls, office_id: str, wanted: WorkFilter, most: int) -> _Question:
        """The question for the first `most` of these."""
        # The rarest first: the index of that one is read.
        conditions = {
            _ASSIGNEE: wanted.assignee,
            _SERVICE: wanted.service_code,
            _PERMIT: wanted.permit_only,
            _KIND: wanted.kind.value if wanted.kind is not None else "",
        }
        held = [(field, value) for field, value in conditions.items() if value]
        return cls(
            wanted=wanted,
            most=most,
            equal={_OFFICE: office_id, **dict(held[:1])},
            # No index knows whether an application for a permit has its document.
            is_all=len(held) <= 1 and not wanted.permit_only and not wanted.hidden,
        )

    @property
    def list(self) -> tuple[object, ...]:
        """Of lists with the same one the last end is a good guess."""
        wanted = self.wanted
        ranged = (wanted.due_from is not None, wanted.due_before is not None)
        return (*self.equal.values(), wanted.stages, ranged, self.most)


class DueOrder:
    """Reads the wanted cases of an office, what is due first first. Blocks; for threads."""

    def __init__(
        self, collection: Callable[[], RawCollection], clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._collection = collection
        self._clock = clock
        # The due time of the last of the first `most` cases; None where there were fewer.
        self._last: dict[tuple[object, ...], datetime | None] = {}

    def first(
        self, office_id: str, wanted: WorkFilter, fields: Mapping[str, int], *, most: int
    ) -> Sequence[Document]:
        """The first `most` wanted cases, by due time and id, with these fields; those of `TOLD`
        must be among them. Raises PyMongoError."""
        question = _Question.of(office_id, wanted, most)
        found: list[Document] = []
        since = {} if wanted.due_from is None else {"$gte": wanted.due_from}
        for window in self._windows(question, since, self._first_end(question), found):
            found += self._read(question, window, fields, most - len(found))
        if len(self._last) >= _REMEMBERED and question.list not in self._last:
            self._last.clear()
        self._last[question.list] = _due_at(found[most - 1]) if len(found) >= most else None
        return found[:most]

    def following(
        self,
        office_id: str,
        wanted: WorkFilter,
        fields: Mapping[str, int],
        *,
        after: DueAfter,
        most: int,
    ) -> Sequence[Document]:
        """As `first`, of the cases that follow this place."""
        if wanted.due_before is not None and after.due_at >= wanted.due_before:
            return []
        question = _Question.of(office_id, wanted, most)
        # What is due at the very time is a question of its own: an index has it in order.
        same_time = {_DUE_AT: after.due_at, "_id": {"$gt": after.inquiry_id}}
        found = self._read(question, same_time, fields, most)
        since, end = {"$gt": after.due_at}, after.due_at + FIRST_WINDOW
        if len(found) < most:
            for window in self._windows(question, since, end, found):
                found += self._read(question, window, fields, most - len(found))
        return found[:most]

    def _first_end(self, question: _Question) -> datetime | None:
        """Where the first window ends; None for one that has all."""
        wanted = question.wanted
        if question.list in self._last:
            last = self._last[question.list]
            if last is None or wanted.due_from is None or last >= wanted.due_from:
                # The end of a window is not in it.
                return last and last + _MILLISECOND
        if wanted.due_from is not None:
            return wanted.due_from + FIRST_WINDOW
        return self._clock() - (timedelta() if wanted.stages <= {*UNFINISHED} else _BACK)

    def _windows(
        self,
        question: _Question,
        since: Mapping[str, datetime],
        end: datetime | None,
        found: Sequence[Document],
    ) -> Iterator[Mapping[str, Any]]:
        """Windows that follow each other, the first with this end, until enough was found or no
        more can be. How much was found by each tells how long the next one is."""
        before, width = question.wanted.due_before, FIRST_WINDOW
        last = max([self._clock(), *since.values()]) + _AHEAD
        while True:
            if end is None or (before is not None and end >= before):
                end = before
            bounds = {**since} if end is None else {**since, "$lt": end}
            had = len(found)
            yield {_DUE_AT: bounds} if bounds else {}
            missing = question.most - len(found)
            if missing <= 0 or end is None or end == before:
                return
            width = _next_width(width, len(found) - had, missing)
            since, end = {"$gte": end}, end + width if end + width < last else None

    def _read(
        self,
        question: _Question,
        window: Mapping[str, Any],
        fields: Mapping[str, int],
        most: int,
    ) -> list[Document]:
        """The first `most` of each stage within the window, together in order."""
        limit = most if question.is_all else 0
        found: list[Document] = []
        for stage in question.wanted.stages:
            asked = {**question.equal, _STATUS: stage.value, **window}
            cursor = self._collection().find(asked, fields)
            in_order = cursor.sort([(_DUE_AT, 1), ("_id", 1)]).limit(limit)
            found += islice((one for one in in_order if _is_wanted(one, question.wanted)), most)
        return sorted(found, key=lambda one: (_due_at(one), one["_id"]))


def _next_width(width: timedelta, came: int, missing: int) -> timedelta:
    """How long a window is that follows one in which so many came, for those still missing."""
    growth = missing / came if came else _GROWTH
    return min(LONGEST_WINDOW, width * max(1 / _GROWTH, min(growth, _GROWTH)))


def _is_wanted(document: Document, wanted: WorkFilter) -> bool:
    # Of a case that this version cannot read, anything may be missing.
    state = document["state"]
    work, matter = state["work"], state["work"].get("matter", {})
    service = matter.get("service_code", "")
    return (
        wanted.kind in (None, matter.get("kind"))
        and wanted.service_code in ("", service)
        and service not in wanted.hidden
        and wanted.assignee in ("", state.get("file", {}).get("assignee", ""))
        and (not wanted.permit_only or _is_applied_for(work))
    )


def _is_applied_for(work: Document) -> bool:
    return work.get("matter", {}).get("permit") is True and not work.get("needs_document")


def _due_at(document: Document) -> datetime:
    at: datetime = document["state"]["work"]["due_at"]
    return at
