"""Text blocks: sentences that an office puts into what it writes to citizens, as data of the pack.

Owns what a block is for and the gaps that it may have. Leaves to its callers what is known of the
case, and that a person reads the text before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.cities.catalogue.model import Names

LONGEST_BLOCK = 2_000
"""Characters of one block. Longer: a letter, which nobody reads before it is sent."""
UNKNOWN = "○○○"
"""What stands in a gap of which nothing is known, as Korean offices write it: somebody fills it
in."""


class Use(StrEnum):
    """What the office writes."""

    ANSWER = "answer"
    SUPPLEMENT = "supplement"
    """The request for what is missing (Petitions Act 22)."""
    EXTENSION = "extension"
    RETURN = "return"
    """The documents go back, because what was missing did not come (Petitions Decree 25)."""
    GRANTED = "granted"
    GRANTED_CONDITIONALLY = "granted_conditionally"
    REFUSED = "refused"


class Gap(StrEnum):
    """What the case fills in; written `{receipt_number}` in a block."""

    RECEIPT_NUMBER = "receipt_number"
    SERVICE = "service"
    OFFICE = "office"
    PLACE = "place"
    RECEIVED_ON = "received_on"
    DUE_ON = "due_on"
    TODAY = "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """One block. `services` are the codes of the matters that it is for, empty for all; `title`
    names it in a list, `text` has gaps."""

    code: str
    uses: frozenset[Use]
    services: frozenset[str]
    title: Names
    text: Names

    def fits(self, use: Use, service: str) -> bool:
        """Whether it is for this use on a matter of this code."""
        return use in self.uses and (not self.services or service in self.services)

    def filled(self, language: str, known: Mapping[Gap, str]) -> str:
        """The text in a language that it has, with what is known of the case in its gaps. What is
        set in is never read for gaps of its own."""
        return self.text[language].format_map({gap.value: known.get(gap) or UNKNOWN for gap in Gap})
