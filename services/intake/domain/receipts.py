"""Receipt numbers: what a person can read out over a phone, `YYMMDD-NNNNN-C`.

The day on the city's calendar, a number counted up from 1 on that day (five digits, more when a
day needs them), and a Damm check digit, which catches every single wrong digit and every swap of
neighbours. Source: H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from services.common.kernel import DomainError, Kind

_QUASIGROUP = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
_DAY, _NUMBER = 6, 5
# Twice what the largest number that could ever be needed takes; a longer text is no number.
_LONGEST = 40


def check_digit(digits: str) -> str:
    """The digit that makes the whole number check."""
    interim = 0
    for digit in digits:
        interim = int(_QUASIGROUP[interim][int(digit)])
    return str(interim)


def write(day: date, number: int) -> str:
    """The receipt number of the `number`-th inquiry (from 1) of a day."""
    head, counted = f"{day:%y%m%d}", f"{number:0{_NUMBER}d}"
    return f"{head}-{counted}-{check_digit(head + counted)}"


def parts(receipt_number: str) -> tuple[date, int]:
    """The day and the number on that day of what `write` wrote. Raises ValueError for anything
    else."""
    head, counted, _ = receipt_number.split("-")
    day = datetime.strptime(head, "%y%m%d").replace(tzinfo=UTC).date()
    if write(day, int(counted)) != receipt_number:
        raise ValueError("no receipt number")
    return day, int(counted)


def read(text: str) -> str:
    """The receipt number a person meant: spaces, dashes and dots, their lack, and full-width
    digits do not matter.

    Raises DomainError `invalid_receipt_number` when a digit is wrong, missing or too many.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST])
    digits = "".join(c for c in plain if c not in " -.·–—_/\t")
    counted = digits[_DAY:-1]
    if (
        len(text) > _LONGEST
        or not (digits.isascii() and digits.isdigit())
        or len(counted) < _NUMBER
        or (len(counted) > _NUMBER and counted.startswith("0"))
        or check_digit(digits) != "0"
    ):
        raise DomainError(
            "invalid_receipt_number",
            Kind.INVALID,
            "this is not a receipt number; it looks like 261123-00042-0, please compare each digit",
            field="receipt_number",
        )
    return f"{digits[:_DAY]}-{counted}-{digits[-1]}"
