"""Messages from templates: one file for each language, message and form, all checked at start.

The e-mail form begins with a line `Subject: …`; the SMS form is short and has none. The file
channel uses the e-mail form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

from services.cities import City
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import DeliveryChannel, MessageName, Notice

_FOLDER = Path(__file__).parent.parent / "templates"
_FORMS = {
    DeliveryChannel.EMAIL: "email",
    DeliveryChannel.FILE: "email",
    DeliveryChannel.SMS: "sms",
}
_WEEKDAYS = {
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
LANGUAGES = tuple(_WEEKDAYS)

# A text message carries the beginning of an answer; the status link leads to all of it.
SMS_ANSWER = 400


class TemplateWriter:
    """Writes in the citizen's language, else in the city's first that has templates."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._default = next((lang for lang in city.languages if lang in LANGUAGES), LANGUAGES[0])
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER),
            # Plain text: there is nothing to escape into.
            autoescape=False,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates: Mapping[tuple[str, MessageName, str], jinja2.Template] = {
            (language, name, form): environment.get_template(f"{language}/{name}.{form}.txt")
            for language in LANGUAGES
            for name in MessageName
            for form in set(_FORMS.values())
        }

    def write(
        self, notice: Notice, channel: DeliveryChannel, contact: Contact, *, answer: str, link: str
    ) -> Message:
        """The message in the citizen's language, dates in the city's time zone."""
        language = self._language(contact.language or notice.matter.language)
        form = _FORMS[channel]
        text = self._templates[language, notice.message, form].render(
            self._values(notice, contact, language, answer, link)
        )
        subject = ""
        if form == "email":
            first, _, text = text.partition("\n")
            subject = first.removeprefix("Subject: ").strip()
        return Message(
            delivery_id=notice.delivery_id,
            contact=contact,
            subject=subject,
            body=text.strip() + "\n",
        )

    def _language(self, tag: str) -> str:
        primary = tag.partition("-")[0].lower()
        return primary if primary in LANGUAGES else self._default

    def _values(
        self, notice: Notice, contact: Contact, language: str, answer: str, link: str
    ) -> Mapping[str, Any]:
        return {
            "city": _named(self._city.names, language),
            "name": contact.name,
            "receipt_number": notice.matter.receipt_number,
            "office": self._office(notice.office_id, language),
            "until": self._date(notice.until, language) if notice.until else "",
            "time": f"{notice.until.astimezone(self._city.timezone):%H:%M}" if notice.until else "",
            "status_url": contact.status_url,
            "answer": answer.strip(),
            "short_answer": _shortened(answer.strip()),
            "survey_url": link,
        }

    def _office(self, office_id: str, language: str) -> str:
        """The office's name; its id where this city's pack no longer knows it."""
        office = self._city.offices.get(office_id)
        return _named(office.names, language) if office else office_id

    def _date(self, time: datetime, language: str) -> str:
        """A day as it is written in the language, in the city's time zone."""
        day = time.astimezone(self._city.timezone)
        weekday = _WEEKDAYS[language][day.weekday()]
        if language == "ko":
            return f"{day.year}년 {day.month}월 {day.day}일({weekday})"
        return f"{weekday}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _named(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or next(iter(names.values()))


def _shortened(text: str) -> str:
    return text if len(text) <= SMS_ANSWER else text[: SMS_ANSWER - 1].rstrip() + "…"
