"""Titles of Boston's recorded requests: read, parted by time, and how well a department was told.

Owns what counts as a title, which of them may be learned from, the baselines and the scores. Leaves
to `boston_words` the model. A title is a note that the staff of 311 wrote or chose, not a citizen's
words; the department is the one that held the request in the end.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from scripts.cities.boston import MOMENT, slug
from services.cities import City
from services.cities.catalogue.pieces import levelled

MARCH, APRIL = date(2015, 3, 1), date(2015, 4, 1)
NO_TITLE = frozenset({"", "PRINTED"})
"""What stands there where nobody wrote anything: PRINTED is the mark of a system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One recorded request that has a title. `department` is an office of the pack by its id,
    `district` and `source` are as recorded, empty where the record has none."""

    opened: date
    title: str
    type: str
    department: str
    district: str
    source: str

    @property
    def words(self) -> str:
        """The title as the model reads it: without signs, in small letters, each digit a zero."""
        return levelled(self.title)

    @property
    def is_type(self) -> bool:
        """Whether it only repeats the name of the request's type."""
        return self.words == levelled(self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Notes by time: what is learned from first, what then shows how sure an answer must be, and
    what judges. Nothing of `judging` was seen before."""

    early: Sequence[Note]
    held: Sequence[Note]
    judging: Sequence[Note]

    @property
    def learned(self) -> Sequence[Note]:
        """All that came before what judges."""
        return [*self.early, *self.held]


@dataclass(frozen=True, slots=True)
class Told:
    """A department, empty where none was found, and whether no person need look."""

    department: str
    sure: bool = False


@dataclass(slots=True)
class Standing:
    """How one department fared: notes that were its own, that it was told, and both; and what was
    told instead of it."""

    own: int = 0
    told: int = 0
    right: int = 0
    instead: Counter[str] = field(default_factory=Counter)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, between 0 and 1."""
        return 2 * self.right / (self.own + self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of a group of notes, each between 0 and 1; `macro_f1` is the mean over the departments
    that had some of them."""

    notes: int
    departments: int
    right: float
    macro_f1: float
    sure: float
    sure_and_wrong: float


def read(path: Path) -> list[Note]:
    """The requests with a title, in the order of the file; OSError where it cannot be read."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="") as handle:
        return [
            _note(row)
            for row in csv.DictReader(handle)
            if row["CASE_TITLE"].strip() not in NO_TITLE and levelled(row["CASE_TITLE"])
        ]


def _note(row: Mapping[str, str]) -> Note:
    return Note(
        opened=datetime.strptime(row["OPEN_DT"], MOMENT).date(),  # noqa: DTZ007 - local, as split
        title=row["CASE_TITLE"],
        type=row["TYPE"],
        department=f"c-{slug(row['Department'])}",
        district=row["neighborhood"].strip(),
        source=row["Source"].strip(),
    )


def split(notes: Iterable[Note]) -> Split:
    """Before March, March, and from April on, by the local day of the request."""
    early: list[Note] = []
    held: list[Note] = []
    judging: list[Note] = []
    for note in notes:
        (early if note.opened < MARCH else held if note.opened < APRIL else judging).append(note)
    return Split(early=early, held=held, judging=judging)


def groups(parts: Split) -> Mapping[str, Sequence[bool]]:
    """By name: which of the judging notes belong to it."""
    seen = {note.words for note in parts.learned}
    return {
        "all with a title": [True for _ in parts.judging],
        "title is more than the type's name": [not note.is_type for note in parts.judging],
        "title never seen before": [note.words not in seen for note in parts.judging],
    }


def majority(learned: Iterable[Note]) -> Callable[[Note], Told]:
    """The department that had most, whatever is asked."""
    first = _most(note.department for note in learned)
    return lambda _: Told(first)


def remembered(learned: Sequence[Note]) -> Callable[[Note], Told]:
    """The department that had most of the notes with the same title; else the majority's."""
    by_words: dict[str, Counter[str]] = {}
    for note in learned:
        by_words.setdefault(note.words, Counter())[note.department] += 1
    known = {words: _most(counts.elements()) for words, counts in by_words.items()}
    first = _most(note.department for note in learned)
    return lambda note: Told(known.get(note.words, first))


def keywords(city: City) -> Callable[[Note], Told]:
    """The owner of the service whose terms the title holds; sure wherever one was found, as a city
    without trained words is."""

    def told(note: Note) -> Told:
        found = city.classify(note.title)
        owner = city.service(found[0].service).owner if found else None
        return Told(owner or "", sure=owner is not None)

    return told


def _most(departments: Iterable[str]) -> str:
    counts = Counter(departments)
    return min(counts, key=lambda one: (-counts[one], one))


def standings(notes: Sequence[Note], told: Sequence[Told]) -> Mapping[str, Standing]:
    """By department: of those that had some of the notes, most first."""
    counts = Counter(note.department for note in notes)
    found = {department: Standing(own=own) for department, own in counts.most_common()}
    for note, one in zip(notes, told, strict=True):
        right = one.department == note.department
        if one.department in found:
            found[one.department].told += 1
            found[one.department].right += right
        if not right:
            found[note.department].instead[one.department] += 1
    return found


def score(notes: Sequence[Note], told: Sequence[Told]) -> Score:
    """How often the department was right; each department counts the same in the macro-F1."""
    by_department = standings(notes, told)
    wrong = [one.department != note.department for note, one in zip(notes, told, strict=True)]
    sure = [one.sure for one in told]
    count, departments = max(len(notes), 1), max(len(by_department), 1)
    return Score(
        notes=len(notes),
        departments=len(by_department),
        right=wrong.count(False) / count,
        macro_f1=sum(one.f1 for one in by_department.values()) / departments,
        sure=sum(sure) / count,
        sure_and_wrong=sum(map(min, sure, wrong)) / count,
    )
