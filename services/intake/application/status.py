"""Shows a citizen how far the inquiry has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.intake.application.links import StatusLinks
from services.intake.application.ports import Answers, Finder
from services.intake.domain import receipts
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Assigned,
    Closed,
    Inquiry,
    Status,
    Step,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOffice:
    """An office as a citizen reads it, in the citizen's language."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An answer as a citizen reads it."""

    text: str
    office: NamedOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """What the holder of the secret may know. `answer_unavailable` says that there is an answer
    whose words cannot be had at the moment."""

    inquiry_id: str
    receipt_number: str
    status: Status
    office: NamedOffice | None
    received_at: datetime
    expected_answer_by: datetime
    answered_at: datetime | None
    answer: Words | None
    answer_unavailable: bool
    history: tuple[Step, ...]


class ReadStatus:
    """Needs the receipt number and the secret; nothing else opens an inquiry."""

    def __init__(self, *, city: City, finder: Finder, answers: Answers, links: StatusLinks) -> None:
        self._city = city
        self._finder = finder
        self._answers = answers
        self._links = links

    async def read(self, receipt_number: str, secret: str) -> PublicStatus:
        """The status as far as intake has heard of it.

        Raises `invalid_receipt_number` for a number that does not check, and `unknown_receipt`
        (NOT_FOUND) for no such inquiry and for a wrong secret alike.
        """
        found = await self._finder.by_receipt(receipts.read(receipt_number))
        if found is None or not self._links.opens(found[0], secret):
            raise DomainError(
                "unknown_receipt", Kind.NOT_FOUND, "no inquiry has this receipt number and secret"
            )
        inquiry_id, state = found
        record = state.record
        answer = state.answer if isinstance(state, Answered | Closed) else None
        words, unavailable = None, False
        if answer is not None:
            words, unavailable = await self._words(inquiry_id, answer, record.asked.language)
        return PublicStatus(
            inquiry_id=inquiry_id,
            receipt_number=record.receipt_number,
            status=Status(state.status),
            office=self._office(state),
            received_at=record.asked.received_at,
            expected_answer_by=record.asked.expected_answer_by,
            answered_at=answer.answered_at if answer else None,
            answer=words,
            answer_unavailable=unavailable,
            history=record.history,
        )

    async def _words(
        self, inquiry_id: str, answer: Answer, language: str
    ) -> tuple[Words | None, bool]:
        text = answer.text
        if text is None:
            try:
                text = await self._answers.words(inquiry_id)
            except DomainError as error:
                if error.kind is not Kind.UNAVAILABLE:
                    raise
                return None, True
        if text is None:
            return None, True
        return Words(text=text, office=self._named(answer.office_id, language)), False

    def _office(self, state: Inquiry) -> NamedOffice | None:
        language = state.record.asked.language
        match state:
            case Assigned(office_id=office_id) | Accepted(office_id=office_id):
                return self._named(office_id, language)
            case Answered(answer=answer) | Closed(answer=answer):
                return self._named(answer.office_id, language)
            case _:
                return None

    def _named(self, office_id: str, language: str) -> NamedOffice:
        office = self._city.offices.get(office_id)
        # An id that the pack no longer knows is still the truth about who had the inquiry.
        return NamedOffice(id=office_id, name=office.names[language] if office else office_id)
