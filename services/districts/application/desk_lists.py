"""An office's work as a person looks at it: overdue, due today, new, the rest; and how much there
is of each. The lists are those of `listing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from services.cities import City, PetitionKind
from services.districts.application.listing import WorkLists, WorkPage
from services.districts.application.office_work import OfficeWork
from services.districts.application.ports import WorkFilter
from services.districts.domain.case.model import UNFINISHED, Item, Stage

# Cases on a page. More: the page is long on a keyboard. Fewer: more pages to turn.
PAGE_SIZE = 30
# What is counted of one section. More: each look at a list reads more cases. Fewer: "or more" is
# said of a section that one could still count.
MOST_COUNTED = 100


class Section(StrEnum):
    """One part of the work. Every piece that is not answered is in exactly one."""

    OVERDUE = "overdue"
    TODAY = "today"
    NEW = "new"
    REST = "rest"
    """Accepted, and due after today."""
    ANSWERED = "answered"


UNANSWERED = (Section.OVERDUE, Section.TODAY, Section.NEW, Section.REST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person looks for: the work at `lies_at`, in one section (None: all that is not
    answered), as it was at a moment, so that the pages of a list go on with each other."""

    lies_at: str
    as_of: datetime
    section: Section | None = None
    kind: PetitionKind | None = None
    service_code: str = ""
    permit_only: bool = False


class DeskLists:
    """Lists for whoever sits at an office's desk; the office is the caller's."""

    def __init__(
        self,
        *,
        city: City,
        work: OfficeWork,
        lists: WorkLists,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._work = work
        self._lists = lists
        self._clock = clock

    def now(self) -> datetime:
        """The moment as of which a list begins."""
        return self._clock()

    async def page(self, office_id: str, asked: Asked, token: str) -> WorkPage:
        """A page of PAGE_SIZE, what is due first first.

        Raises `unknown_office` (NOT_FOUND), `invalid_page_token` (INVALID), UNAVAILABLE.
        """
        wanted = self._wanted(office_id, asked, asked.section)
        return await self._lists.page(asked.lies_at, wanted, size=PAGE_SIZE, token=token)

    async def counts(self, office_id: str, asked: Asked) -> Mapping[Section, int]:
        """How much there is in each section that is not answered, by the other filters,
        MOST_COUNTED at most. Raises as `page`."""
        return {
            section: await self._lists.count(
                asked.lies_at, self._wanted(office_id, asked, section), most=MOST_COUNTED
            )
            for section in UNANSWERED
        }

    def section_of(self, item: Item, now: datetime) -> Section:
        """Where a piece of work stands at a moment."""
        if item.stage not in UNFINISHED:
            return Section.ANSWERED
        if item.due_at < now:
            return Section.OVERDUE
        if item.due_at < self._tomorrow(now):
            return Section.TODAY
        return Section.NEW if item.stage is Stage.OPEN else Section.REST

    def _wanted(self, office_id: str, asked: Asked, section: Section | None) -> WorkFilter:
        now, tomorrow = asked.as_of, self._tomorrow(asked.as_of)
        stages, since, before = {
            None: (UNFINISHED, None, None),
            Section.OVERDUE: (UNFINISHED, None, now),
            Section.TODAY: (UNFINISHED, now, tomorrow),
            Section.NEW: ((Stage.OPEN,), tomorrow, None),
            Section.REST: ((Stage.ACCEPTED,), tomorrow, None),
            Section.ANSWERED: ((Stage.ANSWERED,), None, None),
        }[section]
        return WorkFilter(
            stages=frozenset(stages),
            due_from=since,
            due_before=before,
            kind=asked.kind,
            service_code=asked.service_code,
            permit_only=asked.permit_only,
            hidden=self._work.may_list(office_id, asked.lies_at),
        )

    def _tomorrow(self, now: datetime) -> datetime:
        """The first moment of the next day on the city's clocks. A day does not end 24 hours after
        it began where clocks are set forward, so that it is counted by the calendar."""
        zone = self._city.timezone
        day = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), zone)
