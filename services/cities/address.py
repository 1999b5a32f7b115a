"""Reading an address line, of either kind: the city, the district and the dongs that it names.

Reads what stands before the number, and what stands in brackets; floors and buildings come after
it. Draws no conclusion: that is the locator's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from services.cities.gazetteer import Gazetteer, Meanings, legal_first
from services.cities.names import key

MAX_LENGTH = 300
"""Characters that are read; what follows is never the place."""

_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_LISTED = re.compile(r"(?<=\d),\s?(?=\d[\d,.]*가?동)")
"""The commas of 종로1,2,3,4가동, which separate nothing."""
_SEPARATORS = re.compile(r"[\s,/]+")
_DONG_LIKE = re.compile(r"[가-힣]+[\d.·]*(?:동|가)")
_LOT = re.compile(r"(?:산)?\d+(?:-\d+)?(?:번지|번)?")
_ROAD = re.compile(r".*(?:로|길)\d*(?:번?[가-하]?길)?")
_OTHER_AREA = re.compile(r"[가-힣]{1,4}(?:시|도|군|구)")
_TOWN_HALL = "청"
"""Makes a district's name its office's: 강남구청."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an address names: each of `dongs` is one name with all it may stand for."""

    city: bool
    elsewhere: bool
    district: str | None
    dongs: tuple[Meanings, ...]
    strange_dong: bool
    """A word that looks like a dong's name is there and is none of the city's."""


class Reader:
    """Reads addresses of one city, by the names of a day."""

    __slots__ = ("_city", "_city_starts", "_elsewhere")

    def __init__(self, *, spellings: Sequence[str], elsewhere: Sequence[str]) -> None:
        self._city = frozenset(key(spelling) for spelling in spellings)
        self._city_starts = sorted(self._city, key=len, reverse=True)
        self._elsewhere = frozenset(key(name) for name in elsewhere)

    def read(self, text: str, names: Gazetteer) -> Words:
        """The words of an address that name a place."""
        level = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).casefold()
        level = _LISTED.sub(".", level[:MAX_LENGTH])
        bracketed = [token for part in _BRACKETS.findall(level) for token in _tokens(part)]
        tokens, city = self._without_city(_tokens(_BRACKETS.sub(" ", level)))
        tokens, district, before = _without_district(tokens, names)
        dongs, strange = _dongs(tokens, names)
        dongs += [legal_first(found) for token in bracketed if (found := names.dong(token))]
        return Words(
            city=city,
            elsewhere=not city and self._names_another(before),
            district=district,
            dongs=tuple(dongs),
            strange_dong=strange,
        )

    def _without_city(self, tokens: list[str]) -> tuple[list[str], bool]:
        others = [token for token in tokens if key(token) not in self._city]
        if len(others) < len(tokens):
            return others, True
        for start in self._city_starts:
            if tokens and tokens[0].startswith(start):
                return [tokens[0].removeprefix(start), *tokens[1:]], True
        return tokens, False

    def _names_another(self, tokens: Sequence[str]) -> bool:
        """Whether these words, which stand before any district's name, name another city."""
        if any(key(token) in self._elsewhere for token in tokens):
            return True
        return bool(tokens) and _OTHER_AREA.fullmatch(tokens[0]) is not None


def _tokens(text: str) -> list[str]:
    return [token for token in _SEPARATORS.split(text) if token]


def _without_district(
    tokens: list[str], names: Gazetteer
) -> tuple[list[str], str | None, list[str]]:
    """The other tokens, the district's code, and the tokens before it."""
    for index, token in enumerate(tokens):
        before = tokens[:index]
        for width in (2, 1):
            code = names.district("".join(tokens[index : index + width]))
            if code is not None:
                return [*before, *tokens[index + width :]], code, before
        start = names.district_start(token)
        if start is None:
            continue
        code, left = start
        # 종로구청 is an office and no address, but 종로구청운동 is one.
        if left.startswith(_TOWN_HALL) and not (names.dong(left) or names.dong_before_lot(left)):
            continue
        return [*before, left, *tokens[index + 1 :]], code, before
    return tokens, None, tokens


def _dongs(tokens: Sequence[str], names: Gazetteer) -> tuple[list[Meanings], bool]:
    """The first dong named before the number (a list of one or none), and any strange one."""
    strange = False
    for index, token in enumerate(tokens):
        for width in (2, 1):
            meanings = names.dong("".join(tokens[index : index + width]))
            if meanings:
                after = tokens[index + width : index + width + 1]
                lot = bool(after) and _LOT.fullmatch(after[0]) is not None
                return [legal_first(meanings) if lot else meanings], strange
        meanings = names.dong_before_lot(token)
        if meanings:
            return [legal_first(meanings)], strange
        strange = strange or _DONG_LIKE.fullmatch(token) is not None
        if _ROAD.fullmatch(token) and index + 1 < len(tokens):
            break
    return [], strange
