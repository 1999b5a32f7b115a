"""Trains a city's words on its labelled sentences, writes the artifact and what it is worth.

python -m scripts.cities.train

Needs scipy 1.17, which nothing needs at run time. Owns how the weights are found: ridge regression
on the pieces of `services.cities.catalogue.pieces`, each language by itself, on the sentences whose
writers are not held back and on the catalogue's terms. How sure an answer must be is found on the
same sentences, leaving one writer out at a time. Those held back are read once, at the end, by the
artifact as services read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg  # type: ignore[import-not-found,import-untyped,unused-ignore]
import scipy.sparse  # type: ignore[import-not-found,import-untyped,unused-ignore]

from scripts.cities.examples import HELD_BACK, Example, read
from scripts.cities.words import examples_digest, report
from services.cities import PACKS, City
from services.cities.catalogue.pieces import Numbers, Pieces, levelled, pieces
from services.cities.catalogue.trained import (
    Certainly,
    Learned,
    catalogue_digest,
    check_sum,
    measured,
    office_of,
    write,
)
from services.cities.pack.reading import read as read_pack

Array = npt.NDArray[Any]

PACK = PACKS / "seoul"
ARTIFACT = PACK / "words.npz"

TOGETHER = (("ko",), ("en",), ("zh", "ja"), ("vi",), ("mn",))
"""Languages that are learned together: Chinese and Japanese share characters."""
KEPT = {"ko": 24_000, "en": 16_000, "zh": 22_000, "vi": 12_000, "mn": 8_000}
"""How many pieces the artifact keeps of a language and of those learned together with it. More: all
370,000 take 7 MB and find a hundredth more offices in Korean and up to five hundredths more in
Chinese, whose pieces are rarest. Fewer: 12,000 of Korean lose a hundredth."""
LEAST_TEXTS = {"ko": 2}
"""Of how many texts a piece must be, where not of one. Where sentences are few, the one word that
names a matter stands in one of them; of many sentences too many such words would be kept."""
LEVELS = 7
"""Steps of a weight to either side of zero. More: the artifact compresses less (15: 3.2 MB) and is
no better."""
STIFFNESS = 0.3
"""What the regression adds to its diagonal. More: weights nearer to zero, so that the many decide;
fewer: every sentence is learned by heart. Between 0.1 and 1 the answers differ by a hundredth."""
MOST_WRONG = 0.02
"""The share of all texts that may reach a wrong office without a person's look."""
TERM = "term"
"""The writer of the catalogue's terms, which are never left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A text to learn from: its service's number, who wrote it in which language, and its pieces
    by reading."""

    service: int
    language: str
    writer: str
    readings: tuple[Pieces, Pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Pieces in rising order of their numbers, and how much each counts in a text."""

    numbers: Numbers
    rarity: npt.NDArray[np.float32]


def rows(city: City, examples: Iterable[Example], languages: Collection[str]) -> list[Row]:
    """What is learned from in some languages: sentences, then the catalogue's terms."""
    number = {code: at for at, code in enumerate(city.catalogue)}
    found = [
        row_of(number[one.service], one.language, one.writer, one.text)
        for one in examples
        if one.language in languages and one.writer not in HELD_BACK
    ]
    for service in city.catalogue.values():
        for language in languages:
            terms = [service.names.get(language, ""), *service.keywords.get(language, ())]
            found += [row_of(number[service.code], language, TERM, term) for term in terms if term]
    return found


def row_of(service: int, language: str, writer: str, text: str) -> Row:
    """A text as it is learned from."""
    readings = pieces(levelled(text))
    return Row(service=service, language=language, writer=writer, readings=readings)


def vocabulary_of(found: Sequence[Row], least_texts: int) -> Vocabulary:
    """The pieces that so many texts hold; rare are those that few sentences hold."""
    sentences = [row for row in found if row.writer != TERM]
    numbers, texts = _counted(found)
    numbers = numbers[texts >= least_texts]
    held, counts = _counted(sentences)
    holders = np.zeros(len(numbers))
    there = np.isin(numbers, held)
    holders[there] = counts[np.searchsorted(held, numbers[there])]
    rarity = np.log((1 + len(sentences)) / (1 + holders)) + 1
    return Vocabulary(numbers=numbers, rarity=rarity.astype(np.float32))


def _counted(found: Iterable[Row]) -> tuple[Numbers, Array]:
    """Every piece and the number of texts that hold it."""
    each = [np.unique(reading.numbers) for row in found for reading in row.readings]
    return np.unique(np.concatenate(each), return_counts=True)


def matrix(found: Sequence[Row], vocabulary: Vocabulary) -> Any:
    """Texts × pieces, sparse; both readings of a text count the same."""
    places: list[Array] = []
    counts: list[Array] = []
    ends = [0]
    for row in found:
        for reading in row.readings:
            at, weight = measured(reading, vocabulary.numbers, vocabulary.rarity)
            places.append(at)
            counts.append(weight / np.float32(np.sqrt(2)))
        ends.append(ends[-1] + len(places[-1]) + len(places[-2]))
    return scipy.sparse.csr_matrix(
        (np.concatenate(counts), np.concatenate(places), np.array(ends)),
        shape=(len(found), len(vocabulary.numbers)),
    )


def inverse(texts: Any) -> Array:
    """The inverse of texts × texts with the stiffness on its diagonal."""
    likeness = (texts @ texts.T).toarray().astype(np.float32)
    likeness[np.diag_indices_from(likeness)] += STIFFNESS
    lower = scipy.linalg.cholesky(likeness, lower=True, overwrite_a=True)
    half, _ = scipy.linalg.lapack.spotri(lower, lower=1, overwrite_c=1)
    whole: Array = np.tril(half) + np.tril(half, -1).T
    return whole


def wanted(found: Sequence[Row], services: int) -> Array:
    """Texts × services: one where the text is the service's."""
    target = np.zeros((len(found), services), dtype=np.float32)
    target[np.arange(len(found)), [row.service for row in found]] = 1
    return target


def left_out(inverted: Array, target: Array, found: Sequence[Row]) -> Array:
    """What each text would be told had its writer's sentences not been learned from (exactly so,
    by the identity for a block left out of a ridge regression). Terms are told nothing: zeros."""
    told = np.zeros_like(target)
    learned = inverted @ target
    writers = np.array([row.writer for row in found])
    for writer in set(writers.tolist()) - {TERM}:
        at = np.flatnonzero(writers == writer)
        block = inverted[np.ix_(at, at)]
        told[at] = target[at] - np.linalg.solve(block, learned[at])
    return told


def certainty(told: Array, services: Array, offices: Array, most_wrong: float) -> Certainly:
    """The sharpness at which the probabilities fit best, and the probability of the right office
    from which at most the share `most_wrong` of all texts would be sure and wrong."""
    each = np.arange(len(told))

    def misfit(sharpness: float) -> float:
        chances = chances_of(told * sharpness)
        return float(-np.log(np.maximum(chances[each, services], 1e-9)).mean())

    sharpness = min(np.geomspace(2, 90, 60).tolist(), key=misfit)
    chances = chances_of(told * sharpness)
    first = offices[chances.argmax(axis=1)]
    right_office = np.where(offices[None, :] == first[:, None], chances, 0).sum(axis=1)
    wrong = first != offices[services]
    order = np.argsort(-right_office)
    allowed = np.flatnonzero(np.cumsum(wrong[order]) > most_wrong * len(told))
    sure = right_office[order[allowed[0]]] if len(allowed) else 0.0
    return Certainly(sharpness=float(sharpness), sure=float(np.nextafter(sure, 2)))


def chances_of(sums: Array) -> Array:
    """The probabilities that sums (texts × services, times the sharpness) stand for."""
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    chances: Array = powers / powers.sum(axis=1, keepdims=True)
    return chances


def train(city: City, examples: Sequence[Example]) -> Learned:
    """Learns from all writers that are not held back; takes about a minute and 1 GB."""
    services = list(city.catalogue.values())
    offices = [office_of(service) for service in services]
    ranks = np.array([offices.index(office) for office in offices])
    certainly: dict[str, Certainly] = {}
    parts: list[tuple[Vocabulary, Array]] = []
    for languages in TOGETHER:
        found = rows(city, examples, languages)
        target = wanted(found, len(services))
        vocabulary = _most_telling(found, target, languages[0])
        counts = matrix(found, vocabulary)
        inverted = inverse(counts)
        told = left_out(inverted, target, found)
        for language in languages:
            own = [row.language == language and row.writer != TERM for row in found]
            service = target[own].argmax(axis=1)
            certainly[language] = certainty(told[own], service, ranks, MOST_WRONG)
        parts.append((vocabulary, counts.T @ (inverted @ target)))
    vocabulary, total = _united(parts)
    total /= np.float32(np.sqrt(2))  # services add up both readings, each of the length one
    scales = np.maximum(np.abs(total).max(axis=1), 1e-6) / LEVELS
    return Learned(
        services=tuple(city.catalogue),
        offices=tuple(offices),
        vocabulary=vocabulary.numbers,
        rarity=vocabulary.rarity,
        weights=np.round(total / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        certainly=certainly,
        known=frozenset(known_words(city, examples)),
        catalogue=catalogue_digest(services),
        examples=examples_digest(city, examples),
    )


def _most_telling(found: Sequence[Row], target: Array, language: str) -> Vocabulary:
    """The pieces that would move the sums most, over all texts, if all pieces were kept."""
    vocabulary = vocabulary_of(found, LEAST_TEXTS.get(language, 1))
    counts = matrix(found, vocabulary)
    weights = counts.T @ (inverse(counts) @ target)
    moves = np.square(weights).sum(axis=1) * np.asarray(counts.multiply(counts).sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-moves, kind="stable")[: KEPT[language]])
    return Vocabulary(numbers=vocabulary.numbers[kept], rarity=vocabulary.rarity[kept])


def _united(parts: Sequence[tuple[Vocabulary, Array]]) -> tuple[Vocabulary, Array]:
    """All pieces and weights. A piece in two parts (a word of another language within a sentence)
    has both weights, and counts as in the part where it is commonest."""
    numbers = np.unique(np.concatenate([part.numbers for part, _ in parts]))
    rarity = np.full(len(numbers), np.inf, dtype=np.float32)
    total = np.zeros((len(numbers), parts[0][1].shape[1]), dtype=np.float32)
    for part, weights in parts:
        at = np.searchsorted(numbers, part.numbers)
        rarity[at] = np.minimum(rarity[at], part.rarity)
        total[at] += weights
    return Vocabulary(numbers=numbers, rarity=rarity), total


def known_words(city: City, examples: Iterable[Example]) -> Iterator[int]:
    """Check sums of the words that an explanation may show: the terms' and the sentences'."""
    for service in city.catalogue.values():
        for term in service.terms():
            yield from map(check_sum, levelled(term).split())
    for example in examples:
        if example.writer not in HELD_BACK:
            yield from map(check_sum, levelled(example.text).split())


def by_language(learned: Mapping[str, Certainly]) -> str:
    """What the training found necessary, a line for each language."""
    return "\n".join(
        f"{language}: sharpness {one.sharpness:.1f}, sure from {one.sure:.2f}"
        for language, one in learned.items()
    )


def main(artifact: Path = ARTIFACT) -> None:
    """Trains, writes the artifact, then judges it and writes the table."""
    city = read_pack(PACK, with_words=False)
    examples = read(PACK / "examples")
    learned = train(city, examples)
    write(artifact, learned)
    print(by_language(learned.certainly))
    print(report(city, examples, artifact))


if __name__ == "__main__":
    main()
