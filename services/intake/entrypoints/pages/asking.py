"""The question on an inquiry's page: how it is worded, and what comes back in its form.

The wording is also what the API gives, so that a partner reads to a citizen what the page says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.cities import is_blank
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind
from services.common.pages import Texts
from services.intake.application.asking import PublicQuestion
from services.intake.domain.model import AskedAbout, Place
from services.intake.domain.supplement import SupplementInquiry

# Beside the codes of the candidates, one may choose these.
ELSEWHERE = "elsewhere"
NONE = "none"
ADDRESS_LONGEST = 300
_CODE_LONGEST = 100
_DIGITS_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A question in words: what is asked and why, what the period does meanwhile, and what happens
    without an answer."""

    text: str
    why: str
    clock: str
    unanswered: str


def wording(asked: PublicQuestion, texts: Texts) -> Wording:
    """The question in one language."""
    return Wording(
        text=texts.say(f"asked.{asked.place or asked.about}"),
        why=texts.say(f"asked.why.{asked.about}"),
        clock=texts.say("asked.clock.stops" if asked.stops_clock else "asked.clock.runs"),
        unanswered=texts.say(f"asked.unanswered.{asked.about}"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came back in the form, as it was written; `question` is 0 where it names none."""

    question: int = 0
    choice: str = ""
    address: str = ""
    service: str = ""

    @classmethod
    def of(cls, form: Mapping[str, object]) -> Written:
        """What a form says; nothing of what is no text, or too long to have been written there."""
        number = _text(form, "question")
        is_number = number.isascii() and number.isdigit() and len(number) <= _DIGITS_MOST
        choice, address = _text(form, "choice"), plain_words(_text(form, "address")).strip()
        service = _text(form, "service")
        return cls(
            question=int(number) if is_number else 0,
            choice=choice if len(choice) <= _CODE_LONGEST else "",
            address=address if len(address) <= ADDRESS_LONGEST else "",
            service=service if len(service) <= _CODE_LONGEST else "",
        )

    def order(self, about: AskedAbout) -> SupplementInquiry:
        """The answer to a question about that. Who wrote an address, or took a service from the
        list, and chose nothing has answered.

        Raises `nothing_chosen`, `address_missing` or `service_missing` (all INVALID).
        """
        if self.choice == NONE:
            return SupplementInquiry(question=self.question, none_offered=True)
        offered = self.choice if self.choice != ELSEWHERE else ""
        if about is AskedAbout.SERVICE and (code := offered or self.service):
            return SupplementInquiry(question=self.question, service_code=code)
        if about is AskedAbout.PLACE and offered:
            return SupplementInquiry(question=self.question, place=Place(dong_code=offered))
        if about is AskedAbout.PLACE and not is_blank(self.address):
            place = Place(address=self.address)
            return SupplementInquiry(question=self.question, place=place)
        missing = "service_missing" if about is AskedAbout.SERVICE else "address_missing"
        slug = missing if self.choice == ELSEWHERE else "nothing_chosen"
        raise DomainError(slug, Kind.INVALID, "the form says nothing that is an answer")


def _text(form: Mapping[str, object], field: str) -> str:
    value = form.get(field, "")
    return value if isinstance(value, str) else ""
