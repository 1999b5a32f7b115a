"""What a city understands: by its terms alone, and with trained words beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.cities import PACKS, City, Method, PackFaults, load
from services.cities.catalogue.trained import MOST_GUESSES
from services.cities.pack.reading import read


def test_without_trained_words_the_terms_name_it(saebom: City) -> None:
    found = saebom.understand("The street lamp in front of my house is broken")
    assert (found.method, found.model) == (Method.KEYWORDS, "")
    assert [guess.service for guess in found.guesses] == ["lamp"]
    assert found.guesses[0].probability == 1.0
    assert found.guesses[0].terms == ("street lamp",)
    assert found.sure


def test_without_trained_words_a_text_without_a_term_is_never_sure(saebom: City) -> None:
    found = saebom.understand("It is dark at night")
    assert (found.guesses, found.others, found.sure) == ((), (), False)


def test_terms_of_several_services_share_the_probability(saebom: City) -> None:
    found = saebom.understand("The street lamp is broken, and how do I register my moving in?")
    assert len(found.guesses) > 1
    assert sum(guess.probability for guess in found.guesses) == pytest.approx(1.0, abs=0.001)


def test_trained_words_name_what_no_term_does(seoul: City) -> None:
    text = "골목이 밤마다 깜깜해서 넘어질 뻔했어요 전등 좀 갈아주세요"
    assert not seoul.classify(text)
    found = seoul.understand(text)
    assert found.method is Method.TRAINED
    assert found.model
    assert found.guesses[0].service == "street-light"
    assert 0 < found.guesses[0].probability <= 1


def test_the_catalogues_own_terms_are_shown_first(seoul: City) -> None:
    found = seoul.understand("집 앞 도로에 포트홀이 있어요")
    assert found.guesses[0].service == "pothole"
    assert found.guesses[0].terms[0] == "포트 홀"


@pytest.mark.parametrize("text", ["", " ?! ", "\n\t"])
def test_a_text_without_a_word_is_not_understood(text: str, seoul: City) -> None:
    found = seoul.understand(text)
    assert (found.guesses, found.sure) == ((), False)


@pytest.mark.parametrize("text", ["가" * 100_000, "수도 " * 50_000, "\x00" * 100, "🙂" * 5_000])
def test_any_length_and_any_letters_are_read(text: str, seoul: City) -> None:
    assert len(seoul.understand(text).guesses) <= MOST_GUESSES
    seoul.danger_in(text)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A copy of the invented town that a test may break."""
    return Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))


def test_trained_words_of_another_city_are_a_fault_of_the_pack(town: Path) -> None:
    shutil.copy(PACKS / "seoul" / "words.npz", town)
    with pytest.raises(PackFaults, match=r"words\.npz:0: foreign_words: .*another catalogue"):
        load(town)


def test_a_damaged_artifact_is_a_fault_of_the_pack(town: Path) -> None:
    whole = (PACKS / "seoul" / "words.npz").read_bytes()
    (town / "words.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PackFaults, match=r"words\.npz:0: foreign_words"):
        load(town)


def test_training_reads_a_pack_whose_words_are_of_an_older_catalogue(town: Path) -> None:
    shutil.copy(PACKS / "seoul" / "words.npz", town)
    assert read(town, with_words=False).understand("street lamp").model == ""
