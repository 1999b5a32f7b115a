"""What gives a person away in a sentence, as far as a machine can see it: numbers and addresses.

Names it does not see. Whoever keeps a sentence has a person read it, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

PERSONAL: Mapping[str, re.Pattern[str]] = {
    "a resident number": re.compile(r"\d{6}\s?-\s?[1-8]\d{6}|(?<!\d)\d{13}(?!\d)"),
    "a telephone number": re.compile(r"(?<!\d)0\d{1,2}[-.\s]?\d{3,4}[-.\s]?\d{4}(?!\d)"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "a licence plate": re.compile(r"\d{2,3}\s?[가-힣]\s?\d{4}"),
    "a card or account number": re.compile(r"(?<!\d)(?:\d[-\s]?){11,16}(?!\d)"),
}
"""Patterns by what they find."""


def personal_in(text: str) -> str | None:
    """What of PERSONAL a text holds, the first; None where it holds none."""
    return next((what for what, pattern in PERSONAL.items() if pattern.search(text)), None)
