"""The rules by which the record of an office changes. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from services.cities import OfficeKind, is_blank
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.events import OfficeRecorded
from services.districts.domain.office.model import Entry, Form, Hours, Name, Office, Origin

OfficeChange = Change[Office, OfficeRecorded]

MOST_CAPACITY = 100_000
"""Matters that one office answers in a day; more is a mistyped number."""
LONGEST_NAME = 100
LONGEST_REASON = 500
LONGEST_ADDRESS = 200
MOST_TEAMS = 100
MOST_SUCCESSORS = 20
MOST_LANGUAGES = 20
MOST_HOURS = 21
"""Three stretches on each day of the week."""

KIND_OF = {"c": OfficeKind.CITY, "d": OfficeKind.DISTRICT, "o": OfficeKind.DONG}
_ID = re.compile(r"[cdo]-[a-z0-9][a-z0-9-]{0,60}")
_CODE = re.compile(r"[A-Za-z0-9가-힣-]{1,40}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_PHONE = re.compile(r"(?=.*\d.*\d)[0-9+()~ -]{2,30}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a change is judged by: the city's languages, its day, and the offices that it names, as
    far as they are recorded."""

    languages: Sequence[str]
    today: date
    named: Mapping[str, Office]


def mark_of(forms: Sequence[Form]) -> str:
    """The digest by which forms of the pack are known again."""
    return hashlib.sha256(repr(tuple(forms)).encode()).hexdigest()[:16]


def seed(
    state: Office | None, *, office_id: str, kind: OfficeKind, forms: Sequence[Form], now: datetime
) -> OfficeChange | None:
    """Records what the pack says of an office; None where it was taken in before.

    From the first day that a command spoke of, commands alone speak: a changed pack changes only
    what lies before it. A pack that was taken in once is never taken in again, so that a replica
    with an older one undoes nothing.
    """
    mark = mark_of(forms)
    entry = Entry(recorded_at=now, recorded_by="", reason="", forms=tuple(forms))
    if state is None:
        first = Office(
            id=office_id,
            kind=kind,
            forms=tuple(forms),
            revision=_revision(0, now),
            recorded_at=now,
            pack_marks=(mark,),
            history=(entry,),
        )
        return Change(state=first, events=(_told(first),))
    if mark in state.pack_marks:
        return None
    ordered = [form for form in state.forms if form.origin is Origin.COMMAND]
    kept = _before(forms, ordered[0].starts) if ordered else tuple(forms)
    return _changed(
        replace(state, pack_marks=(*state.pack_marks, mark)), (*kept, *ordered), entry, now
    )


def record(
    state: Office | None, *, command: RecordOffice, around: Surroundings, now: datetime
) -> OfficeChange | None:
    """The office with the ordered form from its first day on; None where it is so already.

    What was planned from that day on is replaced. Raises DomainError INVALID with the field at
    fault, CONFLICT `office_closed`; the contract lists the slugs.
    """
    kind = _kind(command.office_id)
    form = replace(command.form, origin=Origin.COMMAND)
    _check_reason(command.reason)
    starts = _check_dates(form, around.today)
    if state is not None and state.closed_by(starts):
        raise DomainError(
            "office_closed",
            Kind.CONFLICT,
            f"it closed on {state.forms[-1].ends}; an office that has closed does not open again",
            field="form.starts",
        )
    _check_names(form, kind, around.languages)
    _check_place(form, kind, command.office_id, starts, around)
    _check_successors(form, command.office_id, around)
    _check_details(form)
    entry = Entry(
        recorded_at=now, recorded_by=command.by, reason=command.reason.strip(), forms=(form,)
    )
    if state is None:
        first = Office(
            id=command.office_id,
            kind=kind,
            forms=(form,),
            revision=_revision(0, now),
            recorded_at=now,
            pack_marks=(),
            history=(entry,),
        )
        return Change(state=first, events=(_told(first),))
    if state.forms[-1] == form:
        return None
    return _changed(state, (*_before(state.forms, starts), form), entry, now)


def tell_again(state: Office | None, *, now: datetime) -> OfficeChange | None:
    """The same office, told once more; None where there is none."""
    if state is None:
        return None
    again = replace(state, revision=_revision(state.revision, now))
    return Change(state=again, events=(_told(again),))


def _changed(state: Office, forms: tuple[Form, ...], entry: Entry, now: datetime) -> OfficeChange:
    after = replace(
        state,
        forms=forms,
        revision=_revision(state.revision, now),
        recorded_at=now,
        history=(*state.history, entry),
    )
    return Change(state=after, events=(_told(after),))


def _told(office: Office) -> OfficeRecorded:
    return OfficeRecorded(
        office_id=office.id,
        kind=office.kind,
        forms=office.forms,
        revision=office.revision,
        recorded_at=office.recorded_at,
    )


def _revision(before: int, now: datetime) -> int:
    return max(before + 1, round(now.timestamp() * 1000))


def _before(forms: Iterable[Form], day: date | None) -> tuple[Form, ...]:
    """What lies of these forms before a day."""
    if day is None:
        return ()
    last = day - timedelta(days=1)
    return tuple(
        form if form.ends is not None and form.ends < day else replace(form, ends=last)
        for form in forms
        if form.starts is None or form.starts < day
    )


def _invalid(slug: str, message: str, field: str) -> DomainError:
    return DomainError(slug, Kind.INVALID, message, field=field)


def _kind(office_id: str) -> OfficeKind:
    if not _ID.fullmatch(office_id):
        raise _invalid(
            "invalid_office_id",
            "must be c-, d- or o- by the tier, then letters, digits and hyphens",
            "office_id",
        )
    return KIND_OF[office_id[0]]


def _check_reason(reason: str) -> None:
    if is_blank(reason):
        raise _invalid("empty_reason", "must say why", "reason")
    if len(reason) > LONGEST_REASON:
        raise _invalid("invalid_reason", f"at most {LONGEST_REASON} characters", "reason")


def _check_dates(form: Form, today: date) -> date:
    """The form's first day."""
    if form.starts is None:
        raise _invalid("invalid_date", "must be given", "form.starts")
    if form.starts < today:
        raise _invalid("past_date", f"must not lie before today, {today}", "form.starts")
    if form.ends is not None and form.ends < form.starts:
        raise _invalid("date_order", "must not lie before form.starts", "form.ends")
    return form.starts


def _check_names(form: Form, kind: OfficeKind, languages: Sequence[str]) -> None:
    _check_labels(form.names, languages, "form.names")
    if kind is not OfficeKind.CITY:
        _check_labels(form.area, languages, "form.area")
    elif form.area:
        raise _invalid("invalid_area", "a department of the city serves no area", "form.area")


def _check_labels(names: Sequence[Name], languages: Sequence[str], field: str) -> None:
    """One name in each language of the city, and in no other; of one line, for it stands in headers
    of mail and in messages of a few words."""
    given = {name.language: name.text for name in names}
    if unknown := sorted(given.keys() - set(languages)):
        raise _invalid("unknown_language", f"the city does not write in {unknown[0][:20]}", field)
    for language in languages:
        if is_blank(given.get(language, "")):
            raise _invalid("empty_names", f"must be given in {language}", field)
    one_line = all(len(text) <= LONGEST_NAME and text.isprintable() for text in given.values())
    if len(names) != len(given) or not one_line:
        raise _invalid(
            "invalid_names",
            f"must be one in each language, on one line of at most {LONGEST_NAME} characters",
            field,
        )


def _check_place(
    form: Form, kind: OfficeKind, office_id: str, starts: date, around: Surroundings
) -> None:
    if kind is OfficeKind.CITY:
        if form.district:
            raise _invalid(
                "invalid_district", "a department of the city is in none", "form.district"
            )
    elif kind is OfficeKind.DISTRICT:
        if office_id != f"d-{form.district}":
            raise _invalid("unknown_district", "must be the office's own", "form.district")
    else:
        district = around.named.get(f"d-{form.district}")
        if district is None or district.on(starts) is None:
            raise _invalid(
                "unknown_district", f"no district has this code on {starts}", "form.district"
            )
    if (kind is OfficeKind.DONG) != bool(form.dong):
        raise _invalid(
            "invalid_dong", "a community office, and no other, has the code of a dong", "form.dong"
        )
    if form.dong and not _CODE.fullmatch(form.dong):
        raise _invalid("invalid_dong", "must be a code", "form.dong")


def _check_successors(form: Form, office_id: str, around: Surroundings) -> None:
    if not form.successors:
        return
    field = "form.successors"
    if form.ends is None:
        raise _invalid("date_order", "an office with successors needs a last day", "form.ends")
    if len(form.successors) > MOST_SUCCESSORS:
        raise _invalid("invalid_successors", f"at most {MOST_SUCCESSORS}", field)
    first = form.ends + timedelta(days=1)
    for successor in form.successors:
        known = around.named.get(successor)
        if known is None or successor == office_id or known.on(first) is None:
            raise _invalid("unknown_successor", f"must be another office on {first}", field)


def _check_details(form: Form) -> None:
    if form.capacity is not None and not 1 <= form.capacity <= MOST_CAPACITY:
        raise _invalid("invalid_capacity", f"must be 1 to {MOST_CAPACITY}", "form.capacity")
    if len(form.teams) > MOST_TEAMS or len({team.code for team in form.teams}) < len(form.teams):
        raise _invalid("invalid_teams", f"at most {MOST_TEAMS}, each once", "form.teams")
    for team in form.teams:
        named = [name.text for name in team.names]
        if not _CODE.fullmatch(team.code) or not named or any(map(_no_name, named)):
            raise _invalid("invalid_teams", "each has a code and a name", "form.teams")
    _check_hours(form.duty_hours)
    if len(form.languages) > MOST_LANGUAGES or not all(map(_TAG.fullmatch, form.languages)):
        raise _invalid("invalid_languages", "must be BCP 47 tags", "form.languages")
    if form.phone and not _PHONE.fullmatch(form.phone):
        raise _invalid("invalid_phone", "must be a number as it is dialled", "form.phone")
    if form.email and not _EMAIL.fullmatch(form.email):
        raise _invalid("invalid_email", "must be an address", "form.email")
    if len(form.address) > LONGEST_ADDRESS:
        raise _invalid("invalid_address", f"at most {LONGEST_ADDRESS} characters", "form.address")


def _no_name(text: str) -> bool:
    return is_blank(text) or len(text) > LONGEST_NAME


def _check_hours(hours: Sequence[Hours]) -> None:
    """Days of the week, and times in order; stretches of one day do not overlap."""
    field = "form.duty_hours"
    if len(hours) > MOST_HOURS:
        raise _invalid("invalid_duty_hours", f"at most {MOST_HOURS}", field)
    for one in hours:
        times = _TIME.fullmatch(one.opens) and _TIME.fullmatch(one.closes)
        if not 1 <= one.weekday <= 7 or not times or one.opens >= one.closes:
            raise _invalid(
                "invalid_duty_hours", "a weekday from 1 to 7 and two times in order", field
            )
    ordered = sorted(hours, key=lambda one: (one.weekday, one.opens))
    for one, after in pairwise(ordered):
        if one.weekday == after.weekday and after.opens < one.closes:
            raise _invalid("invalid_duty_hours", "stretches of one day must not overlap", field)
