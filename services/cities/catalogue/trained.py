"""Words to services by what labelled sentences taught: for texts that avoid the catalogue's terms.

Owns the artifact that training leaves (`read`, `write`) and the answer from it: services with the
probability that each is meant, and the words that spoke for it. A few products of arrays; nothing
is learned here. Two opinions are added: what each piece of writing says of each service in its own
language, and what the text's meaning says, a place in a space that all languages share, where what
was labelled in one language lies near the same in another. A city may be given a third (an
`Opinion`; `embedded` makes one). Leaves to `classify` the catalogue's own terms, and to its callers
what happens when the answer is not sure: a person then chooses among the guesses.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from services.cities.catalogue import artifact
from services.cities.catalogue.artifact import Arrays
from services.cities.catalogue.model import Service, Workload
from services.cities.catalogue.pieces import (
    READING,
    Numbers,
    Pieces,
    Places,
    levelled,
    pieces,
    written_in,
)
from services.cities.errors import ForeignWords

Weights: TypeAlias = npt.NDArray[np.int8]
Floats: TypeAlias = npt.NDArray[np.float32]

MOST_GUESSES = 5
"""Services that a text may mean, each of which a citizen or an official may choose. More: they read
longer. Fewer: the one that is meant is missing more often (docs/routing.md, "Which services are
offered")."""
LIKELIEST = 3
"""Of so many guesses, the first, may be the matters of one text. More: a word in passing is a
matter of its own. Fewer: a second matter is not noted."""
MOST_TERMS = 3
"""Words that are shown for one service. More: a person reads longer. Fewer: chance shows."""
LONGEST_OF_SEVERAL_CHARACTERS = 200
"""A longer text tells a story: its sentences speak of many things and ask for one."""
SURE_PART = 0.7
"""The probability of its service from which a part of a text is a matter of its own. Higher: fewer
second matters are noted. Lower: one matter told in two sentences counts as two."""
_LEAST_PART_CHARACTERS = 6
_BETWEEN_PARTS = re.compile(
    r"(?<=[.!?。！？])\s*|[,，、]\s*|\s+(?=그리고|또|참,|아울러|also\b|and\b)", re.IGNORECASE
)
_NO_LENGTH = 1e-6
"""A meaning shorter than that is none: nothing known stands in the text."""
_LEAST_PREFIX = 2
"""The shortest beginning of a word that is looked up among the known ones, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A service that a text may mean, the probability that it does, between 0 and 1, and the words
    that spoke most for it. Only words, or beginnings of words, that the training knew are told: a
    name only where it is also an ordinary word."""

    service: str
    probability: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The likeliest services, best first, none for a text without a word or in a language that was
    not learned.

    `others` are the services of further matters in the same text, in its order: the first guess is
    then the matter that the text names first. `right_office` is the probability, between 0 and 1,
    that the first guess's office is the right one: it adds up the services that share the office.
    `sure` says that it reaches what training found necessary in the `language` the text is written
    in; else a person chooses.
    """

    guesses: tuple[Guess, ...] = ()
    others: tuple[str, ...] = ()
    right_office: float = 0.0
    sure: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainly:
    """For one language: `sharpness` turns sums into probabilities, `sure` is the probability of the
    right office from which no person is asked. Both were found on writers left out in turn."""

    sharpness: float
    sure: float


def certainly_kept(certainly: Mapping[str, Certainly]) -> Mapping[str, Sequence[float]]:
    """The same by language as an artifact's facts have it."""
    return {language: [one.sharpness, one.sure] for language, one in certainly.items()}


def certainly_of(facts: Mapping[str, Any]) -> Mapping[str, Certainly]:
    """What `certainly_kept` has put among the facts."""
    return {
        language: Certainly(sharpness=sharpness, sure=sure)
        for language, (sharpness, sure) in facts["certainly"].items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What training leaves.

    `services` are codes, `offices` for each what stands for its office wherever the place is known.
    `vocabulary` are the numbers of the pieces that count, in rising order; `rarity` is how much
    each counts in a text. `weights` (pieces × services) times `scales` (per piece) are the weights.
    `meanings` (pieces × dimensions) times `meaning_scales` (per piece) say where a piece lies, and
    `opinions` (see `with_products`, × services) what a place says of each service.
    `known` are the check sums of the words that may be shown. `catalogue` and `examples` are
    digests of what it was trained on, `reading` numbers the way texts were read.
    """

    services: tuple[str, ...]
    offices: tuple[str, ...]
    vocabulary: Numbers
    rarity: Floats
    weights: Weights
    scales: Floats
    meanings: Weights
    meaning_scales: Floats
    opinions: Floats
    certainly: Mapping[str, Certainly]
    known: frozenset[int]
    catalogue: str
    examples: str
    reading: int = READING

    @property
    def version(self) -> str:
        """Names this artifact in a decision: what it was trained on, how it read that, and from
        where on it is sure."""
        bounds = repr(sorted(certainly_kept(self.certainly).items()))
        return f"{self.catalogue[:8]}-{self.examples[:8]}-{self.reading}-{check_sum(bounds):08x}"


def catalogue_digest(services: Iterable[Service]) -> str:
    """Stands for the services and where they go: an artifact of others must not answer. Terms may
    change: what was learned from the old ones is still true."""
    lines = (f"{one.code}\t{office_of(one)}" for one in services)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def office_of(service: Service) -> str:
    """What stands for a service's first office where the place is known: a department, or the tier
    of the place's own office. A service that an agency does goes to the contact office first."""
    if service.refer_to is not None:
        return "contact"
    if service.workload is Workload.CITY:
        return service.owner or ""
    return str(Workload.DISTRICT if service.permit else service.workload)


def check_sum(word: str) -> int:
    """Stands for a word among the known ones."""
    return zlib.crc32(word.encode())


def write(file: Path, learned: Learned) -> None:
    """Writes the artifact; the same one has the same bytes."""
    facts = {
        "services": learned.services,
        "offices": learned.offices,
        "certainly": certainly_kept(learned.certainly),
        "catalogue": learned.catalogue,
        "examples": learned.examples,
        "reading": learned.reading,
    }
    artifact.write(
        file,
        facts,
        vocabulary=learned.vocabulary,
        rarity=learned.rarity.astype(np.float16),
        weights=learned.weights,
        scales=learned.scales.astype(np.float16),
        meanings=learned.meanings,
        meaning_scales=learned.meaning_scales.astype(np.float16),
        opinions=learned.opinions.astype(np.float16),
        known=np.array(sorted(learned.known), dtype=np.uint32),
    )


def read(file: Path, catalogue: str) -> Learned:
    """The artifact of a file, for the catalogue of this digest. Raises ForeignWords where it was
    trained on another one, reads texts in another way or is no artifact; OSError where there is no
    such file."""
    learned = artifact.read(file, _learned)
    if learned.catalogue != catalogue:
        raise ForeignWords(file.name, "another catalogue")
    if learned.reading != READING:
        raise ForeignWords(file.name, "another way of reading")
    return learned


def _learned(arrays: Arrays, facts: Mapping[str, Any]) -> Learned:
    return Learned(
        services=tuple(facts["services"]),
        offices=tuple(facts["offices"]),
        vocabulary=arrays["vocabulary"],
        rarity=arrays["rarity"].astype(np.float32),
        weights=arrays["weights"],
        scales=arrays["scales"].astype(np.float32),
        meanings=arrays["meanings"],
        meaning_scales=arrays["meaning_scales"].astype(np.float32),
        opinions=arrays["opinions"].astype(np.float32),
        certainly=certainly_of(facts),
        known=frozenset(arrays["known"].tolist()),
        catalogue=facts["catalogue"],
        examples=facts["examples"],
        reading=facts["reading"],
    )


def measured(found: Pieces, vocabulary: Numbers, rarity: Floats) -> tuple[Places, Floats]:
    """The pieces of one reading that the vocabulary has, by their place there, and how much each
    counts. Unknown pieces count as rare ones: a text full of them says little about the known."""
    numbers, times = np.unique(found.numbers, return_counts=True)
    at, there = _places(numbers, vocabulary)
    counts = (1 + np.log(times)) * np.where(there, rarity[at], rarity.max())
    length = float(np.sqrt(counts @ counts)) or 1.0
    return at[there], (counts[there] / length).astype(np.float32)


def with_products(meanings: Floats) -> Floats:
    """Meanings, along the last axis, brought to length one, and the products of every two of their
    numbers: so a straight sum can say that two things together mean what neither means alone."""
    lengths = np.linalg.norm(meanings, axis=-1, keepdims=True)
    unit = meanings / np.maximum(lengths, _NO_LENGTH)
    first, second, weights = _pairs(meanings.shape[-1])
    products = unit[..., first] * unit[..., second] * weights
    return np.concatenate([unit, products], axis=-1)


@lru_cache(maxsize=4)
def _pairs(dimensions: int) -> tuple[Places, Places, Floats]:
    """Every two numbers once, and their weight: two different ones stand for both orders."""
    first, second = np.triu_indices(dimensions)
    weights = np.where(first == second, 1, np.sqrt(2)).astype(np.float32)
    return first, second, weights


def _places(numbers: Numbers, vocabulary: Numbers) -> tuple[Places, npt.NDArray[np.bool_]]:
    at = np.minimum(np.searchsorted(vocabulary, numbers), len(vocabulary) - 1)
    return at, vocabulary[at] == numbers


class Opinion(Protocol):
    """What is added to the sums of an artifact. It takes long, so texts can be read ahead."""

    @property
    def version(self) -> str:
        """Names it in a decision."""
        ...

    @property
    def certainly(self) -> Mapping[str, Certainly]:
        """By the languages in which it has an opinion: what makes an answer certain with it."""
        ...

    def sums(self, text: str, language: str) -> Floats:
        """What it says for each service of the artifact, in a language that it has."""
        ...

    async def read_ahead(self, texts: Iterable[str]) -> None:
        """Does what takes long of `sums` for these texts, without stopping the event loop."""
        ...


class Trained:
    """Answers from an artifact, and from a third opinion where there is one; built once.

    The third is asked about whole texts. Their parts, each of which would take as long as a text,
    are read without it.
    """

    __slots__ = ("_groups", "_learned", "_third", "version")

    def __init__(self, learned: Learned, third: Opinion | None = None) -> None:
        self._learned = learned
        self._third = third
        ranks = {office: at for at, office in enumerate(dict.fromkeys(learned.offices))}
        self._groups = np.array([ranks[office] for office in learned.offices])
        self.version = learned.version if third is None else f"{learned.version}+{third.version}"
        """What answers, for the record of a decision: the artifact, and the third opinion."""

    async def read_ahead(self, texts: Iterable[str]) -> None:
        """Does what takes long of `answer` for these texts, without stopping the event loop. Does
        nothing where nothing takes long."""
        if (third := self._third) is not None:
            await third.read_ahead([text for text in texts if _spoken(text) in third.certainly])

    def answer(self, text: str) -> Answer:
        """What a text probably asks for, and in which order where it asks for several things."""
        whole = self._one_matter(text, self._third)
        matters = self._matters(text, {guess.service for guess in whole.guesses[:LIKELIEST]})
        if len(matters) < 2:
            return whole
        lead, *others = matters
        return replace(
            whole,
            guesses=tuple(sorted(whole.guesses, key=lambda guess: guess.service != lead)),
            others=tuple(others),
            right_office=matters[lead].right_office,
            sure=matters[lead].sure,
        )

    def _matters(self, text: str, among: Collection[str]) -> dict[str, Answer]:
        """By service, in the order of the text: its parts that speak clearly of one of `among`."""
        found: dict[str, Answer] = {}
        if len(text) > LONGEST_OF_SEVERAL_CHARACTERS:
            return found
        parts = [part for part in _BETWEEN_PARTS.split(text) if len(part) >= _LEAST_PART_CHARACTERS]
        for answer in map(self._one_matter, parts if len(parts) > 1 else []):
            for first in answer.guesses[:1]:
                if first.probability >= SURE_PART and first.service in among:
                    found.setdefault(first.service, answer)
        return found

    def _one_matter(self, text: str, third: Opinion | None = None) -> Answer:
        level = levelled(text)
        if not level:
            return Answer()
        language = written_in(level)
        certainly = self._learned.certainly.get(language)
        if certainly is None:
            return Answer(language=language)
        readings = pieces(level)
        sums = self.sums(readings)
        if third is not None and language in third.certainly:
            sums += third.sums(text, language)
            certainly = third.certainly[language]
        chances = _chances(sums * certainly.sharpness)
        best = np.argsort(-chances, kind="stable")[:MOST_GUESSES]
        spoke = self._spoke(readings, level.split(), best)
        right_office = float(chances[self._groups == self._groups[best[0]]].sum())
        return Answer(
            guesses=tuple(
                Guess(
                    service=self._learned.services[at],
                    probability=round(float(chances[at]), 4),
                    terms=terms,
                )
                for at, terms in zip(best.tolist(), spoke, strict=True)
            ),
            right_office=round(right_office, 4),
            sure=right_office >= certainly.sure,
            language=language,
        )

    def sums(self, readings: Iterable[Pieces]) -> Floats:
        """What all pieces say for each service, before it is a probability."""
        learned = self._learned
        total = np.zeros(len(learned.services), dtype=np.float32)
        meaning = np.zeros(learned.meanings.shape[1], dtype=np.float32)
        for found in readings:
            at, counts = measured(found, learned.vocabulary, learned.rarity)
            total += (counts * learned.scales[at]) @ learned.weights[at]
            meaning += (counts * learned.meaning_scales[at]) @ learned.meanings[at]
        second: Floats = with_products(meaning) @ learned.opinions
        return total + second

    def _spoke(
        self, readings: Iterable[Pieces], words: Sequence[str], services: Places
    ) -> list[tuple[str, ...]]:
        """For each of the services, the known words whose pieces weigh most for it."""
        learned = self._learned
        said = np.zeros((len(words), len(services)), dtype=np.float32)
        for found in readings:
            at, there = _places(found.numbers, learned.vocabulary)
            at = at[there]
            weights = learned.weights[at[:, None], services] * learned.scales[at, None]
            np.add.at(said, found.words[there], weights * learned.rarity[at, None])
        shown = [self._known_part(word) for word in words]
        return [_best(said[:, at], shown) for at in range(len(services))]

    def _known_part(self, word: str) -> str:
        """The longest beginning of a word that the training knew; empty where there is none."""
        for end in range(len(word), min(_LEAST_PREFIX, len(word)) - 1, -1):
            if check_sum(word[:end]) in self._learned.known:
                return word[:end]
        return ""


def _spoken(text: str) -> str:
    """The language of a text; empty where there is no word in it."""
    level = levelled(text)
    return written_in(level) if level else ""


def _chances(sums: Floats) -> Floats:
    powers = np.exp(sums - sums.max())
    chances: Floats = (powers / powers.sum()).astype(np.float32)
    return chances


def _best(said: Floats, shown: Sequence[str]) -> tuple[str, ...]:
    order = np.argsort(-said, kind="stable").tolist()
    terms = dict.fromkeys(shown[at] for at in order if said[at] > 0 and shown[at])
    return tuple(terms)[:MOST_TERMS]
