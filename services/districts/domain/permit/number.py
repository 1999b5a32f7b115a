"""The number of a permit document: what anybody can read off it and verify.

`YYYY-XXXX-XXXX-XXXX-CC`: the year of the decision on the city's calendar, 60 bits of a digest of
the decision in the letters of Crockford's Base32 (none is taken for another), and two check letters
by a pure system as of ISO 7064, with the radix 32 and the prime modulus 1021: any single wrong
character and any swap of neighbours is found. The digest makes numbers that nobody can count up or
guess. At ten million documents two of them have the same number with a probability of about one to
twenty thousand; the page then shows neither.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from services.common.kernel import DomainError, Kind

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_GROUPS = 3
_BITS = 60
_MODULUS = 1021
_SHAPE = re.compile(rf"[0-9]{{4}}[{_LETTERS}]{{14}}")
# Twice what a number with its dashes takes; a longer text is none.
_LONGEST = 48


def document_number(inquiry_id: str, round_: int, year: int) -> str:
    """The number of the document of a round's decision: always the same for the same decision."""
    digest = hashlib.sha256(f"permit:{inquiry_id}:{round_}".encode()).digest()
    bits = int.from_bytes(digest, "big") >> (len(digest) * 8 - _BITS)
    letters = "".join(_LETTERS[bits >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    body = f"{year:04}{letters}"
    check = (1 - _value(body) * 32**2) % _MODULUS
    return _written(f"{body}{_LETTERS[check >> 5]}{_LETTERS[check & 31]}")


def read(text: str) -> str:
    """The number that a person meant: spaces, dashes, small letters and full-width ones do not
    matter, and O, I and L are read as the digits they look like.

    Raises DomainError `invalid_document_number` (INVALID) when a character is wrong, missing or too
    many.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).upper().translate(_READ_AS)
    plain = "".join(c for c in plain if c not in " -–—\t")
    if len(text) > _LONGEST or _SHAPE.fullmatch(plain) is None or _value(plain) % _MODULUS != 1:
        raise DomainError(
            "invalid_document_number",
            Kind.INVALID,
            "this is not the number of a document; please compare each character",
            field="number",
        )
    return _written(plain)


def _value(plain: str) -> int:
    value = 0
    for letter in plain:
        value = value * 32 + _LETTERS.index(letter)
    return value


def _written(plain: str) -> str:
    groups = [plain[4 + 4 * n : 8 + 4 * n] for n in range(_GROUPS)]
    return "-".join((plain[:4], *groups, plain[-2:]))
