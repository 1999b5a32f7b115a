"""What of a citizen's words and contact may be compared elsewhere without anybody reading them.

Owns two digests under keys that only intake holds. Whoever has them sees that two texts are alike,
or that two inquiries have one contact, and can test neither words nor addresses against them: the
key is missing. What follows from a likeness is left to routing.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

import numpy as np
import numpy.typing as npt

from services.intake.domain.model import Contact

# Places of a signature. The share of equal places estimates the share of common pieces with an
# error of at most 0.0625 (one standard deviation). More: longer to compute and to store. Fewer:
# texts look more or less alike than they are.
PLACES = 64
# Letters in a piece. Longer: one changed letter costs more pieces. Shorter: all Korean texts are
# alike by their endings.
PIECE = 3
# Letters of a text that are looked at: enough to know it again, and a bound on the work.
MOST_LETTERS = 2_000
_HIGH = np.uint64(32)


class Likenesses:
    """Digests under keys that are derived from one secret of intake's. Another secret makes others:
    what was compared before it changed is not found alike any more."""

    def __init__(self, *, key: str) -> None:
        self._pieces = _derived(key, b"intake: likeness of words")
        self._contacts = _derived(key, b"intake: likeness of contacts")
        drawn = np.random.Generator(np.random.Philox(int.from_bytes(self._pieces[:16], "big")))
        whole = np.iinfo(np.uint64).max
        self._factors = drawn.integers(whole, size=(PLACES, 1), dtype=np.uint64) | np.uint64(1)
        self._shifts = drawn.integers(whole, size=(PLACES, 1), dtype=np.uint64)

    def signature(self, text: str) -> bytes:
        """The MinHash signature of the text's pieces: PLACES numbers of 32 bit, little-endian;
        empty for a text without a letter or digit."""
        letters = _levelled(text)
        if not letters:
            return b""
        last = max(len(letters) - PIECE, 0)
        pieces = {letters[at : at + PIECE] for at in range(last + 1)}
        numbers = np.frombuffer(b"".join(map(self._number, pieces)), dtype=np.uint64)
        least: npt.NDArray[np.uint64] = (self._factors * numbers + self._shifts).min(axis=1)
        return (least >> _HIGH).astype("<u4").tobytes()

    def petitioner(self, contact: Contact | None) -> str:
        """The digest of the contact by which the same citizen is known again: the phone number,
        else the e-mail address; one that somebody vouches for comes before one that nobody does.
        Empty without either."""
        address = "" if contact is None else _address(contact)
        if not address:
            return ""
        return hmac.new(self._contacts, address.encode(), hashlib.sha256).hexdigest()[:32]

    def _number(self, piece: str) -> bytes:
        return hashlib.blake2b(piece.encode(), key=self._pieces, digest_size=8).digest()


def _derived(key: str, use: bytes) -> bytes:
    return hmac.digest(key.encode(), use, hashlib.sha256)


def _levelled(text: str) -> str:
    """The letters and digits of a text in one width and case: spaces are where Korean writers
    differ most."""
    level = unicodedata.normalize("NFKC", text[:MOST_LETTERS]).casefold()
    return "".join(letter for letter in level if letter.isalnum())


def _address(contact: Contact) -> str:
    phone, email = contact.phone or "", (contact.email or "").strip().lower()
    if contact.email_verified and not contact.phone_verified:
        return email or phone
    return phone or email
