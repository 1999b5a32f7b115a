"""What may come in: a request checked against the city and completed, or all its faults at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.cities import (
    Channel,
    City,
    Due,
    Matter,
    OutOfCalendar,
    PetitionKind,
    Service,
    Unknown,
    Why,
    days,
)
from services.cities import Place as CityPlace
from services.common.kernel import DomainError, Kind
from services.intake.domain.model import FIRST_ROUND, Answer, Asked, Contact, Place

# Clocks of other systems run ahead by this much without meaning the future.
LEEWAY = timedelta(seconds=60)

# Plausible, not proven: one @, a dotted domain, nothing that could end a header line.
_EMAIL = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\s@<>,;:\"()\[\]\\.]{1,63}\.)+[^\W\d_][\w-]+"
)
_EMAIL_LONGEST = 254

E164 = Callable[[str], str | None]
"""A phone number as a person writes it to E.164 form; None when it cannot be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The answer that came with the request: the matter was settled on the call itself."""

    text: str
    office: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveInquiry:
    """A request to take an inquiry, well-formed but not yet compared with the city."""

    text: str
    category: str | None = None
    place: Place | None = None
    contact: Contact | None = None
    channel: Channel = Channel.WEB
    language: str | None = None
    received_at: datetime | None = None
    answer: Given | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A request that may be stored: its codes, and what was asked. `service_code` is empty when
    none was named; `answer` is there for an answered call."""

    channel: Channel
    language: str
    service_code: str
    received_at: datetime
    asked: Asked
    answer: Answer | None

    def matter(self, receipt_number: str) -> Matter:
        """The matter under its number, as far as it is known at receipt."""
        contact = self.asked.contact
        return Matter(
            receipt_number=receipt_number,
            channel=self.channel,
            language=self.language,
            received_at=self.received_at,
            has_contact=contact is not None and contact.reachable,
            service_code=self.service_code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One input at fault and the remedy; never the input itself."""

    field: str
    message: str


class Refused(DomainError):
    """A request with faults, all of them named."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        named = ", ".join(fault.field for fault in faults)
        super().__init__(
            "invalid_request", Kind.INVALID, f"not valid: {named}", field=faults[0].field
        )
        self.faults = faults


def admit(order: ReceiveInquiry, city: City, now: datetime, e164: E164) -> Admitted:
    """The request, checked and completed with what the city and the clock know.

    Times come in as the database keeps them (`kernel.to_milliseconds`), so that a repeated request
    gets the very same answer. Raises Refused with every fault.
    """
    faults: list[Fault] = []
    answered_at = _answered_at(order.answer, now, faults)
    received_at = _received_at(order.received_at or answered_at or now, now, faults)
    if order.received_at and answered_at and answered_at < received_at:
        faults.append(Fault(field="answer.answered_at", message="lies before received_at"))
    day = received_at.astimezone(city.timezone).date()
    category = _category(order.category, city, day, faults)
    _check_place(order.place, city, day, faults)
    contact = _contact(order.contact, e164, faults)
    language = _language(order.language, city, faults)
    office = _office(order.answer, city, day, faults)
    due = _due(order, city, category, received_at, faults)
    if faults or due is None:
        raise Refused(tuple(faults))
    answer = None
    if order.answer is not None:
        answer = Answer(
            round=FIRST_ROUND,
            office_id=office,
            answered_at=answered_at or now,
            text=order.answer.text,
        )
    return Admitted(
        channel=order.channel,
        language=language,
        service_code=category or "",
        received_at=received_at,
        asked=Asked(text=order.text, place=order.place, contact=contact, expected_answer_by=due.at),
        answer=answer,
    )


def expected_answer(city: City, category: str | None, text: str, received_at: datetime) -> Due:
    """When the law has the citizen expect an answer.

    By the service named; else by the best match of the words; else as a question about a
    procedure, seven days (Petitions Decree 14) unless the city's pack says otherwise.
    """
    service: Service | None = None
    if category is not None:
        service = city.service(category)
    elif matches := city.classify(text):
        service = city.service(matches[0].service)
    if service is not None:
        return city.due(received_at, service.period)
    return city.due(received_at, city.periods.get(PetitionKind.INQUIRY_PROC, days(7)))


def _received_at(given: datetime, now: datetime, faults: list[Fault]) -> datetime:
    if given > now + LEEWAY:
        faults.append(Fault(field="received_at", message="lies in the future"))
    return min(given, now)


def _answered_at(answer: Given | None, now: datetime, faults: list[Fault]) -> datetime | None:
    if answer is None:
        return None
    if answer.answered_at is None:
        return now
    if answer.answered_at > now + LEEWAY:
        faults.append(Fault(field="answer.answered_at", message="lies in the future"))
    return min(answer.answered_at, now)


def _category(code: str | None, city: City, day: date, faults: list[Fault]) -> str | None:
    if code is None:
        return None
    service = city.catalogue.get(code)
    if service is not None and service.validity.holds(day):
        return code
    close = difflib.get_close_matches(code, city.catalogue, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "leave it out to have it found"
    faults.append(Fault(field="category", message=f"is not in the city's catalogue; {hint}"))
    return None


def _check_place(place: Place | None, city: City, day: date, faults: list[Fault]) -> None:
    """Refuses only what can mean nothing; a place that routing may still settle comes in."""
    if place is None or place.address is not None:
        return
    asked = CityPlace(lat=place.lat, lon=place.lon, code=place.dong_code)
    match city.locate(asked, day):
        case Unknown(reason=Why.SWAPPED_COORDINATES):
            fault = Fault(field="place.lat", message="lat and lon are swapped; lat is north-south")
        case Unknown(reason=Why.UNKNOWN_CODE):
            fault = Fault(field="place.dong_code", message="is not a dong of the city on that day")
        case Unknown(reason=Why.NOT_A_COORDINATE, field="lon"):
            fault = _no_coordinate("lon")
        case Unknown(reason=Why.NOT_A_COORDINATE):
            fault = _no_coordinate("lat")
        # A city without geography looks at no coordinate; the globe's bounds hold all the same.
        case _ if abs(place.lat or 0) > 90:
            fault = _no_coordinate("lat")
        case _ if abs(place.lon or 0) > 180:
            fault = _no_coordinate("lon")
        case _:
            return
    faults.append(fault)


def _no_coordinate(field: str) -> Fault:
    return Fault(field=f"place.{field}", message="is not a coordinate in degrees")


def _contact(contact: Contact | None, e164: E164, faults: list[Fault]) -> Contact | None:
    if contact is None:
        return None
    email, phone = contact.email, contact.phone
    if email is not None and (len(email) > _EMAIL_LONGEST or not _EMAIL.fullmatch(email)):
        faults.append(Fault(field="contact.email", message="is not an e-mail address"))
    if phone is not None:
        phone = e164(phone)
        if phone is None:
            faults.append(
                Fault(
                    field="contact.phone",
                    message="is not a phone number; numbers from abroad begin with +",
                )
            )
    if contact.name is None and email is None and phone is None:
        return None
    return replace(contact, phone=phone)


def _language(tag: str | None, city: City, faults: list[Fault]) -> str:
    if tag is None:
        return city.languages[0]
    known = {language.lower(): language for language in city.languages}
    parts = tag.replace("_", "-").lower()
    found = known.get(parts) or known.get(parts.partition("-")[0])
    if found is None:
        faults.append(Fault(field="language", message=f"is none of {', '.join(city.languages)}"))
    return found or city.languages[0]


def _office(answer: Given | None, city: City, day: date, faults: list[Fault]) -> str:
    if answer is None or answer.office is None:
        return city.contact_office.id
    office = city.offices.get(answer.office)
    if office is None or not office.validity.holds(day):
        faults.append(
            Fault(
                field="answer.office",
                message="is no office of the city; leave it out for the contact centre",
            )
        )
    return answer.office


def _due(
    order: ReceiveInquiry,
    city: City,
    category: str | None,
    received_at: datetime,
    faults: list[Fault],
) -> Due | None:
    try:
        return expected_answer(city, category, order.text, received_at)
    except OutOfCalendar as error:
        faults.append(Fault(field="received_at", message=error.message))
        return None
