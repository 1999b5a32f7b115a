"""How alike two matters are, with the evidence for it.

Owns the comparison and the one threshold. What is compared are pseudonyms: nobody here can read a
word or an address. Symmetric: who is compared with whom makes no difference. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# From this share of equal places on, two texts say the same. On the hand-made pairs of
# tests/unit/routing/data/alike.csv all that it finds are the same matter, and it finds ten of
# twelve; of all pairs of different Korean examples of one service it holds one in two thousand
# alike, mostly search words. Lower: a matter may be taken for a repetition that is none. Higher: a
# repetition with a new beginning is not found.
SAME_CONTENT = 0.35
# A place of a signature is a number of so many bytes.
_PLACE_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """By what a matter is known to be like others.

    `signature` stands for the text (as intake makes it) and may be empty; so may `petitioner`, for
    a citizen without contact. Both are pseudonyms and are shown to nobody. The codes are those of
    the matter; what was not found is empty.
    """

    inquiry_id: str
    signature: bytes
    petitioner: str
    service_code: str
    district_code: str
    dong_code: str
    received_at: datetime

    def __repr__(self) -> str:
        """Without the pseudonyms, so that no log and no failed test shows them."""
        return f"Likeness({self.inquiry_id})"

    @property
    def order(self) -> tuple[datetime, str]:
        """Matters in the order of their receipt, each at a place of its own."""
        return self.received_at, self.inquiry_id


class SamePlace(StrEnum):
    """How far two matters are about the same place."""

    DONG = "dong"
    DISTRICT = "district"
    """The same district, and at least one does not say which dong."""
    NONE = "none"
    """Neither names a place."""
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two matters are held alike. `text` is the likeness of their words, 0 to 1; `days_apart`
    whole days between their receipts."""

    text: float
    place: SamePlace
    same_service: bool
    same_petitioner: bool
    days_apart: int

    @property
    def same_content(self) -> bool:
        """Whether they ask for the same: the same words, of the same service, at the same place. A
        lamp in another dong is another lamp."""
        same_words = self.text >= SAME_CONTENT
        return same_words and self.same_service and self.place is not SamePlace.NO


def evidence(one: Likeness, other: Likeness) -> Evidence:
    """How alike the two are."""
    return Evidence(
        text=likeness(one.signature, other.signature),
        place=_place(one, other),
        same_service=one.service_code == other.service_code != "",
        same_petitioner=same_petitioner(one, other),
        days_apart=abs(one.received_at - other.received_at).days,
    )


def likeness(one: bytes, other: bytes) -> float:
    """The share of places at which two signatures are equal; 0 where either is empty, or they were
    not made alike."""
    if not one or len(one) != len(other) or len(one) % _PLACE_BYTES:
        return 0.0
    places = range(0, len(one), _PLACE_BYTES)
    equal = sum(one[at : at + _PLACE_BYTES] == other[at : at + _PLACE_BYTES] for at in places)
    return equal / len(places)


def same_petitioner(one: Likeness, other: Likeness) -> bool:
    """Whether the same contact was given; who gave none is nobody's same."""
    return one.petitioner == other.petitioner != ""


def _place(one: Likeness, other: Likeness) -> SamePlace:
    if one.district_code != other.district_code:
        return SamePlace.NO
    if not one.district_code:
        return SamePlace.NONE
    if one.dong_code == other.dong_code != "":
        return SamePlace.DONG
    return SamePlace.NO if one.dong_code and other.dong_code else SamePlace.DISTRICT
