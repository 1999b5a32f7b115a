"""Counts a pack's labelled sentences and finds what is wrong with them.

python -m scripts.cities.examples

Owns what the sentences' README promises: the columns, the writers, how many there are, that no two
are alike and none holds personal data. Leaves to people whether a label is right.
"""

from __future__ import annotations

import csv
import math
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cities import PACKS, PERSONAL, City, Fault, load

COLUMNS = ["language", "writer", "text", "also"]
LEAST = {"ko": 25, "en": 8, "zh": 4, "ja": 4, "vi": 4, "mn": 4}
"""The fewest sentences of a service, by language."""
HELD_BACK = frozenset({"elderly", "jeolla", "chat"})
"""Writers whose sentences only judge a model, whatever the language. To train on one would make the
judgement worthless."""
LEAST_HELD_BACK = {"ko": 5, "en": 2, "zh": 1, "ja": 1, "vi": 1, "mn": 1}
WRITERS = HELD_BACK | {
    "plain",
    "official",
    "angry",
    "teen",
    "nospace",
    "typos",
    "gyeongsang",
    "terse",
    "story",
    "several-matters",
    "foreigner",
    "desk",
}
SHORTEST_CHARACTERS, LONGEST_CHARACTERS = 5, 600
MOST_OVERLAP = 0.8
"""The share of three-letter pieces (Dice's) above which two texts are alike. Higher: one sentence
with the place swapped passes. Lower: short texts about one thing are refused."""
PLAIN_SHARE = 1 / 3
"""The least share of a service's Korean sentences that hold none of the service's keywords."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled sentence and where it stands."""

    service: str
    language: str
    writer: str
    text: str
    also: str
    file: str
    line: int

    def fault(self, message: str) -> Fault:
        """What is wrong with it, at its place."""
        return Fault(file=self.file, line=self.line, message=message)


def read(folder: Path) -> tuple[Example, ...]:
    """Every sentence below `folder`, by file name. ValueError: a row or header of other columns."""
    return tuple(example for file in sorted(folder.glob("*.csv")) for example in _rows(file))


def _rows(file: Path) -> Iterator[Example]:
    with file.open(encoding="utf-8", newline="") as lines:
        table = csv.reader(lines)
        if (header := next(table, [])) != COLUMNS:
            raise ValueError(f"{file.name}: the columns are {header}, not {COLUMNS}")
        for row in table:
            if len(row) != len(COLUMNS):
                raise ValueError(f"{file.name}:{table.line_num}: {len(row)} columns")
            language, writer, text, also = row
            yield Example(
                service=file.stem,
                language=language,
                writer=writer,
                text=text,
                also=also,
                file=file.name,
                line=table.line_num,
            )


def faults(examples: Sequence[Example], city: City) -> list[Fault]:
    """Everything that the README forbids, in the order of the files."""
    codes = set(city.catalogue)
    found = [fault for example in examples for fault in _row_faults(example, codes)]
    found += _missing(examples)
    found += _too_official(examples, city)
    found += _alike(examples)
    return sorted(found)


def _row_faults(example: Example, codes: set[str]) -> Iterator[Fault]:
    for code in (example.service, example.also):
        if code and code not in codes:
            yield example.fault(f"no service {code!r} in the catalogue")
    if example.language not in LEAST:
        yield example.fault(f"language {example.language!r} is unknown")
    if example.writer not in WRITERS:
        yield example.fault(f"writer {example.writer!r} is unknown")
    if example.also and (example.writer != "several-matters" or example.also == example.service):
        yield example.fault("only several-matters has another matter")
    if not SHORTEST_CHARACTERS <= len(example.text) <= LONGEST_CHARACTERS:
        yield example.fault(f"the text has {len(example.text)} characters")
    if example.text != " ".join(example.text.split()):
        yield example.fault("the text has a line break or a gap too many")
    if example.text != unicodedata.normalize("NFC", example.text):
        yield example.fault("the text is not composed (NFC)")
    for what, pattern in PERSONAL.items():
        if pattern.search(example.text):
            yield example.fault(f"the text holds {what}")


def _missing(examples: Iterable[Example]) -> Iterator[Fault]:
    have: dict[str, Counter[str]] = defaultdict(Counter)
    judging: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        have[example.file][example.language] += 1
        judging[example.file][example.language] += example.writer in HELD_BACK
    for file in have:
        for language, least in LEAST.items():
            if have[file][language] < least:
                yield Fault(file=file, line=0, message=f"{have[file][language]} in {language}")
            if judging[file][language] < LEAST_HELD_BACK[language]:
                yield Fault(
                    file=file,
                    line=0,
                    message=f"{judging[file][language]} held back in {language}",
                )


def _too_official(examples: Iterable[Example], city: City) -> Iterator[Fault]:
    hits: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        if example.language == "ko":
            matches = city.classify(example.text)
            hits[example.service].append(example.service in {match.service for match in matches})
    for service, found in hits.items():
        if found.count(False) < len(found) * PLAIN_SHARE:
            yield Fault(
                file=f"{service}.csv",
                line=0,
                message=f"{found.count(True)} of {len(found)} texts hold a keyword",
            )


def _letters(text: str) -> str:
    level = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in level if letter.isalnum())


def _pieces(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 3] for at in range(max(1, len(text) - 2)))


def _alike(examples: Iterable[Example]) -> Iterator[Fault]:
    by_language: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_language[example.language].append(example)
    for group in by_language.values():
        yield from _alike_in_one_language(group)


def _alike_in_one_language(group: Sequence[Example]) -> Iterator[Fault]:
    """Compares only texts that share one of their rarest pieces: two that are alike must."""
    pieces = [_pieces(_letters(example.text)) for example in group]
    common = Counter(piece for text in pieces for piece in text)
    seen: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(pieces):
        rare = _rarest(text, common)
        for other in sorted({other for piece in rare for other in seen[piece]}):
            shared = 2 * len(text & pieces[other]) / (len(text) + len(pieces[other]))
            if shared > MOST_OVERLAP:
                twin = group[other]
                yield group[at].fault(f"shares {shared:.0%} with {twin.file}:{twin.line}")
        for piece in rare:
            seen[piece].append(at)


def _rarest(text: frozenset[str], common: Mapping[str, int]) -> list[str]:
    """So many of the rarest pieces that no text above the limit can lack all of them.

    Of two texts above the limit each holds at least limit/(2 - limit) of the other's pieces.
    """
    least_shared = math.ceil(MOST_OVERLAP / (2 - MOST_OVERLAP) * len(text))
    return sorted(text, key=lambda piece: (common[piece], piece))[: len(text) - least_shared + 1]


def main() -> int:
    """Prints counts and faults; 1 when there is a fault."""
    city = load("seoul")
    examples = read(PACKS / "seoul" / "examples")
    counts = Counter((example.language, example.writer) for example in examples)
    for (language, writer), count in sorted(counts.items()):
        held = " (held back)" if writer in HELD_BACK else ""
        print(f"{language} {writer}{held}: {count}")
    written = {example.service for example in examples}
    missing = [code for code in city.catalogue if code not in written]
    print(f"{len(examples)} sentences, {len(written)} services, {len(missing)} without: {missing}")
    found = faults(examples, city)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
