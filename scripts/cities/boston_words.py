"""Judges trained words on Boston's recorded requests, and writes the table into docs/routing.md.

    python -m scripts.cities.boston_words FILE

FILE is a CSV (gzip or plain) of Boston's 311 requests of January to April 2015 with the columns
OPEN_DT, CASE_TITLE, TYPE, Department, neighborhood and Source. Needs scipy 1.17, as `train` does.
The model is that of `train`: pieces of the title, ridge regression. How sure it must be is found on
March by what January and February taught; January to March then teach, and April judges, once. No
request and no weight is kept.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import scipy.sparse  # type: ignore[import-not-found,import-untyped,unused-ignore]

from scripts.cities import boston_notes
from scripts.cities.boston_notes import Note, Score, Split, Standing, Told
from scripts.cities.page import put
from scripts.cities.train import (
    Array,
    Vocabulary,
    certainty,
    chances_of,
    inverse,
    matrix,
    row_of,
    vocabulary_of,
)
from scripts.cities.words import PAGE
from services.cities import City, load
from services.cities.catalogue.trained import Certainly

MOST_WRONG = 0.02
"""The share of all notes that may reach a wrong department without a person's look."""

MARK = "boston words"
STAFF = "staff"
T = TypeVar("T")
BESIDE = 0.5
"""How much each of district and source counts beside a title, which has the length one. Between
0.3 and 2 March's answers are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How notes become numbers: the pieces of titles and, where they are read too, the `values` of
    district and source."""

    vocabulary: Vocabulary
    values: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Weights (what is read × departments)."""

    reading: Reading
    departments: Sequence[str]
    weights: Array


def values_of(note: Note) -> tuple[str, str]:
    """District and source, told apart from one another."""
    return f"district {note.district}", f"source {note.source}"


def read(notes: Sequence[Note], reading: Reading) -> scipy.sparse.csr_matrix:
    """Notes × what is read of them, sparse."""
    counts = matrix([row_of(0, "en", STAFF, note.title) for note in notes], reading.vocabulary)
    if not reading.values:
        return counts
    at = {value: place for place, value in enumerate(reading.values)}
    held = [
        (row, at[value])
        for row, note in enumerate(notes)
        for value in values_of(note)
        if value in at
    ]
    rows, places = np.array(held).T
    beside = scipy.sparse.csr_matrix(
        (np.full(len(held), BESIDE, dtype=np.float32), (rows, places)),
        shape=(len(notes), len(at)),
    )
    return scipy.sparse.hstack([counts, beside]).tocsr()


def learn(notes: Sequence[Note], *, beside: bool) -> Model:
    """Ridge regression on all notes. Notes that read alike are one text that counts as many: with
    the root of their number before both sides it is the same regression, and small."""
    alike: dict[tuple[str, ...], list[Note]] = {}
    for note in notes:
        alike.setdefault((note.words, *(values_of(note) if beside else ())), []).append(note)
    firsts = [group[0] for group in alike.values()]
    titles = [row_of(0, "en", STAFF, note.title) for note in {n.words: n for n in firsts}.values()]
    reading = Reading(
        vocabulary=vocabulary_of(titles, 1),
        values=sorted({value for note in firsts for value in values_of(note)}) if beside else (),
    )
    departments = sorted({note.department for note in notes})
    held = np.array([_shares(group, departments) for group in alike.values()], dtype=np.float32)
    times = np.sqrt(np.array([len(group) for group in alike.values()], dtype=np.float32))
    counts = scipy.sparse.diags(times) @ read(firsts, reading)
    weights = counts.T @ (inverse(counts) @ (times[:, None] * held))
    return Model(reading=reading, departments=departments, weights=weights)


def _shares(group: Sequence[Note], departments: Sequence[str]) -> list[float]:
    counts = Counter(note.department for note in group)
    return [counts[department] / len(group) for department in departments]


def threshold(parts: Split, *, beside: bool) -> Certainly:
    """How sure an answer must be, by March as January and February would have told it. A department
    that they never had cannot be told, so it counts as wrong."""
    model = learn(parts.early, beside=beside)
    known = [*model.departments, ""]
    sums = read(parts.held, model.reading) @ model.weights
    sums = np.pad(sums, ((0, 0), (0, 1)), constant_values=-np.inf)
    at = {department: place for place, department in enumerate(known)}
    wanted = np.array([at.get(note.department, at[""]) for note in parts.held])
    return certainty(sums, wanted, np.arange(len(known)), MOST_WRONG)


def answers(model: Model, certainly: Certainly, notes: Sequence[Note]) -> list[Told]:
    """The likeliest department of each note."""
    chances = chances_of(read(notes, model.reading) @ model.weights * certainly.sharpness)
    return [
        Told(model.departments[best], sure=bool(chance >= certainly.sure))
        for best, chance in zip(chances.argmax(axis=1), chances.max(axis=1), strict=True)
    ]


def trained(parts: Split, *, beside: bool) -> list[Told]:
    """What the model says of the notes that judge."""
    certainly = threshold(parts, beside=beside)
    return answers(learn(parts.learned, beside=beside), certainly, parts.judging)


def told_by(parts: Split, city: City) -> Mapping[str, Sequence[Told]]:
    """By the way in which it was found: a department for each note that judges."""
    ways: Mapping[str, Callable[[Note], Told]] = {
        "the pack's keywords": boston_notes.keywords(city),
        "majority department": boston_notes.majority(parts.learned),
        "same title before, else the majority": boston_notes.remembered(parts.learned),
        "the most that a title can tell": boston_notes.remembered(parts.judging),
    }
    return {
        "**trained words**": trained(parts, beside=False),
        "trained words, district and source": trained(parts, beside=True),
        **{name: [way(note) for note in parts.judging] for name, way in ways.items()},
    }


HEAD = (
    "| April's requests | number | told by | right department | macro-F1 | sure | sure and wrong |"
    "\n|---|---|---|---|---|---|---|"
)


def line(group: str, way: str, found: Score) -> str:
    """One row of the first table; who is never sure has no share of it."""
    sure = f"{found.sure:.1%} | {found.sure_and_wrong:.1%}" if found.sure else " | "
    number = f"{found.notes} of {found.departments} departments"
    return f"| {group} | {number} | {way} | {found.right:.1%} | {found.macro_f1:.2f} | {sure} |"


def table(parts: Split, told: Mapping[str, Sequence[Told]]) -> Iterator[str]:
    """Every group of notes by every way."""
    yield HEAD
    for group, belongs in boston_notes.groups(parts).items():
        notes = _chosen(parts.judging, belongs)
        for way, each in told.items():
            yield line(group, way, boston_notes.score(notes, _chosen(each, belongs)))


def _chosen(values: Sequence[T], belongs: Sequence[bool]) -> list[T]:
    return [value for value, one in zip(values, belongs, strict=True) if one]


CONFUSIONS = (
    "| department | number | precision | recall | F1 | told instead |\n|---|---|---|---|---|---|"
)
MOST_INSTEAD = 3


def confusions(city: City, found: Mapping[str, Standing]) -> Iterator[str]:
    """Each department, and which were told in its stead most often."""
    yield CONFUSIONS
    for department, one in found.items():
        instead = ", ".join(
            f"{city.office_name(other, 'en')} {count}"
            for other, count in one.instead.most_common(MOST_INSTEAD)
        )
        precision = f"{one.right / one.told:.1%}" if one.told else "never told"
        yield (
            f"| {city.office_name(department, 'en')} | {one.own} | {precision} "
            f"| {one.right / one.own:.1%} | {one.f1:.2f} | {instead} |"
        )


def report(file: Path, city: City) -> str:
    """Learns and judges; the text for the page. OSError where the file cannot be read."""
    parts = boston_notes.split(boston_notes.read(file))
    told = told_by(parts, city)
    chosen = next(iter(told.values()))
    return "\n".join(
        [
            f"`{file.name}`, judged on {datetime.now(UTC):%Y-%m-%d}: {len(parts.early)} titles of"
            f" January and February, {len(parts.held)} of March, {len(parts.judging)} of April.",
            "",
            *table(parts, told),
            "",
            "By department, trained words, all of April with a title:",
            "",
            *confusions(city, boston_notes.standings(parts.judging, chosen)),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    """Judges, prints, and writes the page."""
    match arguments:
        case [name] if Path(name).is_file():
            text = report(Path(name), load("boston"))
        case [name]:
            sys.exit(
                f"{name} is not there. Boston's 311 requests are public; none come with Dasan."
            )
        case _:
            sys.exit(__doc__)
    print(text)
    put(PAGE, MARK, text)


if __name__ == "__main__":
    main(sys.argv[1:])
