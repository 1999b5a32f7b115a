"""When a city works and what its law says in numbers, read from `calendar.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

import holidays

from services.cities.catalogue.filing import FilingRules
from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import PetitionKind
from services.cities.city import Limit, Practice
from services.cities.law.calendar import HOUR, MINUTE, Calendar, DayOff, WorkingHours
from services.cities.law.period import IMMEDIATELY, Period, Unit
from services.cities.law.terms import Cause, ExtensionRules, Rules, SuspensionLimit
from services.cities.pack.files import Node, certainty_of, member
from services.cities.pack.tables import StatedPeriod

E = TypeVar("E", bound=StrEnum)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar(page: Node, timezone: ZoneInfo, languages: Sequence[str]) -> Calendar:
    """The working time of the page's years: hours, public holidays and local days off."""
    years = [node.text().whole() for node in page.get("years").entries()]
    if len(years) != 2 or not 1970 <= years[0] <= years[1] <= 2100:
        page.get("years").fault("years must be a first and a last one from 1970 to 2100")
        years = [2026, 2026]
    span = (years[0], years[1])
    days_off = [
        *_public_holidays(page.get("holidays"), span, languages),
        *(_day_off(node, languages) for node in page.get("days_off").entries()),
    ]
    hours = [_working_hours(node) for node in page.get("hours").entries()]
    if not hours:
        page.fault("no working hours")
    return Calendar(
        timezone=timezone,
        years=span,
        hours=hours,
        days_off=[day for day in days_off if day is not None],
    )


def _public_holidays(
    page: Node, years: tuple[int, int], languages: Sequence[str]
) -> Iterable[DayOff]:
    for node in page.entries():
        country, area = node.cell("country").required("country"), node.cell("area").text or None
        try:
            by_language = {
                language: _holiday_names(country, area, years, language) for language in languages
            }
        except NotImplementedError:
            node.fault(f"there are no holidays of {country} {area or ''}".rstrip())
            continue
        skipped = {day.text().date() for day in node.get("without").entries()}
        for day in next(iter(by_language.values()), {}):
            if day not in skipped:
                names = {language: found[day] for language, found in by_language.items()}
                yield DayOff(day=day, names=names, source=node.cell("source").required("source"))


def _holiday_names(
    country: str, area: str | None, years: tuple[int, int], language: str
) -> Mapping[date, str]:
    span = range(years[0], years[1] + 1)
    spoken = holidays.country_holidays(country, subdiv=area).supported_languages
    code = next((name for name in spoken if name.split("_")[0] == language), None)
    return holidays.country_holidays(country, subdiv=area, years=span, language=code)


def _day_off(node: Node, languages: Sequence[str]) -> DayOff | None:
    day = node.cell("day").date()
    if day is None:
        node.fault("day is missing")
        return None
    names = node.get("names").names(languages)
    return DayOff(day=day, names=names, source=node.cell("source").required("source"))


def _working_hours(node: Node) -> WorkingHours:
    days = node.get("days").texts()
    for day in days:
        if day not in WEEKDAYS:
            node.get("days").fault(f"{day!r} is none of {', '.join(WEEKDAYS)}")
    edges = [node.cell("open").clock()]
    for pause in node.get("breaks").entries():
        edges += [pause.cell("from").clock(), pause.cell("to").clock()]
    edges.append(node.cell("close").clock())
    if edges != sorted(set(edges)):
        node.fault("opening, breaks and closing must follow one another")
        edges = [0, 1440]
    validity = node.validity()
    return WorkingHours(
        weekdays=frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS),
        spans=tuple(
            (start * MINUTE, end * MINUTE)
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        ),
        valid_from=validity.start,
        valid_to=validity.end,
    )


def rules(node: Node) -> Rules:
    """How periods are counted, suspended and extended."""
    return Rules(
        hours_up_to_days=node.cell("hours_up_to_days").whole(),
        day_micros=round(node.cell("hours_per_day").number() * HOUR),
        immediate_micros=round(node.cell("immediately_hours").number() * HOUR),
        suspension_limits=_suspension_limits(node.get("suspension_limits")),
        extensions=_extension_rules(node.get("extensions")),
    )


def _extension_rules(node: Node) -> ExtensionRules:
    consent = node.cell("consent_from")
    times = node.cell("times").whole()
    return ExtensionRules(
        times=times,
        consent_from=consent.whole() if consent else times + 1,
        after_expiry=node.cell("after_expiry").flag(),
    )


def _suspension_limits(node: Node) -> dict[Cause, SuspensionLimit]:
    found: dict[Cause, SuspensionLimit] = {}
    for name, entry in node.pairs():
        cause = member(entry.named(name), Cause)
        prolonged = entry.cell("prolonged_days")
        if cause is not None:
            found[cause] = SuspensionLimit(
                days=entry.cell("days").whole(),
                prolonged_days=prolonged.whole() if prolonged else 0,
            )
    return found


def periods(page: Node) -> dict[PetitionKind, StatedPeriod]:
    """The period of each kind of petition that the law sets, with its source."""
    found: dict[PetitionKind, StatedPeriod] = {}
    for name, entry in page.get("periods").pairs():
        kind = member(entry.named(name), PetitionKind)
        period = entry.cell("period").period()
        certainty = certainty_of(entry.cell("status"), f"the period of {name}")
        source = entry.cell("source").required("source")
        if kind is not None and period is not None:
            found[kind] = StatedPeriod(period=period, certainty=certainty, source=source)
    return found


# What comes after what: without the earlier one the later would never come.
_ONE_AFTER_ANOTHER = {
    "overdue_to_city": ("overdue_to_head", "the head is told first"),
    "untaken_to_coordinator": ("untaken_to_agency", "the agency's head is told first"),
    "untaken_to_arbitration": ("untaken_to_coordinator", "the coordinator is told first"),
}


def limits(page: Node) -> dict[str, Limit]:
    """The limits of the steps on an inquiry's way, by name."""
    found: dict[str, Limit] = {}
    for name, entry in page.get("limits").pairs():
        period = entry.cell("period").period()
        if period is None:
            entry.fault("period is missing")
            continue
        found[name] = Limit(
            period=period,
            source=entry.cell("source").required("source"),
            certainty=certainty_of(entry.cell("status"), f"the limit {name}"),
            extensions=_own_extensions(entry, period),
        )
    for later, (earlier, reason) in _ONE_AFTER_ANOTHER.items():
        if later in found and earlier not in found:
            page.get("limits").fault(f"{later} needs {earlier}: {reason}")
    notice = found.get("progress_notice")
    if notice is not None and notice.period.unit is not Unit.CALENDAR_DAYS:
        page.get("limits").fault("progress_notice must be days (30c): the citizen is told how many")
    return found


def _own_extensions(entry: Node, period: Period) -> ExtensionRules | None:
    if not entry.has("extensions"):
        return None
    own = _extension_rules(entry.get("extensions"))
    if own.after_expiry and period.unit is not Unit.CALENDAR_DAYS:
        entry.fault("only an extension of calendar days (c) can run from the day after expiry")
    return own


def practices(page: Node) -> dict[str, Practice]:
    """How the city applies the law where it must choose, by name."""
    return {
        name: Practice(
            value=entry.cell("value").required(f"the value of {name}"),
            certainty=certainty_of(entry.cell("status"), name),
            source=entry.cell("source").required("source"),
        )
        for name, entry in page.get("practices").pairs()
    }


def filing(page: Node) -> FilingRules | None:
    """How matters may be filed, or None where anything may be filed in any way."""
    node = page.get("filing")
    if not node.value:
        return None
    until_filed = node.get("until_filed")
    period = until_filed.cell("period").period()
    if period is None:
        until_filed.fault("period is missing")
    return FilingRules(
        spoken_channels=_members(node.get("spoken_channels"), Channel),
        spoken_kinds=_members(node.get("spoken_kinds"), PetitionKind),
        becomes=member(node.cell("becomes"), PetitionKind) or PetitionKind.OTHER,
        period=period or IMMEDIATELY,
        certainty=certainty_of(until_filed.cell("status"), "the period until a matter is filed"),
        period_source=until_filed.cell("source").required("source"),
        source=node.cell("source").required("source"),
        written_down=node.cell("written_down").required("written_down"),
    )


def _members(node: Node, kind: type[E]) -> frozenset[E]:
    found = (member(entry.text(), kind) for entry in node.entries())
    return frozenset(entry for entry in found if entry is not None)
