"""How far the application for a permit has got, and the documents that came of it.

A part of the case: it is stored with the case in one write. Pure, and knows no case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The office has looked whether the application is whole. `missing` are codes of the kind's
    documents; whoever finds nothing missing has found it whole."""

    missing: tuple[str, ...]
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSettled:
    """The fee is paid, `amount` in won, or waived (0). `exemption` is the code of the kind's
    exemption, empty for none; `reference` is the payment's own number at the office's till."""

    amount: int
    exemption: str
    reference: str
    settled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The office has taken the permit back. `reason` is personal data."""

    reason: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the office may set when it grants. `holder` is who may do what is permitted, and
    personal data like the conditions. `valid_until` is the last day, None for the kind's own;
    `to_be_collected` says that the citizen comes for the document."""

    holder: str = ""
    conditions: tuple[str, ...] = ()
    valid_until: date | None = None
    to_be_collected: bool = False


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was issued with a decision. `number` is the same for the same decision, wherever it is
    made out.

    `terms` are as the office stated them. `valid_until` follows from them: the last day by the
    city's calendar, None without an end; `expires_at` is the first moment after it. `collect_by` is
    the last moment to come for it, None where nobody need come.
    """

    number: str
    round: int
    office_id: str
    delegated_by: str
    decided_at: datetime
    conditional: bool
    terms: Terms
    valid_until: date | None
    expires_at: datetime | None
    collect_by: datetime | None
    collected_at: datetime | None = None
    uncollected_at: datetime | None = None
    expired_at: datetime | None = None
    revocation: Revocation | None = None
    replaced_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitFile:
    """The application and its documents, the newest last. `numbers` are those of the documents; the
    index over them finds a document that somebody verifies."""

    checked: Checked | None = None
    fee: FeeSettled | None = None
    documents: tuple[Document, ...] = ()
    numbers: tuple[str, ...] = ()


class Standing(StrEnum):
    """What a document is worth."""

    VALID = "valid"
    UNCOLLECTED = "uncollected"
    """Nobody came for it within the time, and the office has destroyed it (Petitions Decree 25
    (4))."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    REPLACED = "replaced"
    """A later decision on the same matter has a document of its own."""


def standing(document: Document, now: datetime) -> Standing:
    """What the document is worth at a moment; what ended it first in law comes first: a permit that
    was taken back is not merely expired."""
    if document.revocation is not None:
        return Standing.REVOKED
    if document.replaced_by:
        return Standing.REPLACED
    if document.collected_at is None and _over(document.collect_by, now):
        return Standing.UNCOLLECTED
    if document.expires_at is not None and now >= document.expires_at:
        return Standing.EXPIRED
    return Standing.VALID


def _over(last: datetime | None, now: datetime) -> bool:
    return last is not None and now > last
