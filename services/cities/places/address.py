"""Reading what people write about a place: the city, districts, dongs, road and post code in it.

Reads Korean and romanised names with or without spaces, particles and lot numbers; a name that is
said not to be meant (강남구 아니고) is left out. Draws no conclusion: that is the locator's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from services.cities.places.gazetteer import Gazetteer, Likely, Meanings, legal_first
from services.cities.places.geography import Geography, Road
from services.cities.places.names import key, keys

MAX_LENGTH = 300
"""Characters of a text that are read: what follows never names the place."""

_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_LISTED = re.compile(r"(?<=\d),\s?(?=\d[\d,.]*가?동)")
"""The commas of 종로1,2,3,4가동, which separate nothing."""
_SEPARATORS = re.compile(r"[\s,/;:!?|\"“”‘’<>=+*#]+")
_FLOURISH = ".…~^-_ㅠㅜㅋㅎ"
"""What people put after a last word."""

_LOT = re.compile(r"(?:산|번지)?\d+(?:-\d+)?(?:번지|번|호)?")
_NUMBER = re.compile(r"(?:지하)?\d")
_POST_CODE = re.compile(r"(?:우(?:편번호)?\)?|〒)?(\d{5})")
_DONG_LIKE = re.compile(r"[가-힣]{2,}[\d.·]*(?:동|가)")
_PARTICLE = re.compile(
    r"에서는?|에게?|에는|까지|부터|으로|로|[은는이가을를의도만과와]|하고|이?랑|[이]?[요여야]|임|"
    r"입니다?|이?인데요?|인|이고|이구요?|[이]?[에예]요|이라고?|라고?|쯤|한테|서|쪽|네"
)
_NOUN = re.compile(
    r"주민[센쎈]터|동사무소|사무소|행정복지센터|파출소|지구대|우체국|시장|[사네삼오]거리|고개|공원|"
    r"아파트|빌라|주택|골목|일대|일원|지역|관내|근처|부근|인근|앞|옆|뒤|안|내|위|아래|건너|"
    r"사[는시]|소재|전체|번지|지하|방[면향]|입구|아니|아[님닌]|말고|빼고|등"
)
_FOLLOWS = re.compile(rf"$|산?\d|{_PARTICLE.pattern}|{_NOUN.pattern}")
"""What may follow a name without a space."""
_ENDS = re.compile(rf"(?:(?:{_NOUN.pattern})?(?:{_PARTICLE.pattern})*)$|산?\d")
"""What may follow a name of two syllables without a space."""
_NEGATED = re.compile(
    r"(?:[이가은는도]|에는)?(?:아니(?:고요?|구요?|라|며|지만|[에예]요|었)?(?![가-힣])|아니(?:고|구|라)|"
    r"아닌(?!가)|아닙니다|아님|말고요?|말구요?|빼고)"
)
_FILLERS = frozenset({"아", "어", "음", "참", "저", "그"})
_TOWN_HALL = "청"
"""Behind a district's name it makes the name of the district's office: 강남구청."""
_STATION = re.compile(rf"(?:역사?|station)(?:$|\d|(?:{_PARTICLE.pattern})$|{_NOUN.pattern})")
"""What makes a name that of a station. A station has the name of one dong and often lies in
another, so that only the pack's table of stations says where it is."""
_STATION_END = "역"
_NOT = "not"
_LONGEST_ROAD = 20
_LONGEST_TOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a text names as its place: each of `dongs` is one name with all it may stand for.

    The short names are those without an ending (강남, 잠실): weaker evidence. `likely` is the known
    name that an unknown word may have meant.
    """

    city: bool = False
    elsewhere: bool = False
    """Another town is named as the place's."""
    within_elsewhere: bool = False
    """That name stands right before or behind a district, dong or road, as in an address."""
    districts: tuple[str, ...] = ()
    short_districts: tuple[str, ...] = ()
    dongs: tuple[Meanings, ...] = ()
    short_dongs: tuple[Meanings, ...] = ()
    road: Road | None = None
    numbered: bool = False
    """A building's number follows the road's name."""
    post_code: tuple[str, ...] = ()
    """The legal places (codes) of the post code."""
    stations: tuple[str, ...] = ()
    """The districts (codes) of the stations that are named."""
    likely: Likely | None = None
    strange_dong: bool = False
    """A word that looks like a dong's name is there and is none of the city's."""


class _Kind(Enum):
    CITY = 1
    ELSEWHERE = 2
    DISTRICT = 3
    DONG = 4
    ROAD = 5
    POST_CODE = 6
    STRANGE = 7
    """What looks like a dong's name and is none of the city's."""
    STATION = 8


_NAMES = frozenset({_Kind.DISTRICT, _Kind.DONG, _Kind.ROAD, _Kind.STATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """A name in the text: `text` is what follows it in the same word, until the next name."""

    kind: _Kind
    value: str = ""
    dong: Meanings = ()
    likely: Likely | None = None
    road: Road | None = None
    short: bool = False
    negated: bool = False
    number: bool = False
    """A lot's or a building's number follows."""
    tail: str = ""
    joins: bool = False
    """No other word stands between the name before and this one."""
    bracketed: bool = False


class Reader:
    """Reads addresses of one city, by the names of a day."""

    __slots__ = (
        "_city",
        "_city_starts",
        "_elsewhere",
        "_post_codes",
        "_roads",
        "_stations",
        "_towns",
    )

    def __init__(self, geography: Geography) -> None:
        self._city = frozenset(key(spelling) for spelling in geography.spellings)
        self._city_starts = sorted(self._city, key=len, reverse=True)
        self._elsewhere = frozenset(key(name) for name in geography.elsewhere)
        self._towns = frozenset(
            name[:-1] for name in self._elsewhere if name[-1] in "시군" and len(name) > 2
        )
        """Short names of towns; these count only right before another name."""
        self._roads: Mapping[str, Road] = {key(road.name): road for road in geography.roads}
        self._post_codes = geography.post_codes
        self._stations = {key(name): districts for name, districts in geography.stations.items()}

    def read(self, text: str, names: Gazetteer) -> Words:
        """The words of a text that name a place."""
        level = unicodedata.normalize("NFKC", text[:MAX_LENGTH]).casefold()
        level = _LISTED.sub(".", level[:MAX_LENGTH])
        reading = _Reading(self, names)
        reading.add(_BRACKETS.sub(" ", level))
        for part in _BRACKETS.findall(level):
            reading.add(part, bracketed=True)
        return reading.words()

    def whole(self, text: str, names: Gazetteer, *, alone: bool) -> _Mention | None:
        """The name that `text` is; `alone` when it is one word of the text."""
        spellings = keys(text)
        if spellings[0] in self._city:
            return _Mention(kind=_Kind.CITY)
        if (code := names.district(spellings)) is not None:
            return _Mention(kind=_Kind.DISTRICT, value=code)
        if dong := names.dong(spellings):
            return _Mention(kind=_Kind.DONG, dong=dong)
        if spellings[0] in self._elsewhere:
            return _Mention(kind=_Kind.ELSEWHERE, value=text)
        if alone and (post := _POST_CODE.fullmatch(text)) and post[1] in self._post_codes:
            return _Mention(kind=_Kind.POST_CODE, value=post[1])
        short = self._short(text, names) if alone else None
        if short is not None and short.kind is _Kind.DISTRICT:
            return short
        if (road := self._roads.get(spellings[0])) is not None:
            return _Mention(kind=_Kind.ROAD, road=road)
        return short

    def _short(self, text: str, names: Gazetteer) -> _Mention | None:
        spellings = keys(text)
        if (code := names.short_district(spellings)) is not None:
            return _Mention(kind=_Kind.DISTRICT, value=code, short=True)
        if (likely := names.short_dong(spellings)) is not None:
            return _Mention(
                kind=_Kind.DONG, value=text, dong=likely.dong, likely=likely, short=True
            )
        if text in self._towns:
            return _Mention(kind=_Kind.ELSEWHERE, value=text, short=True)
        return None

    def peeled(self, token: str, names: Gazetteer, district: str | None) -> list[_Mention]:
        """The names that a word without spaces starts with."""
        station = self.station(token)
        if station is not None:
            return [station]
        for start in self._city_starts:
            if token.startswith(start):
                found = self._names(token[len(start) :], names, district)
                if found:
                    found[0] = replace(found[0], joins=True)
                    return [_Mention(kind=_Kind.CITY), *found]
        found = self._names(token, names, district)
        if found:
            return found
        return self._short_with_particle(token, names)

    def _short_with_particle(self, token: str, names: Gazetteer) -> list[_Mention]:
        for end in range(len(token) - 1, 1, -1):
            if _PARTICLE.fullmatch(token, end):
                short = self._short(token[:end], names)
                if short is not None:
                    return [replace(short, tail=token[end:])]
        return []

    def _names(self, token: str, names: Gazetteer, district: str | None) -> list[_Mention]:
        found: list[_Mention] = []
        rest = token
        while rest:
            started = self._start(rest, names, district)
            if started is None:
                break
            mention, rest = started
            if mention.kind is _Kind.DISTRICT and not mention.short:
                district = mention.value
            no = _NEGATED.match(rest)
            if no is not None:
                mention, rest = replace(mention, negated=True), rest[no.end() :]
            found.append(replace(mention, joins=bool(found)))
        if found:
            found[-1] = replace(
                found[-1], tail=rest, number=found[-1].number or bool(_NUMBER.match(rest))
            )
        return found

    def _start(
        self, token: str, names: Gazetteer, district: str | None
    ) -> tuple[_Mention, str] | None:
        """The name that a word starts with, and what follows it."""
        for end in names.starts(token):
            name, tail = token[:end], token[end:]
            spellings = keys(name)
            code = names.district(spellings)
            if code is not None:
                return self._district(code, name, tail, names)
            dong = names.dong(spellings)
            if dong and self._dong_ends(name, tail, dong, district):
                lot = _LOT.match(tail) is not None
                meant = legal_first(dong, district) if lot else dong
                return _Mention(kind=_Kind.DONG, dong=meant, number=lot), tail
        return self._road(token) or self._town(token, names, district)

    def _district(
        self, code: str, name: str, tail: str, names: Gazetteer
    ) -> tuple[_Mention, str] | None:
        # 종로구청 is an office and no address, but 종로구청운동 is one.
        if tail.startswith(_TOWN_HALL) and self._start(tail, names, code) is None:
            left = tail.removeprefix(_TOWN_HALL)
            if _STATION.match(left):
                return None
            return _Mention(kind=_Kind.DISTRICT, value=code, short=True), left
        if len(name) <= 2 and not (_ENDS.match(tail) or self._start(tail, names, code)):
            return None
        return _Mention(kind=_Kind.DISTRICT, value=code), tail

    @staticmethod
    def _dong_ends(name: str, tail: str, dong: Meanings, district: str | None) -> bool:
        if _STATION.match(tail):
            return False
        if len(name) <= 2:
            return _ENDS.match(tail) is not None
        within = any(meaning.district == district for meaning in dong)
        return within or name[:-1][-1:].isdigit() or _FOLLOWS.match(tail) is not None

    def _road(self, token: str) -> tuple[_Mention, str] | None:
        for end in range(min(len(token), _LONGEST_ROAD), 1, -1):
            road = self._roads.get(key(token[:end])) if token[end - 1] in "로길" else None
            tail = token[end:]
            number = _NUMBER.match(tail) is not None
            if road is not None and (number or _PARTICLE.fullmatch(tail)):
                return _Mention(kind=_Kind.ROAD, road=road, number=number), tail
        return None

    def _town(
        self, token: str, names: Gazetteer, district: str | None
    ) -> tuple[_Mention, str] | None:
        for end in range(min(len(token), _LONGEST_TOWN), 2, -1):
            tail = token[end:]
            if token[:end] in self._elsewhere and (
                _PARTICLE.fullmatch(tail) or self._start(tail, names, district) is not None
            ):
                return _Mention(kind=_Kind.ELSEWHERE, value=token[:end]), tail
        return None

    def station(self, token: str) -> _Mention | None:
        """The station that a word starts with: its name, and the ending that says it is one."""
        for end in range(len(token), 1, -1):
            if token[end - 1] != _STATION_END or not _STATION.match(token[end - 1 :]):
                continue
            if (name := key(token[: end - 1])) in self._stations:
                return _Mention(kind=_Kind.STATION, value=name, tail=token[end:])
        return None

    def districts_of(self, station: str) -> tuple[str, ...]:
        """The districts (codes) of a station, by the value of its mention."""
        return self._stations[station]

    def post_code(self, code: str) -> tuple[str, ...]:
        """The legal places (codes) of a post code."""
        return self._post_codes[code]


class _Reading:
    """One text while it is read."""

    __slots__ = ("_likely", "_mentions", "_names", "_reader")

    def __init__(self, reader: Reader, names: Gazetteer) -> None:
        self._reader = reader
        self._names = names
        self._mentions: list[_Mention] = []
        self._likely: list[Likely] = []

    def add(self, text: str, *, bracketed: bool = False) -> None:
        """Reads one stretch of the text."""
        tokens = [t for part in _SEPARATORS.split(text) if (t := part.rstrip(_FLOURISH))]
        at, joins = 0, False
        while at < len(tokens):
            found, width = self._at(tokens, at)
            before, after = tokens[at - 1 : at], tokens[at + width : at + width + 3]
            if found:
                found[0] = replace(found[0], joins=joins)
                found[-1] = _beside(found[-1], before, after)
                self._mentions += [replace(m, bracketed=bracketed) for m in found]
                joins = not found[-1].tail
            else:
                strange = self._unknown(tokens[at], after)
                if strange is not None:
                    self._mentions.append(replace(strange, joins=joins))
                joins = joins and _LOT.fullmatch(tokens[at]) is not None
            at += width

    def _at(self, tokens: Sequence[str], at: int) -> tuple[list[_Mention], int]:
        """The names that begin with a word, and how many words they take."""
        for width in (3, 2, 1):
            words = tokens[at : at + width]
            if len(words) < width:
                continue
            mention = self._reader.whole("".join(words), self._names, alone=width == 1)
            if mention is None:
                continue
            after = tokens[at + width : at + width + 1]
            if mention.short and after and _STATION.match(after[0]):
                station = self._reader.station(words[0] + after[0])
                return [] if station is None else [station], 2
            return [mention], width
        return self._reader.peeled(tokens[at], self._names, self._district()), 1

    def _district(self) -> str | None:
        return next(
            (m.value for m in self._mentions if m.kind is _Kind.DISTRICT and not m.short), None
        )

    def _unknown(self, token: str, after: Sequence[str]) -> _Mention | None:
        core = _without_particle(token)
        likely = self._names.likely(core)
        if likely is not None and not _negates(after, token[len(core) :]):
            self._likely.append(likely)
        return _Mention(kind=_Kind.STRANGE) if _DONG_LIKE.fullmatch(core) else None

    def words(self) -> Words:
        """What was read, without the names that are said not to be meant."""
        meant = [m for m in self._mentions if not m.negated]
        dongs, short_dongs, likely = self._dongs(meant)
        roads = [m for m in meant if m.kind is _Kind.ROAD]
        road = next((m for m in roads if m.number), roads[0] if roads else None)
        post = next((m.value for m in meant if m.kind is _Kind.POST_CODE), None)
        elsewhere, within = _elsewhere(meant)
        stations = [m.value for m in meant if m.kind is _Kind.STATION]
        misspelt = self._likely[0] if len(self._likely) == 1 else None
        return Words(
            city=any(m.kind is _Kind.CITY for m in meant),
            elsewhere=elsewhere,
            within_elsewhere=within,
            districts=_codes(meant, short=False),
            short_districts=_codes(meant, short=True),
            dongs=dongs,
            short_dongs=short_dongs,
            road=road.road if road is not None else None,
            numbered=road is not None and road.number,
            post_code=self._reader.post_code(post) if post is not None else (),
            stations=tuple(
                dict.fromkeys(code for s in stations for code in self._reader.districts_of(s))
            ),
            likely=misspelt or likely,
            strange_dong=any(m.kind is _Kind.STRANGE for m in meant),
        )

    @staticmethod
    def _dongs(
        meant: Sequence[_Mention],
    ) -> tuple[tuple[Meanings, ...], tuple[Meanings, ...], Likely | None]:
        """The dongs named in full, those named in short, and what a weaker name may mean."""
        full: list[Meanings] = []
        short: list[Meanings] = []
        likely: Likely | None = None
        lot = False
        districts = _codes(meant, short=False)
        district = districts[0] if len(districts) == 1 else None
        for before, mention in zip([None, *meant], meant, strict=False):
            if mention.kind is not _Kind.DONG:
                continue
            if mention.bracketed:
                if not mention.short:
                    full.append(legal_first(mention.dong, district))
            elif lot:
                continue
            elif not mention.short:
                dong = mention.dong
                full.append(legal_first(dong, district) if mention.number else dong)
                lot = mention.number
            elif _vouched(mention, before):
                short.append(mention.dong)
            else:
                likely = likely or mention.likely
        return tuple(full), tuple(short), likely


def _beside(name: _Mention, before: Sequence[str], after: Sequence[str]) -> _Mention:
    """A name with what the words before and after it say of it."""
    numbered = bool(after) and not name.tail and _LOT.match(after[0]) is not None
    denied = _NOT in before or _negates(after, name.tail)
    return replace(name, number=name.number or numbered, negated=name.negated or denied)


def _vouched(mention: _Mention, before: _Mention | None) -> bool:
    """Whether a short name is surely a place's: it is long, or stands right after another one."""
    if len(mention.value) > 2:
        return True
    named = before is not None and before.kind in (_Kind.CITY, _Kind.DISTRICT)
    return named and mention.joins


def _codes(meant: Sequence[_Mention], *, short: bool) -> tuple[str, ...]:
    found = (m.value for m in meant if m.kind is _Kind.DISTRICT and m.short is short)
    return tuple(dict.fromkeys(found))


def _elsewhere(meant: Sequence[_Mention]) -> tuple[bool, bool]:
    """Whether another town is named as the place's, and beside a name that this city has too."""
    whole = within = False
    for before, mention, after in zip([None, *meant], meant, [*meant[1:], None], strict=False):
        if mention.kind is not _Kind.ELSEWHERE or mention.tail:
            continue
        inside = after is not None and after.joins and after.kind is not _Kind.CITY
        behind = mention.joins and before is not None and not mention.short
        whole = whole or inside or not mention.short
        within = within or any(
            beside and name is not None and name.kind in _NAMES
            for beside, name in ((inside, after), (behind, before))
        )
    return whole, within


def _negates(after: Sequence[str], tail: str) -> bool:
    """Whether the words after a name say that it is not meant."""
    if tail and not _PARTICLE.fullmatch(tail) and not _LOT.fullmatch(tail):
        return False
    words = [word for word in after if word not in _FILLERS and not _LOT.fullmatch(word)]
    return bool(words) and _NEGATED.match(words[0]) is not None


def _without_particle(token: str) -> str:
    for end in range(2, len(token)):
        if _PARTICLE.fullmatch(token, end) and token[end - 1] in "구동가로길u g":
            return token[:end]
    return token
