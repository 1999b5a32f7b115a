"""What may come in: a request checked against the city and completed, or all its faults at once."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.cities import (
    COORDINATE_HINTS,
    FIRST_ROUND,
    Channel,
    City,
    Due,
    FormValue,
    Matter,
    OutOfCalendar,
    Service,
    Unknown,
    Why,
    filled,
    is_blank,
    provisional_due,
)
from services.cities import Place as CityPlace
from services.common.kernel import DomainError, Kind
from services.intake.domain.model import Answer, Asked, Attribute, Contact, Place

# How far the clock of another system may run ahead before a time counts as being in the future.
LEEWAY = timedelta(seconds=60)

# What may stand between the letters of a name. No digit, no @, no slash, no angle bracket: a name
# is set into the city's own messages, where no stranger's link, number or markup may stand.
_BETWEEN_LETTERS = frozenset(" .,'’‘`´-‐·・()")
# Invisible joiners that some scripts need inside words; they cannot hide anything.
_JOINERS = frozenset("\u200c\u200d")
# A dot between two runs of letters looks like the name of a host; an initial is a single letter
# before its dot.
_LIKE_A_HOST = re.compile(r"\w{2,}\.\w{2,}|\bwww\b", re.IGNORECASE)
# A language, a script and a country of BCP 47. Longer tags, and private ones, could say anything.
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?:-.*)?")

Normalise = Callable[[str], str | None]
"""A contact as a person writes it to the form that is sent to; None when nothing can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What messages can reach: e-mail addresses as mail servers take them, and phone numbers that
    receive text messages in E.164 form."""

    email: Normalise
    phone: Normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The answer that came with the request: the matter was settled on the call itself."""

    text: str
    office: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveInquiry:
    """A request to take an inquiry, well-formed but not yet compared with the city. `attributes`
    are the fields of the category's form by code, in the order of the codes; None: no form."""

    text: str
    category: str | None = None
    place: Place | None = None
    contact: Contact | None = None
    channel: Channel = Channel.WEB
    language: str | None = None
    received_at: datetime | None = None
    answer: Given | None = None
    attributes: tuple[tuple[str, FormValue], ...] | None = None


# The scope of callers that may say whose an address is: a portal after sign-in, a contact centre
# that sees the caller's number.
VERIFIES = "contacts:verified"


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


def admit(
    order: ReceiveInquiry,
    city: City,
    now: datetime,
    reach: Reach,
    *,
    verifies: bool = False,
    records: bool = False,
) -> Admitted:
    """The request, checked and completed with what the city and the clock know.

    `verifies` says that the caller may say whose an address is (it has the scope VERIFIES),
    `records` that it may tell what happened before: it is known by a key.

    Times come in as the database keeps them (`kernel.to_milliseconds`), so that a repeated request
    gets the very same answer. Raises Refused with every fault.
    """
    faults: list[Fault] = []
    _check_words(order, faults)
    if not records:
        _check_nothing_is_recorded(order, faults)
    answered_at = _answered_at(order.answer, now, faults)
    received_at = _received_at(order.received_at or answered_at or now, now, faults)
    if order.received_at and answered_at and answered_at < received_at:
        faults.append(Fault(field="answer.answered_at", message="lies before received_at"))
    day = received_at.astimezone(city.timezone).date()
    category = _category(order.category, city, day, faults)
    attributes = _attributes(order, city, day, faults)
    check_place(order.place, city, day, faults)
    contact = _contact(order.contact, reach, faults, verifies=verifies)
    office = _office(order.answer, city, day, faults)
    expected = _expected(order, city, category, received_at, faults)
    danger = city.danger_in(order.text)
    if faults or expected is None:
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
        language=_language(order.language, city),
        service_code=category or "",
        received_at=received_at,
        asked=Asked(
            text=order.text,
            place=order.place,
            contact=contact,
            expected_answer_by=expected.due.at,
            provisional=expected.service is None,
            danger=danger.id if danger is not None else "",
            attributes=attributes,
        ),
        answer=answer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """When the citizen may expect an answer, and the service from which that follows, or None."""

    due: Due
    service: Service | None


def expected_answer(
    city: City, category: str | None, text: str, channel: Channel, received_at: datetime
) -> Expected:
    """By the service named; else by the one that the words name beyond doubt, as routing will take
    it; else the earliest date that the law could set, which is provisional. By a channel on which
    it cannot be filed, when the citizen is told how to file it. Raises OutOfCalendar."""
    service = _service(city, category, text, received_at)
    if service is None:
        return Expected(due=provisional_due(city, received_at, channel), service=None)
    service = city.as_asked(service, channel)
    return Expected(due=city.due_for(service, received_at), service=service)


def _service(city: City, category: str | None, text: str, received_at: datetime) -> Service | None:
    if category is not None:
        return city.service(category)
    day = received_at.astimezone(city.timezone).date()
    said = city.understand_on(text, day)
    return city.service(said.guesses[0].service) if said.sure else None


def _check_words(order: ReceiveInquiry, faults: list[Fault]) -> None:
    """Refuses words that show nothing to whoever reads them."""
    if is_blank(order.text):
        faults.append(Fault(field="text", message="shows nothing; write what you want to ask"))
    if order.answer is not None and is_blank(order.answer.text):
        faults.append(Fault(field="answer.text", message="shows nothing"))


def _check_nothing_is_recorded(order: ReceiveInquiry, faults: list[Fault]) -> None:
    """An answer given on a call is an office's, and has a survey of it; a time of receipt makes an
    office late. A stranger who could say either would write the city's figures."""
    for field, given in (("answer", order.answer), ("received_at", order.received_at)):
        if given is not None:
            message = "only a caller with a key may say so; leave it out"
            faults.append(Fault(field=field, message=message))


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


def _attributes(
    order: ReceiveInquiry, city: City, day: date, faults: list[Fault]
) -> tuple[Attribute, ...]:
    """The form, where one came. Who sends none is taken in all the same: an office may not refuse
    to receive an application (Petitions Act 9), and asks for what is missing (Act 22)."""
    if order.attributes is None:
        return ()
    kind = None if order.category is None else city.permit_kinds.get(order.category)
    if kind is None or not kind.form:
        message = "are of a service with a form; name its code as category, or leave them out"
        faults.append(Fault(field="attributes", message=message))
        return ()
    kept, wrong = filled(kind, dict(order.attributes), day)
    faults.extend(Fault(field=f"attributes.{w.field}", message=w.message) for w in wrong)
    return tuple(Attribute(code=code, value=value) for code, value in kept.items())


def check_place(place: Place | None, city: City, day: date, faults: list[Fault]) -> None:
    """Refuses only what can mean nothing; a place that routing may still settle comes in."""
    if place is None or place.address is not None:
        return
    asked = CityPlace(lat=place.lat, lon=place.lon, code=place.dong_code)
    match city.locate(asked, day):
        case Unknown(reason=Why.UNKNOWN_CODE):
            fault = Fault(field="place.dong_code", message="is not a dong of the city on that day")
        case Unknown(reason=why, field=field) if why in COORDINATE_HINTS:
            fault = Fault(field=f"place.{field or 'lat'}", message=COORDINATE_HINTS[why])
        # A city without geography checks no coordinate against its area; the bounds of the globe
        # hold in every city.
        case _ if abs(place.lat or 0) > 90:
            fault = _no_coordinate("lat")
        case _ if abs(place.lon or 0) > 180:
            fault = _no_coordinate("lon")
        case _:
            return
    faults.append(fault)


def _no_coordinate(field: str) -> Fault:
    return Fault(field=f"place.{field}", message=COORDINATE_HINTS[Why.NOT_A_COORDINATE])


def _contact(
    contact: Contact | None, reach: Reach, faults: list[Fault], *, verifies: bool
) -> Contact | None:
    if contact is None:
        return None
    if not verifies:
        _check_nothing_is_verified(contact, faults)
    name, email, phone = (_shown(given) for given in (contact.name, contact.email, contact.phone))
    if name is not None and not _is_name(name):
        message = "is not a name: write letters, without digits, links or symbols"
        faults.append(Fault(field="contact.name", message=message))
    if email is not None and (email := reach.email(email)) is None:
        message = "is not an address that mail can be sent to"
        faults.append(Fault(field="contact.email", message=message))
    if phone is not None and (phone := reach.phone(phone)) is None:
        message = (
            "is not a number that text messages reach; give a mobile number (from abroad beginning"
            " with +), or leave it out"
        )
        faults.append(Fault(field="contact.phone", message=message))
    if name is None and email is None and phone is None:
        return None
    return Contact(
        name=name,
        email=email,
        phone=phone,
        email_verified=contact.email_verified and email is not None,
        phone_verified=contact.phone_verified and phone is not None,
    )


def _check_nothing_is_verified(contact: Contact, faults: list[Fault]) -> None:
    """What the city writes to a verified address repeats the sender's words: whoever could say so
    for a stranger's address would speak to the stranger in the city's name."""
    for field in ("email_verified", "phone_verified"):
        if getattr(contact, field):
            message = f"only a caller with the scope {VERIFIES} may say so; leave it out"
            faults.append(Fault(field=f"contact.{field}", message=message))


def _shown(text: str | None) -> str | None:
    return None if text is None or is_blank(text) else text


def _is_name(text: str) -> bool:
    """Whether it reads as a name and nothing else, whatever script it is in."""
    plain = unicodedata.normalize("NFKC", text)
    if _LIKE_A_HOST.search(plain):
        return False
    if not any(unicodedata.category(letter).startswith("L") for letter in plain):
        return False
    return all(_of_a_name(letter) for letter in plain)


def _of_a_name(letter: str) -> bool:
    if letter in _BETWEEN_LETTERS or letter in _JOINERS:
        return True
    category = unicodedata.category(letter)[0]
    return category == "M" or (category == "L" and not is_blank(letter))


def _language(tag: str | None, city: City) -> str:
    """The language that the citizen wishes, whether the city has it or not: nobody is refused for
    it, each service answers in the nearest that it has, and the office sees the wish."""
    if tag is None:
        return city.languages[0]
    known = {language.lower(): language for language in city.languages}
    written = tag.replace("_", "-").lower()
    if (found := known.get(written) or known.get(written.partition("-")[0])) is not None:
        return found
    parts = _TAG.fullmatch(written)
    if parts is None:
        return city.languages[0]
    language, script, country = parts.groups()
    wished = [language, script and script.title(), country and country.upper()]
    return "-".join(part for part in wished if part)


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


def _expected(
    order: ReceiveInquiry,
    city: City,
    category: str | None,
    received_at: datetime,
    faults: list[Fault],
) -> Expected | None:
    # Who named a category is not asked what the words mean: where it is none, this is refused.
    words = order.text if order.category is None else ""
    try:
        return expected_answer(city, category, words, order.channel, received_at)
    except OutOfCalendar as error:
        faults.append(Fault(field="received_at", message=error.message))
        return None
