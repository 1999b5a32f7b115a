"""What districts records of offices, as routing follows it: the last state of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.cities import Office, OfficeKind, Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name in one language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an office is from `starts` to `ends`, both days included; None is open. `capacity` is
    how many matters it answers in a day, None where nobody has said."""

    starts: date | None
    ends: date | None
    names: tuple[Name, ...]
    area: tuple[Name, ...]
    district: str
    dong: str
    successors: tuple[str, ...]
    capacity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRecorded:
    """Heard: an office as it is recorded, whole; of two states the one with the higher `revision`
    holds."""

    office_id: str
    kind: OfficeKind
    forms: tuple[Form, ...]
    revision: int


class RecordedOffices:
    """The last state of each office. It may hear each as often and in any order as it likes."""

    def __init__(self) -> None:
        self._revisions: dict[str, int] = {}
        self._forms: dict[str, tuple[Office, ...]] = {}
        self.changes = 0
        """How often something new was heard."""

    def hear(self, event: OfficeRecorded) -> None:
        """Takes in a state, unless a later one is known. One without a form says nothing."""
        if not event.forms or event.revision <= self._revisions.get(event.office_id, -1):
            return
        self._revisions[event.office_id] = event.revision
        self._forms[event.office_id] = tuple(
            _office(event.office_id, event.kind, form) for form in event.forms
        )
        self.changes += 1

    def forms(self) -> Mapping[str, Sequence[Office]]:
        """All forms of each office that was heard of, by id, the earliest first."""
        return self._forms


def _office(office_id: str, kind: OfficeKind, form: Form) -> Office:
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
    )
