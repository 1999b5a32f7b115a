"""A city's offices as they are recorded: what is told of each, and the city that follows it.

Who hears the record, and how, is each service's own; it hands in the newest state of each office.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.cities.catalogue.model import Office, OfficeKind, Validity
from services.cities.city import City
from services.common.kernel import DomainError, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeName:
    """A name in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeForm:
    """What an office is from `starts` to `ends`, both days included; None is open. `capacity` is
    how many matters it answers in a day, None where nobody has said; `phone` is its own number as
    it is dialled, empty where nobody has said."""

    starts: date | None
    ends: date | None
    names: tuple[OfficeName, ...]
    area: tuple[OfficeName, ...]
    district: str
    dong: str
    successors: tuple[str, ...]
    capacity: int | None
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRecorded:
    """An office as it is recorded, whole, with its forms in the order of their days."""

    office_id: str
    kind: OfficeKind
    forms: tuple[OfficeForm, ...]
    revision: int

    @property
    def order(self) -> int:
        """Of two states of an office the one with the higher order holds. A state without a form
        says nothing and never holds."""
        return self.revision if self.forms else -1


class RecordedOffices(Protocol):
    """What is recorded of offices. Every replica knows all of it."""

    def newest(self) -> Mapping[str, OfficeRecorded]:
        """The last state of each office, as far as it is read: another object after each change,
        none changed in place. Raises DomainError UNAVAILABLE `view_away` until it is read once."""
        ...


def offices_on_record(told: Iterable[OfficeRecorded]) -> Mapping[str, Sequence[Office]]:
    """All forms of each office that is recorded, by id, the earliest first, for
    `City.with_offices`. `told` has one state of each office."""
    return {
        event.office_id: tuple(_office(event.office_id, event.kind, form) for form in event.forms)
        for event in told
        if event.forms
    }


class CityOfToday:
    """Gives a city with its offices as they are recorded today. It is made anew when an office was
    recorded and when a day begins, and is the same object until then."""

    def __init__(
        self,
        city: City,
        told: Callable[[], Mapping[str, OfficeRecorded]],
        clock: Callable[[], datetime],
    ) -> None:
        """`told` is `RecordedOffices.newest`; `clock` gives an aware moment."""
        self._city = city
        self._told = told
        self._clock = clock
        self._made: tuple[Mapping[str, OfficeRecorded], date, City] | None = None

    def now(self) -> City:
        """The city of now; raises what `told` raises."""
        told = self._told()
        today = self._clock().astimezone(self._city.timezone).date()
        if self._made is not None:
            known, day, made = self._made
            if known is told and day == today:
                return made
        made = self._city.with_offices(offices_on_record(told.values()), today)
        self._made = told, today, made
        return made

    def as_known(self) -> City:
        """The city of now, for who names offices and waits for nothing: until the record was read
        once it is the pack's."""
        try:
            return self.now()
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            return self._city


def _office(office_id: str, kind: OfficeKind, form: OfficeForm) -> Office:
    return Office(
        id=office_id,
        kind=kind,
        names={name.language: name.text for name in form.names},
        area={name.language: name.text for name in form.area},
        district=form.district or None,
        dong=form.dong or None,
        validity=Validity(start=form.starts, end=form.ends),
        successors=form.successors,
        capacity=form.capacity,
        phone=form.phone,
    )
