"""What an office may order. An entry point makes these, and `decide.carry_out` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.districts.domain.case.events import DeclineReason, PermitDecision
from services.districts.domain.case.model import Officer
from services.districts.domain.permit.model import NO_TERMS, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByOffice:
    """What every command may say.

    `occurred_at` is when the office says that it acted; None: now. `command_id` is the office's own
    id for the command: however often the command is sent under it, it takes effect once. Without an
    id a repeat is known by what it asks, within its round. `expected_version` is the version of the
    case that the office decided on; None: any.
    """

    occurred_at: datetime | None = None
    command_id: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(_ByOffice):
    """Takes responsibility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(_ByOffice):
    """Refuses responsibility; the office may say which other one it thinks competent."""

    reason: DeclineReason
    suggested_office_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_ByOffice):
    """Answers the citizen and ends the case. The text is personal data."""

    text: str
    officer: Officer


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidePermit(_ByOffice):
    """Grants or refuses a permit and ends the case. The text is personal data: the conditions if
    there are any, and for a refusal its reason. Notify adds the remedies to its message. `terms`
    are those of a grant."""

    decision: PermitDecision
    text: str
    officer: Officer
    terms: Terms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckApplication(_ByOffice):
    """Says which documents are missing, by the codes of the kind; with none it is whole."""

    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFee(_ByOffice):
    """The fee was paid, in won, or waived by an exemption of the kind. `reference` is the payment's
    number at the till."""

    amount: int
    exemption: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCollection(_ByOffice):
    """The citizen has come for the document; empty: the newest of the case."""

    document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePermit(_ByOffice):
    """Takes the permit back. The reason is personal data."""

    reason: str
    document_no: str = ""


Command = Accept | Decline | Answer | DecidePermit
PermitCommand = CheckApplication | RecordFee | RecordCollection | RevokePermit
