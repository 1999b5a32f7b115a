"""The board: the city at work on one page for the city's own people, and a page for each district.

Shows counts, codes and names of the city's, never an inquiry's id, words or place, and nothing that
happened to a sealed matter. What is known comes from the application; the kit's `live` sends what
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from services.cities import City, OfficeKind, Workload
from services.common.pages import Pages, label
from services.common.pages.assets import Assets
from services.common.pages.live import Regions, scripts
from services.routing.application.board import Board, Snapshot
from services.routing.domain.board import by_district
from services.routing.domain.lately import MINUTE, Flow, Step
from services.routing.domain.matters import Load
from services.routing.domain.workload import Pace, Shares, Strain
from services.routing.entrypoints.pages.areas import BoardMap
from services.routing.entrypoints.pages.drawing import Bars, Stack, bars, stacks

PATH = "/board"
# What those read who work here; citizens' pages have more.
BOARD_LANGUAGES = ("ko", "en")
# Surges shown; the rarest come first.
_SURGES = 5
# Offices shown that work at the edge; those with the most overdue come first.
_STRAINED = 8
# One line of the table of the flow stands for so many minutes.
_ROW_MINUTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChart:
    """One step of the flow: its bars, how many in the hour, and how many in the last whole
    minute."""

    step: Step
    bars: Bars
    total: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrainedOffice:
    """An office that works at the edge: what lies there, how it keeps up, and why it is shown."""

    id: str
    load: Load
    pace: Pace
    days_of_work: float | None
    strains: tuple[Strain, ...]


class BoardPages:
    """The pages of the board. `present` gives the city of now, which names the offices."""

    def __init__(self, present: Callable[[], City], board: Board, assets: Assets) -> None:
        city = present()
        self._present = present
        self._board = board
        self._map = BoardMap(city)
        self._pages = Pages(
            Path(__file__).parent,
            default_language=city.languages[0],
            timezone=city.timezone,
            assets=assets,
            languages=BOARD_LANGUAGES,
            scripts=scripts(assets),
        )

    @property
    def _city(self) -> City:
        return self._present()

    def language(self, *wishes: str | None) -> str:
        """The language of the board for the first wish that any fits."""
        return self._pages.language(*wishes)

    def knows(self, district: str) -> bool:
        """Whether the city has, or had, a district of this code."""
        return f"d-{district}" in self._city.offices

    def name_of(self, language: str, district: str) -> str:
        """How the stream of a page is called: that of a district, or of the city for an empty
        code."""
        return f"{language}/{district}"

    async def page(self, language: str, district: str = "") -> HTMLResponse:
        """The page of the city, or of a district, as it is now."""
        return self._pages.render(
            "board.html",
            language,
            query={},
            city=self._city.names,
            district=self._city.offices[f"d-{district}"].area if district else None,
            by_office=self._is_by_office(district),
            home=f"{PATH}?{urlencode({'lang': language})}",
            stream=f"{PATH}/live?{urlencode({'lang': language, 'district': district})}",
            regions=await self.regions(self.name_of(language, district)),
        )

    def unknown(self, language: str) -> HTMLResponse:
        """The page that says that the city has no such district."""
        home = f"{PATH}?{urlencode({'lang': language})}"
        return self._pages.render(
            "unknown.html", language, 404, query={}, city=self._city.names, home=home
        )

    async def regions(self, name: str) -> Regions:
        """What may change of a page, by the name of its stream."""
        language, _, district = name.partition("/")
        snapshot = await self._board.now()
        shown = self._everywhere(snapshot, language, district)
        if not district:
            shown |= self._of_the_city(snapshot, language)
        words = self._words(language)
        return {
            region: self._pages.fragment(f"regions/{region}.html", language, **values, **words)
            for region, values in shown.items()
        }

    def _everywhere(
        self, snapshot: Snapshot, language: str, district: str
    ) -> dict[str, dict[str, Any]]:
        at = snapshot.as_of.astimezone(self._city.timezone)
        loads, happened, source = snapshot.loads, snapshot.happened, self._city.areas_source
        load: Load | None = None
        picture = None
        if loads is not None:
            own = by_district(self._city, loads).get(district, Load())
            load = own if district else loads.city
            departments = self._pages.texts(language).say("departments")
            picture = self._map.picture(
                self._city, loads, district, at.date(), language, departments
            )
        return {
            "now": {"at": at},
            "figures": {
                "load": load,
                "received": None if happened is None or district else _received(happened.flow),
                "satisfaction": None if happened is None or district else happened.satisfaction,
                "district": district,
            },
            "map": {
                "picture": picture,
                "district": district,
                "by_office": self._is_by_office(district),
                "path": PATH,
                "source": label(source, language).text if source else "",
            },
        }

    def _of_the_city(self, snapshot: Snapshot, language: str) -> dict[str, dict[str, Any]]:
        happened, surges = snapshot.happened, snapshot.surges
        hidden = self._city.sealed
        return {
            "flow": {"charts": None if happened is None else _charts(happened.flow)},
            "table": {"rows": None if happened is None else self._rows(happened.flow)},
            "speed": {"happened": happened},
            "strained": {"offices": _strained(snapshot)},
            "shares": _shares(snapshot),
            "surges": {
                "days": None if surges is None else surges.days,
                "surges": []
                if surges is None
                else [s for s in surges.surges if s.service_code not in hidden][:_SURGES],
            },
            "last": {
                "facts": None
                if happened is None
                else [fact for fact in happened.last if fact.service_code not in hidden]
            },
        }

    def _is_by_office(self, district: str) -> bool:
        """Whether a page shows offices, and not districts: that of a district, or of a city that
        has none."""
        kinds = {office.kind for office in self._city.offices.values()}
        return bool(district) or OfficeKind.DISTRICT not in kinds

    def _rows(self, flow: Flow) -> Sequence[tuple[str, str, Mapping[Step, int]]]:
        """The flow in lines of _ROW_MINUTES, the latest first: from, to, and the count of each
        step."""
        minutes = len(flow.by_step[Step.RECEIVED])
        ends = flow.ends.astimezone(self._city.timezone).replace(second=0) + MINUTE
        rows = []
        for first in range(0, minutes, _ROW_MINUTES):
            start = ends - (minutes - first) * MINUTE
            counts = {
                step: sum(each[first : first + _ROW_MINUTES]) for step, each in flow.by_step.items()
            }
            rows.append((f"{start:%H:%M}", f"{start + _ROW_MINUTES * MINUTE:%H:%M}", counts))
        return rows[::-1]

    def _words(self, language: str) -> Mapping[str, Any]:
        """What the templates write with: numbers with their thousands, spans of time, and the
        city's names of its codes."""
        city, say = self._city, self._pages.texts(language).say

        def service(code: str) -> str:
            known = city.catalogue.get(code)
            return code if known is None else label(known.names, language).text

        def district(code: str) -> str:
            known = city.offices.get(f"d-{code}")
            return code if known is None else label(known.area, language).text

        def dong(code: str) -> str:
            known = city.offices.get(f"o-{code}")
            return code if known is None else label(known.area, language).text

        return {
            "n": lambda count: f"{count:,}",
            "unit": lambda count: say("unit.one" if count == 1 else "unit"),
            "span": lambda span: self._span(span, language),
            "clock": lambda at: f"{at.astimezone(city.timezone):%H:%M:%S}",
            "service": service,
            "office": lambda id: city.office_name(id, language),
            "district_name": district,
            "dong": dong,
        }

    def _span(self, span: timedelta, language: str) -> str:
        """A span in its two largest units."""
        say = self._pages.texts(language).say
        seconds = span.total_seconds()
        if seconds < 60:
            return say("span.seconds", seconds=f"{seconds:.1f}")
        minutes, seconds = divmod(round(seconds), 60)
        if minutes < 60:
            return say("span.minutes", minutes=minutes, seconds=seconds)
        return say("span.hours", hours=f"{minutes // 60:,}", minutes=minutes % 60)


def _strained(snapshot: Snapshot) -> Sequence[StrainedOffice] | None:
    """The offices at the edge, the most overdue first; None while the view is away."""
    loads, keeping = snapshot.loads, snapshot.keeping
    if loads is None or keeping is None:
        return None
    offices = []
    for id_, strains in keeping.strained.items():
        load, pace = loads.by_office.get(id_, Load()), keeping.days.by_office[id_]
        offices.append(
            StrainedOffice(
                id=id_,
                load=load,
                pace=pace,
                days_of_work=pace.days_of_work(load),
                strains=strains,
            )
        )
    return sorted(offices, key=lambda one: (-one.load.overdue, -one.load.open, one.id))[:_STRAINED]


def _shares(snapshot: Snapshot) -> dict[str, Any]:
    """The shares of the days, drawn as stacks of one height, and as a table."""
    keeping = snapshot.keeping
    days: Sequence[Shares] = () if keeping is None else keeping.days.shares
    drawn: Sequence[Stack] = stacks([[day.of(kind) or 0.0 for kind in Workload] for day in days])
    return {"away": keeping is None, "days": days, "stacks": drawn, "tiers": list(Workload)}


def _received(flow: Flow) -> int:
    return sum(flow.by_step[Step.RECEIVED])


def _charts(flow: Flow) -> Sequence[StepChart]:
    """All steps on one scale, so that they can be compared."""
    most = max(max(counts) for counts in flow.by_step.values())
    return [
        StepChart(step=step, bars=bars(counts, most), total=sum(counts), last=counts[-2])
        for step, counts in flow.by_step.items()
    ]


__all__ = ["BOARD_LANGUAGES", "PATH", "BoardPages"]
