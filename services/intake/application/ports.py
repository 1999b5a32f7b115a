"""What intake needs from outside, as it needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from services.intake.domain.model import Inquiry


class ReceiptNumbers(Protocol):
    """Counts the inquiries of a day."""

    async def next(self, day: date) -> int:
        """A number from 1 that nobody else gets on that day; gaps are possible.

        Raises DomainError UNAVAILABLE when none can be had now.
        """
        ...

    def give_back(self, day: date, number: int) -> None:
        """Takes back a number of that day that no inquiry has, nor will have; another gets it."""
        ...


class Finder(Protocol):
    """Finds an inquiry by what a citizen holds."""

    async def by_receipt(self, receipt_number: str) -> tuple[str, Inquiry] | None:
        """The inquiry's id and state, or None; raises DomainError UNAVAILABLE."""
        ...

    async def by_id(self, inquiry_id: str) -> Inquiry | None:
        """The inquiry's state, or None; raises DomainError UNAVAILABLE."""
        ...


class Answers(Protocol):
    """The words of a case's answers, which lie with the offices."""

    async def words(self, inquiry_id: str) -> Mapping[int, str]:
        """The words of the answers, by round; raises DomainError UNAVAILABLE."""
        ...


class Worth(StrEnum):
    """What a permit's document is worth now."""

    VALID = "valid"
    UNCOLLECTED = "uncollected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDocument:
    """A permit's document. `valid_until` is its last day, None without an end."""

    number: str
    round: int
    worth: Worth
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDecision:
    """What the office decided on an objection to the decision of the round, in its words."""

    round: int
    upheld: bool
    text: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceedings:
    """What a citizen may read of their case beside the answers. `requests` are the words of what an
    office asks for, by round and number; `verify_url` is where anybody verifies a document, empty
    where there is none."""

    requests: Mapping[tuple[int, int], str]
    objections: tuple[ObjectionDecision, ...] = ()
    documents: tuple[IssuedDocument, ...] = ()
    verify_url: str = ""


class Cases(Protocol):
    """The citizen's case, which lies with the offices."""

    async def proceedings(self, inquiry_id: str) -> Proceedings:
        """What the citizen may read of it; raises DomainError UNAVAILABLE."""
        ...


class DocumentFormat(StrEnum):
    """How a document is made out."""

    PDF = "pdf"
    HTML = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOut:
    """A document as bytes."""

    number: str
    content: bytes
    format: DocumentFormat


class Documents(Protocol):
    """The documents of permits, which districts makes out."""

    async def made_out(self, inquiry_id: str, number: str, format_: DocumentFormat) -> MadeOut:
        """The document of that number of an inquiry's case.

        Raises DomainError `unknown_document` (NOT_FOUND) where the case has none of that number,
        and UNAVAILABLE.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One disclosure of personal data: who asked for what, why, and about which inquiries.

    `office_id` is the office for which the caller asked; "" when it asked for itself.
    """

    at: datetime
    caller: str
    office_id: str = ""
    purpose: str
    what: str
    inquiry_ids: Sequence[str]


class AccessLog(Protocol):
    """Keeps every disclosure."""

    async def note(self, access: Access) -> None:
        """Returns once it is stored; raises DomainError UNAVAILABLE."""
        ...
