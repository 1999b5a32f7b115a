"""One city: its offices, catalogue, geography and clock, with the questions services ask of it.

Pure and immutable once loaded: no question does I/O, and each is answered for the day given. What
would take long of an answer can be done before it is asked for (`read_ahead`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from services.cities.catalogue.classify import Classifier, Match
from services.cities.catalogue.danger import Danger, Dangers
from services.cities.catalogue.filing import Filing, FilingRules, as_asked, filing
from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import (
    Agency,
    Delegation,
    Line,
    Names,
    Office,
    OfficeKind,
    PetitionKind,
    Service,
    Validity,
)
from services.cities.catalogue.permit import PermitKind
from services.cities.catalogue.text_blocks import TextBlock
from services.cities.catalogue.trained import Trained
from services.cities.catalogue.understand import Understanding, on_record, understand
from services.cities.competence.model import RuleSet
from services.cities.errors import OutOfCalendar, TermRefused, UnknownCode
from services.cities.law.calendar import utc
from services.cities.law.clock import Clock, Due, Paused
from services.cities.law.period import Period
from services.cities.law.terms import (
    Cause,
    Certainty,
    Extension,
    ExtensionRules,
    Suspension,
    SuspensionLimit,
    Term,
)
from services.cities.phrases import named
from services.cities.places.locate import Locator
from services.cities.places.place import Place, PlaceQuestion, Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A time limit that the law sets for a step, such as handing an inquiry on.

    `extensions` are the rules for extending this limit; None where the rules for petitions hold.
    """

    period: Period
    source: str
    certainty: Certainty = Certainty.SOURCED
    extensions: ExtensionRules | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """How the city applies the law where the law leaves a choice, or says nothing."""

    value: str
    certainty: Certainty
    source: str


class City:
    """A city as data; made by `services.cities.load`.

    `languages` are those every label exists in, the first being the default. `offices` and
    `catalogue` hold everything on record, in its last form where it changed; `offices_on` and
    `services_on` hold what was there on a day, in the form of that day.
    `periods` are the statutory periods by kind of petition, `limits` those of the steps between,
    `practices` the choices the law leaves, `permit_kinds` what applications take, by service code,
    `text_blocks` what offices put into texts, in the pack's order,
    `agencies` whom matters are referred to, `dangers` what must reach who acts at once, by id.
    `rules` are those of competence that came with the pack.
    `country` (ISO 3166) is whose phone numbers need no country code; None when all do.
    `replay_mapping` says how a file of recorded requests is read, or None.
    """

    def __init__(
        self,
        *,
        id: str,
        names: Names,
        timezone: ZoneInfo,
        languages: tuple[str, ...],
        arbitration_office: str,
        contact_office: str,
        country: str | None,
        offices: Sequence[Office],
        services: Sequence[Service],
        delegations: Sequence[Delegation],
        permit_kinds: Sequence[PermitKind] = (),
        text_blocks: Sequence[TextBlock] = (),
        periods: Mapping[PetitionKind, Period],
        limits: Mapping[str, Limit],
        practices: Mapping[str, Practice],
        agencies: Sequence[Agency],
        filing_rules: FilingRules | None,
        lines: tuple[Line, ...],
        dangers: Sequence[Danger],
        trained: Trained | None,
        clock: Clock,
        locator: Locator,
        rules: RuleSet,
        replay_mapping: Mapping[str, Any] | None,
    ) -> None:
        self.id = id
        self.names = names
        self.timezone = timezone
        self.languages = languages
        self.offices: Mapping[str, Office] = {office.id: office for office in offices}
        self.catalogue: Mapping[str, Service] = {s.code: s for s in services}
        self.permit_kinds: Mapping[str, PermitKind] = {kind.service: kind for kind in permit_kinds}
        self.text_blocks = tuple(text_blocks)
        self.periods = periods
        self.limits = limits
        self.practices = practices
        self.agencies: Mapping[str, Agency] = {agency.id: agency for agency in agencies}
        self._filing_rules = filing_rules
        self.lines = lines
        self.country = country
        self.clock = clock
        self.rules = rules
        self.replay_mapping = replay_mapping
        self._all_offices = tuple(offices)
        self._all_services = tuple(services)
        self._arbitration = arbitration_office
        self._contact = contact_office
        self.locator = locator
        self._classifier = Classifier((s.code, s.terms()) for s in services)
        self._trained = trained
        self.dangers: Mapping[str, Danger] = {danger.id: danger for danger in dangers}
        self._dangers = Dangers(dangers)
        self._delegate(delegations)

    @property
    def arbitration_office(self) -> Office:
        """The desk that designates an office when none is clearly competent."""
        return self.offices[self._arbitration]

    @property
    def contact_office(self) -> Office:
        """The contact centre, which answers calls on the line."""
        return self.offices[self._contact]

    def office(self, id: str) -> Office:
        """The office of an id, closed ones included; raises UnknownCode."""
        try:
            return self.offices[id]
        except KeyError:
            raise UnknownCode("office", id, field="office") from None

    def office_name(self, id: str, language: str) -> str:
        """What an office is called in a language; its id where the pack does not know it."""
        office = self.offices.get(id)
        return named(office.names, language) if office else id

    def offices_on(self, day: date) -> tuple[Office, ...]:
        """The offices that exist on a day, in the pack's order."""
        return tuple(office for office in self._all_offices if office.validity.holds(day))

    @property
    def office_forms(self) -> Mapping[str, tuple[Office, ...]]:
        """Every form of each office on record, by id, the earliest first."""
        forms: dict[str, list[Office]] = {}
        for office in self._all_offices:
            forms.setdefault(office.id, []).append(office)
        return {
            id_: tuple(sorted(some, key=lambda one: one.validity.start or date.min))
            for id_, some in forms.items()
        }

    def with_offices(self, recorded: Mapping[str, Sequence[Office]], on: date) -> City:
        """This city with offices as they are recorded: each id of `recorded` has these forms (at
        least one, the earliest first) in place of the pack's, or is new.

        In `offices` each of them has the form that it has on the day `on` (before its beginning the
        first, after its end the last), valid as long as the office exists in any form. A closed
        one has no phone, which nobody would answer. A successor that is not on record is left out:
        nothing can be given to it yet.
        """
        if not recorded:
            return self
        following = copy(self)
        known = self.office_forms.keys() | recorded.keys()
        forms = {
            id_: tuple(replace(one, successors=_known_of(one.successors, known)) for one in some)
            for id_, some in recorded.items()
        }
        order = dict.fromkeys([*(office.id for office in self._all_offices), *recorded])
        before = self.office_forms
        following._all_offices = tuple(
            form for id_ in order for form in (forms[id_] if id_ in forms else before[id_])
        )
        following.offices = {
            id_: _as_of(forms[id_], on) if id_ in forms else self.offices[id_] for id_ in order
        }
        return following

    def service(self, code: str) -> Service:
        """The service of a code; raises UnknownCode."""
        try:
            return self.catalogue[code]
        except KeyError:
            raise UnknownCode("service", code, field="category") from None

    def services_on(self, day: date) -> tuple[Service, ...]:
        """The services that can be asked for on a day, in the catalogue's order."""
        return tuple(service for service in self._all_services if service.validity.holds(day))

    def services_to_choose_on(self, day: date) -> tuple[Service, ...]:
        """Those of them that a citizen who is asked may choose from: all but the sealed ones."""
        sealed = self.sealed
        return tuple(service for service in self.services_on(day) if service.code not in sealed)

    def may_be_chosen(self, code: str, day: date) -> bool:
        """Whether a code is that of one of them."""
        return any(service.code == code for service in self.services_to_choose_on(day))

    def service_label(self, code: str) -> str:
        """What a service is called in the city's first language; empty for an unknown code."""
        service = self.catalogue.get(code)
        return "" if service is None else service.names[self.languages[0]]

    def place_label(self, code: str) -> str:
        """What the place of a code is called in the city's first language, a dong after its
        district; empty for an unknown code."""
        return " ".join(names[self.languages[0]] for names in self.locator.named(code))

    @property
    def sealed(self) -> frozenset[str]:
        """The codes of the sealed services: reports that ordinary messages, surveys and lists do
        not follow."""
        return frozenset(service.code for service in self.catalogue.values() if service.sealed)

    def classify(self, text: str) -> tuple[Match, ...]:
        """The services that a text speaks of, best first; empty when none."""
        return self._classifier.classify(text)

    def understand(self, text: str) -> Understanding:
        """What a text asks for, by the catalogue's terms and, where the pack has them, by trained
        words."""
        return understand(text, self._classifier, self._trained)

    async def read_ahead(self, texts: Iterable[str]) -> None:
        """Does what takes long of understanding these texts, without stopping the event loop: who
        serves others meanwhile asks for it before `understand`, which answers the same without.
        Returns at once in a city that has no embedding."""
        if self._trained is not None:
            await self._trained.read_ahead(texts)

    def understand_on(self, text: str, day: date) -> Understanding:
        """What a text asks for among the services that could be asked for on a day; never sure of
        a permit, nor of what may be a sealed report beside something else."""
        return on_record(
            self.understand(text),
            by_terms=[match.service for match in self.classify(text)],
            valid={service.code: service for service in self.services_on(day)},
            sealed=self.sealed,
        )

    def danger_in(self, text: str) -> Danger | None:
        """The danger that a text speaks of most plainly, with who acts at once; None without
        one."""
        return next(iter(self._dangers.found(text)), None)

    def locate(self, place: Place, on: date) -> Resolution:
        """Which community office a place belongs to on a day; never a guess, never raises."""
        return self.locator.locate(place, on)

    def ask(self, question: PlaceQuestion, district: str = "") -> Names:
        """The words in which a citizen is asked about a place, by language. A dong is asked for
        within a `district`, by its code."""
        return self.locator.ask(question, district)

    def inner_points(self) -> Iterable[tuple[str, float, float]]:
        """For each community office that has an area of its own: its id and a (lat, lon) inside."""
        return self.locator.inner_points()

    def office_areas(self) -> Iterable[tuple[tuple[str, ...], BaseGeometry]]:
        """The polygons (degrees, longitude first) of the community offices, each with the ids of
        those that share it; none where the pack has none."""
        areas = self.locator.geography.office_areas
        for owners, polygon in areas.polygons() if areas else ():
            yield tuple(f"o-{code}" for code in owners.split("|")), polygon

    @property
    def areas_source(self) -> Names:
        """Where `office_areas` come from, by language, for a map to say; empty where it need
        not."""
        return self.locator.geography.areas_source

    def due(self, received_at: datetime, period: Period) -> Due:
        """When a period of the law, received at an aware moment, ends.

        A service's own period may be an assumption: that is `due_for`. Raises NaiveTime,
        OutOfCalendar.
        """
        return self.clock.due(received_at, period)

    def due_for(self, service: Service, received_at: datetime) -> Due:
        """When a service's answer is due; the explanation calls an assumed period an expectation.

        Raises NaiveTime, OutOfCalendar.
        """
        term = Term(received_at=received_at, period=service.period, certainty=service.certainty)
        due = self.clock.due_of(term)
        assert isinstance(due, Due), "a term without suspensions is never paused"
        return due

    def period_label(self, service: Service) -> Names:
        """What the service's period is called, by language: 법정 처리기간, or where the pack
        assumes it 예상 처리기간(업무 기준)."""
        return self.clock.period_label(service.certainty)

    def wanted_by(self, service: Service, received_at: datetime) -> datetime | None:
        """When the city wants it done, by its service target; None without one.

        Emergencies have such a target beside the statutory date, which counts working hours only.
        """
        return None if service.target is None else received_at + service.target.within

    def term_within(
        self,
        limit: str,
        received_at: datetime,
        *,
        suspensions: tuple[Suspension, ...] = (),
        extensions: tuple[Extension, ...] = (),
    ) -> Term:
        """The term of a step that the law limits, for `due_of`; raises UnknownCode, NaiveTime."""
        self.limit(limit)
        found = self.limits[limit]
        return Term(
            received_at=received_at,
            period=found.period,
            suspensions=suspensions,
            extensions=extensions,
            extension_rules=found.extensions,
            certainty=found.certainty,
        )

    def filing(self, service: Service, channel: Channel) -> Filing:
        """What a matter of a service is by the channel it came by (Petitions Act 8)."""
        return filing(self._filing_rules, service.kind, channel, service.procedure)

    def as_asked(self, service: Service, channel: Channel) -> Service:
        """The service with the period of what comes by this channel: its own, or where it is not
        filed yet the time within which the citizen is told how to file it."""
        return as_asked(self._filing_rules, service, channel)

    def agency(self, id: str) -> Agency:
        """The agency of an id that matters are referred to; raises UnknownCode."""
        try:
            return self.agencies[id]
        except KeyError:
            raise UnknownCode("agency", id) from None

    def referral(self, service: Service, on: date) -> Agency | None:
        """The agency that does a service in the city's stead on a day, or None."""
        agency = None if service.refer_to is None else self.agencies.get(service.refer_to)
        return agency if agency is not None and agency.validity.holds(on) else None

    def practice(self, name: str) -> Practice:
        """What the city does where the law leaves a choice; raises UnknownCode."""
        try:
            return self.practices[name]
        except KeyError:
            raise UnknownCode("practice", name) from None

    @property
    def asking_stops_clock(self) -> bool:
        """Whether the time from a question to the citizen's answer does not count. No article sets
        it, so that without the practice the period runs on."""
        practice = self.practices.get("asking_stops_clock")
        return practice is not None and practice.value == "yes"

    @property
    def another_officer_answers_again(self) -> bool:
        """Whether a matter that was opened again is answered by another officer than the one who
        answered before. No article sets it, so that without the practice the office chooses."""
        practice = self.practices.get("another_officer_answers_again")
        return practice is not None and practice.value == "yes"

    def due_of(self, term: Term) -> Due | Paused:
        """When a term with suspensions and extensions ends.

        Raises what `due` raises, and TermRefused for an extension that the law does not allow.
        """
        return self.clock.due_of(term)

    def later_end(
        self,
        begun_at: datetime,
        period: Period,
        told: datetime,
        suspensions: tuple[Suspension, ...] = (),
        extensions: tuple[Extension, ...] = (),
    ) -> datetime | None:
        """When a period that was told to end at `told` ends by this calendar, in UTC; None unless
        that is later.

        A holiday that is declared prolongs the periods that have not ended (Petitions Act 19). One
        that is taken back shortens none: people rely on the date that they were told. So replicas
        with an older calendar never undo what those with a newer one have counted. Extensions that
        the pack allows no longer were told all the same: then nothing moves.
        """
        term = Term(
            received_at=begun_at, period=period, suspensions=suspensions, extensions=extensions
        )
        try:
            due = self.clock.due_of(term)
        except (OutOfCalendar, TermRefused):
            return None
        return due.at if isinstance(due, Due) and due.at > told else None

    def stop_limit(self, cause: Cause) -> SuspensionLimit | None:
        """For how many days a cause may stop a clock; None where the pack sets no limit."""
        return self.clock.rules.suspension_limits.get(cause)

    def stop_ends(self, begun_at: datetime, days: int, period: Period) -> datetime:
        """The last moment of so many days for which a stop keeps a period from running; see
        `Clock.stop_ends`."""
        return self.clock.stop_ends(begun_at, days, period)

    def opening_after(self, moment: datetime) -> datetime:
        """The beginning of the first working day after the day of a moment, in UTC. Raises
        NaiveTime, OutOfCalendar."""
        calendar = self.clock.calendar
        next_day = calendar.local(moment, field="moment").date() + timedelta(days=1)
        return utc(calendar.opening(calendar.next_working(next_day)))

    def working_days_before(self, day: date, count: int) -> tuple[date, ...]:
        """The last `count` working days before a day, the earliest first; fewer at the beginning
        of the calendar. Raises OutOfCalendar."""
        calendar = self.clock.calendar
        before = calendar.days_before(day)
        return tuple(calendar.nth_day(n) for n in range(max(1, before - count + 1), before + 1))

    def limit(self, name: str) -> Period:
        """The period of a step that the law limits; raises UnknownCode."""
        try:
            return self.limits[name].period
        except KeyError:
            raise UnknownCode("limit", name) from None

    def with_delegations(self, recorded: Mapping[tuple[str, str], Sequence[Delegation]]) -> City:
        """This city with the delegations that are recorded of a (service, district) in place of its
        own; of every other it keeps its own."""
        kept = [one for one in self.delegations if (one.service, one.district) not in recorded]
        following = copy(self)
        following._delegate([*kept, *(one for some in recorded.values() for one in some)])
        return following

    def _delegate(self, delegations: Iterable[Delegation]) -> None:
        self.delegations = tuple(delegations)
        self._delegated: dict[tuple[str, str], list[Delegation]] = {}
        for delegation in self.delegations:
            key = delegation.service, delegation.district
            self._delegated.setdefault(key, []).append(delegation)

    def delegate(
        self,
        service_code: str,
        district: str,
        admin_dong: str | None,
        on: date,
        today: date | None = None,
    ) -> Office | None:
        """The community office that may decide `today` (None: on that day) what was received there
        on a day, of this kind of permit; None where the district decides it.

        Raises UnknownCode for a service that is not in the catalogue.
        """
        self.service(service_code)
        office = self.offices.get(f"o-{admin_dong}")
        if office is None or office.district != district or not office.validity.holds(on):
            return None
        for delegation in self._delegated.get((service_code, district), ()):
            if delegation.office in (None, office.id) and delegation.holds(on, today or on):
                return office
        return None

    def of_kind(self, kind: OfficeKind, on: date) -> tuple[Office, ...]:
        """The offices of one tier that exist on a day."""
        return tuple(office for office in self.offices_on(on) if office.kind is kind)


def _known_of(successors: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in successors if id_ in known)


def _as_of(forms: Sequence[Office], on: date) -> Office:
    """The form of a day, valid for as long as the office exists, with the successors of the end;
    once it is closed without a phone."""
    first, last = forms[0], forms[-1]
    begun = [one for one in forms if one.validity.start is None or one.validity.start <= on]
    form = begun[-1] if begun else first
    return replace(
        form,
        validity=Validity(start=first.validity.start, end=last.validity.end),
        successors=last.successors,
        phone="" if last.validity.is_over(on) else form.phone,
    )
