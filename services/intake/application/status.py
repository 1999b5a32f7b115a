"""Shows a citizen how far the inquiry has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    answers_of,
    round_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOffice:
    """An office as a citizen reads it, in the citizen's language."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """The answer of a round as a citizen reads it. `text` is None while its words cannot be had."""

    round: int
    text: str | None
    office: NamedOffice
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStatus:
    """What the holder of the secret may know. `status` and `answer` are of the `round`, `earlier`
    are the answers of those before, oldest first."""

    inquiry_id: str
    receipt_number: str
    status: Status
    round: int
    office: NamedOffice | None
    received_at: datetime
    expected_answer_by: datetime
    answer: PublicAnswer | None
    earlier: tuple[PublicAnswer, ...]
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
        matter, asked = state.record.matter, state.record.asked
        round_ = round_of(state)
        answers = await self._public(inquiry_id, answers_of(state), matter.language)
        return PublicStatus(
            inquiry_id=inquiry_id,
            receipt_number=matter.receipt_number,
            status=Status(state.status),
            round=round_,
            office=self._office(state),
            received_at=matter.received_at,
            expected_answer_by=asked.expected_answer_by,
            answer=next((answer for answer in answers if answer.round == round_), None),
            earlier=tuple(answer for answer in answers if answer.round < round_),
            history=state.record.history,
        )

    async def _public(
        self, inquiry_id: str, answers: Sequence[Answer], language: str
    ) -> Sequence[PublicAnswer]:
        held = all(answer.text is not None for answer in answers)
        words = {} if held else await self._words(inquiry_id)
        return [
            PublicAnswer(
                round=answer.round,
                text=words.get(answer.round) if answer.text is None else answer.text,
                office=self._named(answer.office_id, language),
                answered_at=answer.answered_at,
            )
            for answer in answers
        ]

    async def _words(self, inquiry_id: str) -> Mapping[int, str]:
        """The words by their rounds; none while districts is away, the page goes without them."""
        try:
            return await self._answers.words(inquiry_id)
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            return {}

    def _office(self, state: Inquiry) -> NamedOffice | None:
        language = state.record.matter.language
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
