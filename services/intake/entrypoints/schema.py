"""The bodies of the HTTP API, and how they become commands, and answers become bodies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from services.cities import (
    Certainty,
    Channel,
    City,
    FieldType,
    FormField,
    PermitKind,
    PetitionKind,
    PlaceQuestion,
    Service,
    Workload,
    is_blank,
)
from services.common.edge.plain_words import words_only
from services.common.kernel import to_milliseconds
from services.common.pages import label
from services.intake.application.asking import PublicQuestion
from services.intake.application.once import Stored
from services.intake.application.receive import Receipt
from services.intake.application.status import (
    NamedOffice,
    PublicAnswer,
    PublicStatus,
    Standstill,
)
from services.intake.application.urgent import Urgent
from services.intake.domain.admit import VERIFIES, Given, ReceiveInquiry
from services.intake.domain.model import (
    AskedAbout,
    Contact,
    DateReason,
    Mark,
    Place,
    Status,
    Supplement,
)
from services.intake.domain.supplement import Standing, SupplementInquiry
from services.intake.entrypoints.acts_schema import ProceedingsBody
from services.intake.entrypoints.pages import Closing
from services.intake.entrypoints.pages.asking import Wording


def _text_only(value: object) -> object:
    if not isinstance(value, str | datetime):
        raise ValueError("write it as text with an offset, such as 2026-11-23T09:00:00+09:00")
    return value


def _to_utc(time: datetime) -> datetime:
    try:
        return to_milliseconds(time.astimezone(UTC))
    except OverflowError as error:
        raise ValueError("is out of range") from error


def _blank_is_none(value: object) -> object:
    if not isinstance(value, str):
        return value
    return None if is_blank(value) else value.strip()


# A name ends up in the headers of messages.
_ONE_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"

Moment = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_to_utc)]
Blankable = BeforeValidator(_blank_is_none)
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Words = BeforeValidator(words_only)
Answered = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), Words
]
Asked = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000), Words
]


# The bounds of every form; each field's own are the city's (`permits.yaml`).
AttributeCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
AttributeValue = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-(10**15), le=10**15)]
    | Annotated[str, StringConstraints(max_length=1000), Words]
)


def _within(degrees: int) -> dict[str, JsonValue]:
    """Bounds for the document alone: the city refuses what lies beyond them with a better word,
    such as that the two are swapped."""
    return {"minimum": -degrees, "maximum": degrees}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlaceBody(_Body):
    """The place it is about, in exactly one form: `lat` and `lon`, `dong_code`, or `address`."""

    lat: Degrees | None = Field(
        None, description="Latitude, WGS 84", examples=[37.5663], json_schema_extra=_within(90)
    )
    lon: Degrees | None = Field(
        None, description="Longitude, WGS 84", examples=[126.9779], json_schema_extra=_within(180)
    )
    dong_code: str | None = Field(
        None,
        pattern=r"^[\w.-]{1,40}$",
        description="Legal or administrative dong by the city's own code, in Korea 8 or 10 digits",
        examples=["1168010100"],
    )
    address: Annotated[str | None, Blankable, Words] = Field(
        None, max_length=300, description="Address in words"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come together")
        forms = (self.lat, self.dong_code, self.address)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give exactly one of: lat with lon, dong_code, address")
        return self

    def place(self) -> Place:
        """The place."""
        return Place(lat=self.lat, lon=self.lon, dong_code=self.dong_code, address=self.address)


class ContactBody(_Body):
    """How to tell the citizen. It is never published and given to no one without a purpose."""

    name: Annotated[str | None, Blankable] = Field(
        None,
        max_length=60,
        pattern=_ONE_LINE,
        description="How to address the citizen: letters, without digits, links or symbols",
    )
    email: Annotated[str | None, Blankable] = Field(
        None, max_length=254, description="That mail can be sent to; a domain in any script"
    )
    phone: Annotated[str | None, Blankable] = Field(
        None,
        max_length=40,
        description="That text messages reach, as written in the city's country or with + and"
        " country",
    )
    email_verified: bool = Field(
        False,
        description="The sender knows that the address is the citizen's own, as of OpenID Connect's"
        f" `email_verified`. Only for callers with the scope `{VERIFIES}`, such as a portal after"
        " sign-in. Mails to such an address repeat the beginning of the inquiry",
    )
    phone_verified: bool = Field(
        False,
        description="The same of the phone number, as of `phone_number_verified`: such as by a"
        " contact centre that sees the caller's number",
    )

    def contact(self) -> Contact:
        """The contact, not yet checked."""
        return Contact(
            name=self.name,
            email=self.email,
            phone=self.phone,
            email_verified=self.email_verified,
            phone_verified=self.phone_verified,
        )


class AnswerBody(_Body):
    """The answer that was given on the call itself."""

    text: Answered = Field(description="What the citizen was told")
    office: Annotated[str | None, Blankable] = Field(
        None, max_length=100, description="Office that answered; the contact centre when absent"
    )
    answered_at: Moment | None = Field(None, description="When; now when absent")

    def given(self) -> Given:
        """The answer, not yet checked."""
        return Given(text=self.text, office=self.office, answered_at=self.answered_at)


class InquiryBody(_Body):
    """An inquiry as a citizen or a system sends it."""

    text: Asked = Field(description="The citizen's own words, 1 to 5000 characters")
    category: Annotated[str | None, Blankable] = Field(
        None,
        max_length=100,
        description="Service code of the city's catalogue; absent lets the words decide",
    )
    place: PlaceBody | None = None
    contact: ContactBody | None = None
    channel: Channel = Field(Channel.WEB, description="How it came in")
    language: Annotated[str | None, Blankable] = Field(
        None,
        max_length=35,
        description="BCP 47 tag of the language wished for; the city's first when absent. One that"
        " the city does not have is kept: the office sees it, and the nearest there is is used",
    )
    received_at: Moment | None = Field(
        None,
        description="For callers with a key that post later what they received before; not in"
        " the future",
    )
    attributes: dict[AttributeCode, AttributeValue] | None = Field(
        None,
        max_length=40,
        description="The form of the category, by the codes that `/v1/services` names in `form`."
        " Who sends one fills in all that is required; without one the office asks for it",
        examples=[{"trade_name": "다산상회", "domain": "shop.example.kr", "corporation": False}],
    )
    answer: AnswerBody | None = Field(
        None,
        description="For callers with a key: it was answered on the call, and no case follows",
    )

    def order(self) -> ReceiveInquiry:
        """The command that the body stands for."""
        return ReceiveInquiry(
            text=self.text,
            category=self.category,
            place=self.place.place() if self.place else None,
            contact=self.contact.contact() if self.contact else None,
            channel=self.channel,
            language=self.language,
            received_at=self.received_at,
            answer=self.answer.given() if self.answer else None,
            attributes=tuple(sorted(self.attributes.items()))
            if self.attributes is not None
            else None,
        )


class SupplementBody(_Body):
    """What the citizen answers when asked: exactly one of `place`, `service_code` and
    `none_offered`."""

    question: int = Field(ge=1, le=99_999, description="The number of the question")
    place: PlaceBody | None = Field(
        None, description="Where the place was asked for: one of the candidates, or any other"
    )
    service_code: Annotated[str | None, Blankable] = Field(
        None,
        max_length=100,
        description="Where the service was asked for: the code of one of the candidates, or of any"
        " other service of `/v1/services` that is not sealed",
    )
    none_offered: Literal[True] | None = Field(
        None, description="The citizen means nothing of what was offered, or does not know"
    )

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        answers = (self.place, self.service_code, self.none_offered)
        if sum(answer is not None for answer in answers) != 1:
            raise ValueError("give exactly one of: place, service_code, none_offered")
        return self

    def order(self) -> SupplementInquiry:
        """The command that the body stands for."""
        return SupplementInquiry(
            question=self.question,
            place=self.place.place() if self.place else None,
            service_code=self.service_code or "",
            none_offered=self.none_offered is not None,
        )


class SuppliedBody(BaseModel):
    """The answer is stored. The same answer again gets the very same."""

    receipt_number: str
    question: int
    answered_at: datetime

    @classmethod
    def of(cls, supplied: Stored[Supplement]) -> Self:
        """The body of a stored answer."""
        return cls(
            receipt_number=supplied.receipt_number,
            question=supplied.said.number,
            answered_at=supplied.said.supplied_at,
        )


class UrgentBody(BaseModel):
    """Whom to call at once, because the words speak of a danger. Show `text` before all else."""

    name: str = Field(description="What threatens")
    line: str = Field(description="Who acts at once")
    number: str | None = Field(description="Its telephone; null where its number has no source")
    text: str = Field(description="What to say to the citizen, in their language")

    @classmethod
    def of(cls, urgent: Urgent, language: str, text: str) -> Self:
        """The body of whom to call, named in the language."""
        return cls(
            name=label(urgent.names, language).text,
            line=label(urgent.line, language).text,
            number=urgent.number or None,
            text=text,
        )


SayUrgent = Callable[[Urgent, str], str]
"""The text that tells a citizen whom to call at once, in a language."""
Word = Callable[[PublicQuestion, str], Wording]
# Says in a language why an inquiry was closed without an answer.
SayClosing = Callable[[PublicStatus, str], Closing | None]
"""A question in words, in a language."""


class ReceiptBody(BaseModel):
    """The receipt. The same request under the same Idempotency-Key gets the very same one."""

    inquiry_id: str = Field(description="For systems; the key of every event of its life")
    receipt_number: str = Field(description="For people; can be read out over a phone")
    status_url: str = Field(description="Secret link to the status: for the citizen only")
    status_secret: str = Field(description="What opens the status together with the number")
    expected_answer_on: date = Field(description="Last day of the period, by the city's calendar")
    expected_answer_by: datetime = Field(description="End of the statutory period, UTC")
    expected_answer_provisional: bool = Field(
        description="The words leave a doubt about what is asked for: the date is the law's"
        " earliest and may yet move"
    )
    status: Status = Field(description="How things stood at receipt")
    urgent: UrgentBody | None = Field(description="Null where the words speak of no danger")

    @classmethod
    def of(cls, receipt: Receipt, say_urgent: SayUrgent) -> Self:
        """The body of a receipt."""
        return cls(
            inquiry_id=receipt.inquiry_id,
            receipt_number=receipt.receipt_number,
            status_url=receipt.status_url,
            status_secret=receipt.status_secret,
            expected_answer_on=receipt.expected_answer_on,
            expected_answer_by=receipt.expected_answer_by,
            expected_answer_provisional=receipt.provisional,
            status=receipt.status,
            urgent=_urgent(receipt.urgent, receipt.language, say_urgent),
        )


class OfficeBody(BaseModel):
    """An office of the city, named in the citizen's language."""

    id: str
    name: str


class WordsBody(BaseModel):
    """The answer."""

    text: str
    office: OfficeBody


class EarlierAnswerBody(BaseModel):
    """The answer of a round after which the matter was opened again."""

    round: int
    text: str | None = Field(description="Null while its words cannot be had; ask again later")
    office: OfficeBody
    answered_at: datetime


class StepBody(BaseModel):
    """One step."""

    status: Status | Mark = Field(
        description="What was reached. `overdue` (the date has passed, and the office was"
        " reminded), `progress_notice` (so many days have passed that the citizen is told how it"
        " stands), `supplemented` (the citizen has answered what was asked),"
        " `supplement_requested` (the office asks for what is missing), `supplement_received` and"
        " `supplement_unanswered` (it came, or not in time), `supplement_prolonged` (there is"
        " more time for it), `inspection_ordered`, `inspection_prolonged`, `inspection_done` and"
        " `inspection_overrun` (the office looks at the place, takes longer, has looked, or took"
        " all of the time for which that stops the clock), `objection_filed` and"
        " `objection_decided` leave the inquiry where it stood"
    )
    round: int
    at: datetime
    entered_at: datetime | None = Field(
        description="When the office entered it, where that was later than it happened"
    )


class DateChangeBody(BaseModel):
    """The date by which an answer can be expected has moved."""

    before: datetime
    after: datetime
    reason: DateReason
    at: datetime


class OptionBody(BaseModel):
    """One thing to choose."""

    code: str = Field(description="What an answer sends as `service_code`, or as `place.dong_code`")
    name: str


class QuestionBody(BaseModel):
    """What the citizen is asked, because it decides which office is competent; in their language.
    Answer it at `/v1/inquiries/{receipt_number}/answers`."""

    number: int = Field(description="From 1; a later question replaces an earlier one")
    about: AskedAbout
    place_question: PlaceQuestion | None = Field(description="Null where the service is asked for")
    standing: Standing = Field(description="Only an `open` question can be answered")
    text: str = Field(description="What is asked")
    why: str = Field(description="Why it is asked")
    options: list[OptionBody] = Field(
        description="What is likely; a place may be any other, too, and a service any other of"
        " `/v1/services` that is not sealed"
    )
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    clock: str = Field(description="What the period does until the answer")
    unanswered: str = Field(description="What happens without an answer")

    @classmethod
    def of(cls, asked: PublicQuestion, language: str, wording: Wording) -> Self:
        """The body of a question, with the names of its options in the language."""
        return cls(
            number=asked.number,
            about=asked.about,
            place_question=asked.place,
            standing=asked.standing,
            text=wording.text,
            why=wording.why,
            options=[
                OptionBody(code=option.code, name=label(option.names, language).text)
                for option in asked.options
            ],
            asked_at=asked.asked_at,
            answer_by=asked.answer_by,
            answered_at=asked.answered_at,
            clock=wording.clock,
            unanswered=wording.unanswered,
        )


class ClosingBody(BaseModel):
    """Why the inquiry was closed without an answer, in the citizen's language."""

    reason: str
    remedies: list[str] = Field(description="What can be done about it")

    @classmethod
    def of(cls, closing: Closing | None) -> Self | None:
        """The body of a closing, if there was one."""
        if closing is None:
            return None
        return cls(reason=closing.reason, remedies=list(closing.remedies))


class StatusBody(BaseModel):
    """How far the inquiry has come."""

    receipt_number: str
    status: Status = Field(
        description="Of the round. `asked`: the office depends on what the citizen is asked;"
        " `unrouted`: a person will name the office"
    )
    round: int = Field(
        description="1 until the inquiry is answered, one more each time it is opened again"
    )
    office: OfficeBody | None = Field(description="Who has it now, or who answered")
    received_at: datetime
    expected_answer_by: datetime = Field(description="As it stands now, after all its changes")
    expected_answer_provisional: bool = Field(
        description="Nobody knows yet what it is about: the date is the law's earliest and may move"
    )
    expected_answer_overdue: bool = Field(
        description="The date has passed without an answer, and the clock does not stand still"
    )
    clock_stands: Standstill | None = Field(
        description="Why the clock of the period does not run now, so that the date will move:"
        " the office waits for a `supplement`, or looks at the place (`inspection`); null: it runs"
    )
    expected_answer_changes: list[DateChangeBody] = Field(description="Oldest first")
    answered_at: datetime | None = Field(description="When the round was answered")
    answer: WordsBody | None = Field(description="The answer of the round")
    answer_unavailable: bool = Field(
        description="There is an answer, but its words cannot be had now; ask again in a moment"
    )
    closing: ClosingBody | None = Field(
        description="Null unless it was closed without an answer and without the citizen's asking:"
        " it repeats what was answered twice before (`repeat_closed`), or is deemed `withdrawn`, as"
        " two requests for what was missing had no answer"
    )
    earlier_answers: list[EarlierAnswerBody] = Field(description="Of earlier rounds, oldest first")
    question: QuestionBody | None = Field(description="The newest; null where nothing was asked")
    urgent: UrgentBody | None = Field(
        description="Null where the words speak of no danger, and once there is an answer"
    )
    history: list[StepBody]
    proceedings: ProceedingsBody

    @classmethod
    def of(
        cls, status: PublicStatus, say_urgent: SayUrgent, word: Word, say_closing: SayClosing
    ) -> Self:
        """The body of a public status."""
        answer, language, asked = status.answer, status.language, status.question
        return cls(
            receipt_number=status.receipt_number,
            status=status.status,
            round=status.round,
            office=_office(status.office, language) if status.office is not None else None,
            received_at=status.received_at,
            expected_answer_by=status.deadline.at,
            expected_answer_provisional=status.deadline.provisional,
            expected_answer_overdue=status.deadline.overdue,
            clock_stands=status.deadline.stands,
            expected_answer_changes=[
                DateChangeBody(
                    before=change.before, after=change.after, reason=change.reason, at=change.at
                )
                for change in status.deadline.changes
            ],
            answered_at=answer.answered_at if answer is not None else None,
            answer=_words(answer, language) if answer is not None else None,
            answer_unavailable=answer is not None and answer.text is None,
            closing=ClosingBody.of(say_closing(status, language)),
            earlier_answers=[_earlier(earlier, language) for earlier in status.earlier],
            question=asked and QuestionBody.of(asked, language, word(asked, language)),
            urgent=_urgent(status.urgent, language, say_urgent),
            history=[
                StepBody(
                    status=step.status,
                    round=step.round,
                    at=step.at,
                    entered_at=step.entered_at,
                )
                for step in status.history
            ],
            proceedings=ProceedingsBody.of(status.proceedings),
        )


def _urgent(urgent: Urgent | None, language: str, say: SayUrgent) -> UrgentBody | None:
    return None if urgent is None else UrgentBody.of(urgent, language, say(urgent, language))


def _office(office: NamedOffice, language: str) -> OfficeBody:
    return OfficeBody(id=office.id, name=label(office.names, language).text)


def _words(answer: PublicAnswer, language: str) -> WordsBody | None:
    if answer.text is None:
        return None
    return WordsBody(text=answer.text, office=_office(answer.office, language))


def _earlier(answer: PublicAnswer, language: str) -> EarlierAnswerBody:
    return EarlierAnswerBody(
        round=answer.round,
        text=answer.text,
        office=_office(answer.office, language),
        answered_at=answer.answered_at,
    )


class ChoiceBody(BaseModel):
    """One thing to choose in a field."""

    code: str
    name: str


class FieldBody(BaseModel):
    """One field of a service's form."""

    code: str = Field(description="What an inquiry sends it under in `attributes`")
    name: str
    type: FieldType = Field(
        description="How JSON writes it: `integer` and `money` (won) as numbers, `yes_no` as true"
        " or false, `date` as YYYY-MM-DD, `choice` as the code of a choice"
    )
    required: bool
    least: int | None = Field(
        description="Least number, characters of a text, or days from the day of receipt of a date"
    )
    most: int | None = Field(description="The most of the same")
    choices: list[ChoiceBody]

    @classmethod
    def of(cls, field: FormField, language: str) -> Self:
        """The body of a field, named in the language."""
        return cls(
            code=field.code,
            name=label(field.names, language).text,
            type=field.type,
            required=field.required,
            least=field.least,
            most=field.most,
            choices=[
                ChoiceBody(code=choice.code, name=label(choice.names, language).text)
                for choice in field.choices
            ],
        )


class ServiceBody(BaseModel):
    """One thing that people ask the city for."""

    code: str = Field(description="What an inquiry sends as `category`")
    name: str
    language: str = Field(description="Of the name")
    kind: PetitionKind
    place: Literal["none", "district", "dong"] = Field(
        description="How exact a place must be for the office to be found: none, its district, or"
        " its dong"
    )
    period: str = Field(
        description="Within which it is answered: `now`, `3h` (working hours), `7d` (days), `1m`"
        " (months) …",
        examples=["7d"],
    )
    period_status: Certainty = Field(
        description="`assumed`: no law was found that sets the period; never call it one"
    )
    form: list[FieldBody] = Field(
        description="What an application fills in as `attributes`; empty where words are enough"
    )

    @classmethod
    def of(cls, service: Service, kind: PermitKind | None, language: str) -> Self:
        """The body of a service, named in the language."""
        name = label(service.names, language)
        return cls(
            code=service.code,
            name=name.text,
            language=name.language,
            kind=service.kind,
            place=_place_needed(service),
            period=str(service.period),
            period_status=service.certainty,
            form=[FieldBody.of(field, language) for field in kind.form] if kind else [],
        )


class ServicesBody(BaseModel):
    """The services that the city has on a day."""

    services: list[ServiceBody] = Field(description="By code")

    @classmethod
    def of(cls, city: City, day: date, language: str) -> Self:
        """The body of the catalogue of that day."""
        found = sorted(city.services_on(day), key=lambda service: service.code)
        kinds = city.permit_kinds
        return cls(services=[ServiceBody.of(s, kinds.get(s.code), language) for s in found])


def _place_needed(service: Service) -> Literal["none", "district", "dong"]:
    if service.anywhere:
        return "none"
    match service.intake or service.workload:
        case Workload.CITY:
            return "none"
        case Workload.DISTRICT:
            return "district"
        case Workload.DONG:
            return "dong"


SUPPLEMENTS: dict[str, Any] = {
    "place": {
        "summary": "One of the dongs or districts offered, or any other place",
        "value": {"question": 1, "place": {"dong_code": "1168010100"}},
    },
    "service": {
        "summary": "One of the services offered, or any other on the list",
        "value": {"question": 1, "service_code": "street-light"},
    },
    "none": {
        "summary": "Nothing of what was offered",
        "value": {"question": 2, "none_offered": True},
    },
}

EXAMPLES: dict[str, Any] = {
    "question": {
        "summary": "A report with a place and a way to be told",
        "value": {
            "text": "횡단보도 앞 도로가 움푹 파여 있습니다.",
            "place": {"lat": 37.5663, "lon": 126.9779},
            "contact": {"name": "홍길동", "email": "gildong@example.org"},
            "language": "ko",
        },
    },
    "answered_call": {
        "summary": "A call that was answered on the line",
        "value": {
            "text": "Which bus goes to the palace?",
            "channel": "phone",
            "language": "en",
            "contact": {"phone": "010-0000-0000"},
            "answer": {"text": "Bus 109 stops in front of it."},
        },
    },
    "system": {
        "summary": "Another system hands on what it received an hour ago",
        "value": {
            "text": "가로등이 꺼져 있어요.",
            "category": "street-light",
            "place": {"address": "종로구 세종대로 175"},
            "channel": "system",
            "received_at": "2026-11-23T09:00:00+09:00",
        },
    },
}
