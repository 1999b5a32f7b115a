"""Messages from texts: `messages/<text>/<language>.yaml`, all checked at start.

Each file has the mail, the short texts (`sms`, where there are any; the first that fits is sent)
and the long one (`lms`).
`messages/frame/<language>.yaml` has what surrounds every mail, and how dates and periods are
written. A language is added by its files alone. The file channel gets the mail.

A text message is a short one if it fits into SMS_BYTES of EUC-KR, as carriers demand. Otherwise it
is sent as a long one, and the gateway is told so: no carrier cuts it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import jinja2.meta
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.cities import (
    FIRST_ROUND,
    City,
    Matter,
    Office,
    OfficeKind,
    Period,
    Service,
    Workload,
    named,
)
from services.cities.law.period import Unit
from services.cities.law.terms import Certainty
from services.notify.application.ports import SMS_BYTES, Answer, Contact, Form, Message
from services.notify.domain.model import (
    ClosedCause,
    DeliveryChannel,
    Notice,
    Rule,
    TextName,
)

_FOLDER = Path(__file__).parent.parent / "messages"
_FRAME = "frame"
LANGUAGES = tuple(sorted(path.stem for path in (_FOLDER / _FRAME).glob("*.yaml")))

# A text message carries the beginning of an answer; the status link leads to all of it. With the
# rest of the longest text it stays below the 2000 bytes that a long one may have.
LMS_ANSWER = 350
LMS_BYTES = 2000
# Korea's remedies are told by cities of Korea (ISO 3166).
_KOREA = "KR"
_MICROS_PER_HOUR = 3_600_000_000
# Periods of days end with it.
_LAST_MINUTE = (23, 59)
# The pack's limit after which, and each time that it has passed again, the citizen is told.
PROGRESS_NOTICE = "progress_notice"
# A telephone number of at most so many digits is dialled without an area code.
_SHORT_NUMBER = 3

# What a text may speak of.
VALUES = frozenset(
    {
        *("city", "unit", "enquiry", "name", "receipt_number", "matter", "office", "officer"),
        *("previous_office", "another_agency", "decline_reason", "korean_law", "received"),
        *("agency", "agency_number", "anywhere", "until_before"),
        *("days_passed", "again", "accepted", "overdue", "designating"),
        *("question", "stops_clock", "recount_cause", "extension_reason", "deemed", "act"),
        "act_refusal",
        *(
            "period_label",
            "period",
            "calendar_days",
            "due_label",
            "assumed",
            "until",
            "short_until",
        ),
        *("provisional", "needs_document", "status_url", "survey_url", "asked"),
        *("answer", "short_answer", "shortened"),
    }
)


class MessagesFault(ValueError):
    """Texts cannot be used; names each file and what is wrong with it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=_Part)


class _Texts(_Part):
    subject: str
    mail: str
    sms: list[str] = []
    lms_subject: str
    lms: str


class _DueLabels(_Part):
    sourced: str
    assumed: str
    provisional: str


class _Enquiry(_Part):
    short: str
    long: str


class _Frame(_Part):
    weekdays: list[str] = Field(min_length=7, max_length=7)
    months: list[str] = Field(min_length=12, max_length=12)
    date: str
    short_date: str
    moment: str
    periods: dict[str, str]
    due: _DueLabels
    enquiry: _Enquiry
    of_city: str
    officer: str
    phone: str
    anywhere: dict[Workload, str]
    mail: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    subject: jinja2.Template
    mail: jinja2.Template
    sms: Sequence[jinja2.Template]
    lms_subject: jinja2.Template
    lms: jinja2.Template


class TemplateWriter:
    """Writes in the citizen's language, else in the city's first that has texts."""

    def __init__(self, present: Callable[[], City], folder: Path = _FOLDER) -> None:
        """Reads and checks every text; raises MessagesFault. `present` gives the city of now, whose
        offices may be renamed at any time; its languages stay."""
        self._present = present
        languages = self._city.languages
        self._default = next((lang for lang in languages if lang in LANGUAGES), LANGUAGES[0])
        reading = _Reading(folder)
        self._frames = {language: reading.frame(language) for language in LANGUAGES}
        self._mails = {
            language: reading.compiled(f"{_FRAME}/{language}", "mail", frame.mail, {"text"})
            for language, frame in self._frames.items()
        }
        self._texts = {
            (language, name): reading.texts(name, language)
            for language in LANGUAGES
            for name in TextName
        }
        reading.must_be_whole()

    def write(
        self,
        notice: Notice,
        channel: DeliveryChannel,
        contact: Contact,
        *,
        answer: Answer | None,
        link: str,
        asked: str = "",
    ) -> Message:
        """The message in the citizen's language, dates in the city's time zone."""
        language = self._language(contact.language or notice.matter.language)
        texts = self._texts[language, notice.text]
        values = {**self._values(notice, contact, language, answer, link), "asked": asked}
        if channel is DeliveryChannel.SMS:
            # No line end at the end: it would count.
            form, subject, body = _short_or_long(texts, values)
        else:
            form, subject = Form.MAIL, texts.subject.render(values)
            text = texts.mail.render(values).strip()
            body = self._mails[language].render({**values, "text": text}).strip() + "\n"
        return Message(
            delivery_id=notice.delivery_id,
            contact=contact,
            # One line, as a header is: a recorded name may have more.
            sender=" ".join(_unit_of(self._city).split()),
            form=form,
            subject=" ".join(subject.split()),
            body=body,
        )

    @property
    def _city(self) -> City:
        return self._present()

    def _language(self, tag: str) -> str:
        primary = tag.partition("-")[0].lower()
        return primary if primary in LANGUAGES else self._default

    def _values(
        self,
        notice: Notice,
        contact: Contact,
        language: str,
        answer: Answer | None,
        link: str,
    ) -> Mapping[str, Any]:
        matter = notice.matter
        service = self._service(matter)
        text = answer.text.strip() if answer else ""
        short = _shortened(text)
        period = service.period if service else None
        assumed = service is not None and service.certainty is Certainty.ASSUMED
        due = self._frames[language].due
        another_agency = self._another_agency(notice)
        name_of = self._agency_name if another_agency else self._city.office_name
        return {
            "city": named(self._city.names, language),
            "unit": named(self._city.contact_office.names, language),
            "enquiry": self._enquiry(language),
            "name": contact.called,
            "receipt_number": matter.receipt_number,
            "matter": named(service.names, language) if service else "",
            "office": name_of(notice.office_id, language),
            "officer": self._officer(notice.office_id, language, answer),
            "previous_office": name_of(notice.previous_office_id, language),
            "another_agency": another_agency,
            # Of a joint matter nobody is told why: it would tell them of the other citizens.
            "decline_reason": notice.decline_reason
            or (Rule.JOINED if notice.rule == Rule.JOINED else ""),
            **self._elsewhere(notice, service, language),
            "korean_law": self._city.country == _KOREA,
            "received": self._moment(matter.received_at, language),
            "period_label": self._period_label(service, language) if service else "",
            "period": self._period(period, language) if period else "",
            # Days off prolong working days by the law of petitions, and calendar days by that of
            # all administration, which only rolls the last one (Civil Act 161).
            "calendar_days": period is not None and period.unit is Unit.CALENDAR_DAYS,
            "due_label": _due_label(due, service),
            "assumed": assumed,
            "until": self._until(notice, notice.until, period, "date", language),
            "short_until": self._until(notice, notice.until, period, "short_date", language),
            "until_before": self._until(notice, notice.until_before, period, "date", language),
            "days_passed": self._days_passed(notice),
            "again": notice.round > FIRST_ROUND,
            "accepted": notice.accepted,
            "overdue": notice.overdue,
            "question": notice.question or "",
            "stops_clock": self._city.asking_stops_clock,
            "recount_cause": notice.recount_cause,
            "extension_reason": notice.extension_reason or "",
            "deemed": notice.closed_cause is ClosedCause.DEEMED_WITHDRAWN,
            "act": notice.act or "",
            "act_refusal": notice.act_refusal or "",
            "designating": notice.office_id == self._city.arbitration_office.id,
            "provisional": service is None,
            "needs_document": self._needs_document(service, matter),
            "status_url": contact.status_url,
            "survey_url": link,
            "answer": text,
            "short_answer": short,
            "shortened": short != text,
        }

    def _service(self, matter: Matter) -> Service | None:
        """The service with the period of what was asked by that channel."""
        service = self._city.catalogue.get(matter.service_code)
        return None if service is None else self._city.as_asked(service, matter.channel)

    def _needs_document(self, service: Service | None, matter: Matter) -> str:
        """The article by which it is filed only once it is a document, so that the date is the one
        of being told how; empty where none is needed."""
        return "" if service is None else self._city.filing(service, matter.channel).source

    def _officer(self, office_id: str, language: str, answer: Answer | None) -> str:
        """Who answers questions about an answer (Enforcement Decree, Article 31): the officer where
        the office gave one, else the office by its own number, or by the city's where nobody has
        recorded that."""
        given = answer or Answer(text="")
        who = given.officer_unit or self._city.office_name(office_id, language)
        if given.officer_name:
            who = f"{who} {given.officer_name}"
        office = self._city.offices.get(office_id)
        number = given.officer_phone or (office.phone if office else "")
        frame = self._frames[language]
        how = frame.phone.format(phone=number) if number else self._enquiry(language)
        return frame.officer.format(who=who, how=how) if how else who

    def _enquiry(self, language: str) -> str:
        """Where anything may be asked; empty in a city without a line."""
        if not self._city.lines:
            return ""
        number = self._city.lines[0].number
        forms = self._frames[language].enquiry
        form = forms.short if len(number) <= _SHORT_NUMBER else forms.long
        return form.format(number=number)

    def _elsewhere(
        self, notice: Notice, service: Service | None, language: str
    ) -> Mapping[str, str]:
        """Where the citizen turns instead: the agency that does it and its number, or the kind of
        office, each of which does it. A number that the pack assumes is told to nobody."""
        said = dict.fromkeys(("agency", "agency_number", "anywhere"), "")
        if service is None:
            return said
        on = notice.matter.received_at.astimezone(self._city.timezone).date()
        if (agency := self._city.referral(service, on)) is not None:
            said["agency"] = named(agency.names, language)
            said["agency_number"] = agency.told_number
        if service.anywhere:
            said["anywhere"] = self._frames[language].anywhere[service.workload]
        return said

    def _agency_name(self, office_id: str, language: str) -> str:
        """An office's name with its city's before it where it is one of the city's own: between
        agencies a department's name alone does not say whose it is."""
        name = self._city.office_name(office_id, language)
        office = self._city.offices.get(office_id)
        if office is None or office.kind is not OfficeKind.CITY:
            return name
        city = named(self._city.names, language)
        return self._frames[language].of_city.format(city=city, unit=name)

    def _another_agency(self, notice: Notice) -> bool:
        """Whether it was handed over to another agency: the city and each district are agencies of
        their own, and a community office is part of its district."""
        if notice.rule == Rule.TRANSFERRED:
            return True
        before = self._city.offices.get(notice.previous_office_id)
        after = self._city.offices.get(notice.office_id)
        if before is None or after is None:
            return False
        return _agency(before) != _agency(after)

    def _days_passed(self, notice: Notice) -> int:
        """After how many days without an answer the citizen gets this progress notice; 0 for other
        news."""
        limit = self._city.limits.get(PROGRESS_NOTICE)
        return 0 if limit is None else limit.period.amount * notice.number

    def _until(
        self, notice: Notice, at: datetime | None, period: Period | None, date: str, language: str
    ) -> str:
        """The date promised; with its hour where the period counts hours, or where nothing says
        that it does not: the end of a question or a survey, a matter that nobody has classified.
        The end of a day is the day."""
        if at is None:
            return ""
        local = at.astimezone(self._city.timezone)
        by_hours = period is None or self._city.clock.counts_hours(period)
        with_hour = by_hours and (local.hour, local.minute) != _LAST_MINUTE
        with_hour = with_hour or notice.text in (TextName.ASKED, TextName.SURVEY)
        written = self._moment if with_hour else self._date
        return written(at, language, date)

    def _date(self, time: datetime, language: str, form: str = "date") -> str:
        """A day as it is written in the language, in the city's time zone."""
        frame = self._frames[language]
        day = time.astimezone(self._city.timezone)
        pattern: str = getattr(frame, form)
        return pattern.format(
            year=day.year,
            month=frame.months[day.month - 1],
            day=day.day,
            weekday=frame.weekdays[day.weekday()],
        )

    def _moment(self, time: datetime, language: str, form: str = "date") -> str:
        local = time.astimezone(self._city.timezone)
        return self._frames[language].moment.format(
            date=self._date(time, language, form), time=f"{local:%H:%M}"
        )

    def _period_label(self, service: Service, language: str) -> str:
        label = named(self._city.period_label(service), language)
        return label[:1].upper() + label[1:]

    def _period(self, period: Period, language: str) -> str:
        """A period in words, by how the law counts it."""
        forms = self._frames[language].periods
        rules = self._city.clock.rules
        if period.unit is Unit.IMMEDIATELY:
            hours = rules.immediate_micros // _MICROS_PER_HOUR
            return forms["now"].format(hours=hours)
        by_hours = period.unit is Unit.DAYS and self._city.clock.counts_hours(period)
        form = forms["d_hours" if by_hours else str(period.unit)]
        hours = period.amount * rules.day_micros // _MICROS_PER_HOUR
        return form.format(amount=period.amount, hours=hours)


class _Reading:
    """Reads the texts and gathers all that is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._faults: list[str] = []
        self._environment = jinja2.Environment(
            # Plain text: there is nothing to escape into.
            autoescape=False,  # noqa: S701
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def must_be_whole(self) -> None:
        """Raises MessagesFault with everything that was found."""
        if self._faults:
            raise MessagesFault("; ".join(self._faults))

    def frame(self, language: str) -> _Frame:
        """What surrounds the mails of a language."""
        frame = self._read(f"{_FRAME}/{language}", _Frame)
        wanted = {"d_hours", *(str(unit) for unit in Unit)}
        if missing := wanted - frame.periods.keys():
            self._faults.append(f"{_FRAME}/{language}.yaml: periods: {sorted(missing)} missing")
        if tiers := set(Workload) - frame.anywhere.keys():
            self._faults.append(f"{_FRAME}/{language}.yaml: anywhere: {sorted(tiers)} missing")
        return frame

    def texts(self, name: TextName, language: str) -> _Compiled:
        """One text in one language, in all its forms."""
        place = f"{name}/{language}"
        read = self._read(place, _Texts)
        return _Compiled(
            subject=self.compiled(place, "subject", read.subject),
            mail=self.compiled(place, "mail", read.mail),
            sms=[self.compiled(place, "sms", text) for text in read.sms],
            lms_subject=self.compiled(place, "lms_subject", read.lms_subject),
            lms=self.compiled(place, "lms", read.lms),
        )

    def compiled(
        self, place: str, key: str, text: str, more: frozenset[str] | set[str] = frozenset()
    ) -> jinja2.Template:
        """A template that speaks of nothing but what there is."""
        try:
            spoken = jinja2.meta.find_undeclared_variables(self._environment.parse(text))
            if unknown := spoken - VALUES - more:
                self._faults.append(f"{place}.yaml: {key}: no such value: {sorted(unknown)}")
            return self._environment.from_string(text)
        except jinja2.TemplateSyntaxError as error:
            self._faults.append(f"{place}.yaml: {key}: {error.message}")
            return self._environment.from_string("")

    def _read(self, place: str, shape: type[P]) -> P:
        """Raises MessagesFault at once for a file without which nothing more can be checked."""
        path = self._folder / f"{place}.yaml"
        try:
            return shape.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise MessagesFault(f"{place}.yaml: {'; '.join(faults)}") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            kind = type(error).__name__
            raise MessagesFault(f"{place}.yaml: cannot be read ({kind})") from error


def _unit_of(city: City) -> str:
    """Who writes all messages, in the city's first language."""
    language = city.languages[0]
    return f"{named(city.names, language)} {named(city.contact_office.names, language)}"


def sms_bytes(text: str) -> int | None:
    """The length in bytes by which Korean carriers judge a text; None if EUC-KR cannot express
    it."""
    try:
        return len(text.encode("cp949"))
    except UnicodeEncodeError:
        return None


def _short_or_long(texts: _Compiled, values: Mapping[str, Any]) -> tuple[Form, str, str]:
    for short in texts.sms:
        # One that leaves the message to the long form is empty.
        text = short.render(values).strip()
        size = sms_bytes(text)
        if text and size is not None and size <= SMS_BYTES and "\n" not in text:
            return Form.SMS, "", text
    return Form.LMS, texts.lms_subject.render(values), texts.lms.render(values).strip()


def _due_label(labels: _DueLabels, service: Service | None) -> str:
    """What a date is called: the law's, an expectation, or neither yet while nobody knows what the
    matter is about. An assumed period must not be shown as one that the law sets."""
    if service is None:
        return labels.provisional
    return labels.assumed if service.certainty is Certainty.ASSUMED else labels.sourced


def _agency(office: Office) -> str:
    if office.kind is OfficeKind.CITY:
        return ""
    return office.district or ""


def _shortened(text: str) -> str:
    return text if len(text) <= LMS_ANSWER else text[: LMS_ANSWER - 1].rstrip() + "…"
