"""Trained words: what an artifact answers, what it may show, and which artifact is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from services.cities import Channel, City, Matter, Place, Workload, evaluate, facts_of
from services.cities.catalogue import trained
from services.cities.catalogue.pieces import READING, levelled, pieces
from services.cities.catalogue.trained import (
    LONGEST_OF_SEVERAL_CHARACTERS,
    Certainly,
    Learned,
    Trained,
    catalogue_digest,
    check_sum,
    office_of,
    read,
    with_products,
    write,
)
from services.cities.errors import ForeignWords

TAUGHT = {"lamp": "가로등 꺼짐", "hole": "도로 구멍", "tree": "나무 쓰러짐"}
OFFICES = {"lamp": "district", "hole": "c-road", "tree": "district"}


def taught() -> Learned:
    """Each service's pieces weigh one for it and nothing for the others."""
    found = {
        service: {n for reading in pieces(levelled(text)) for n in reading.numbers.tolist()}
        for service, text in TAUGHT.items()
    }
    vocabulary = sorted(set().union(*found.values()))
    weights = [[7 * (number in found[service]) for service in TAUGHT] for number in vocabulary]
    return Learned(
        services=tuple(TAUGHT),
        offices=tuple(OFFICES[service] for service in TAUGHT),
        vocabulary=np.array(vocabulary, dtype=np.uint32),
        rarity=np.ones(len(vocabulary), dtype=np.float32),
        weights=np.array(weights, dtype=np.int8),
        scales=np.full(len(vocabulary), 1 / 7, dtype=np.float32),
        meanings=np.zeros((len(vocabulary), 2), dtype=np.int8),
        meaning_scales=np.ones(len(vocabulary), dtype=np.float32),
        opinions=np.zeros((2 + 3, len(TAUGHT)), dtype=np.float32),
        certainly={
            "ko": Certainly(sharpness=5.0, sure=0.9),
            "en": Certainly(sharpness=1.0, sure=0.99),
        },
        known=frozenset(map(check_sum, ["가로등", "꺼짐", "도로", "구멍", "나무", "쓰러짐"])),
        catalogue="c" * 64,
        examples="e" * 64,
    )


@pytest.fixture
def learned() -> Learned:
    return taught()


def test_the_service_that_was_taught_comes_first_and_is_sure(learned: Learned) -> None:
    answer = Trained(learned).answer("가로등 꺼짐")
    assert answer.guesses[0].service == "lamp"
    assert answer.sure
    assert answer.language == "ko"


def test_a_text_that_says_nothing_known_is_never_sure(learned: Learned) -> None:
    answer = Trained(learned).answer("zzzz qqqq")
    assert not answer.sure
    assert answer.guesses[0].probability == pytest.approx(1 / 3, abs=0.01)


def test_what_a_text_means_is_a_second_opinion(learned: Learned) -> None:
    """No service was taught 전등; it lies where trees lie."""
    numbers = {n for reading in pieces(levelled("전등")) for n in reading.numbers.tolist()}
    numbers -= set(learned.vocabulary.tolist())
    vocabulary = np.array(sorted({*learned.vocabulary.tolist(), *numbers}), dtype=np.uint32)
    new = np.isin(vocabulary, list(numbers))
    weights = np.zeros((len(vocabulary), len(TAUGHT)), dtype=np.int8)
    weights[~new] = learned.weights
    opinions = np.zeros((5, len(TAUGHT)), dtype=np.float32)
    opinions[0, list(TAUGHT).index("tree")] = 1
    taught = replace(
        learned,
        vocabulary=vocabulary,
        rarity=np.ones(len(vocabulary), dtype=np.float32),
        weights=weights,
        scales=np.full(len(vocabulary), 1 / 7, dtype=np.float32),
        meanings=np.where(new[:, None], [[1, 0]], [[0, 1]]).astype(np.int8),
        meaning_scales=np.ones(len(vocabulary), dtype=np.float32),
        opinions=opinions,
    )
    assert Trained(taught).answer("전등").guesses[0].service == "tree"
    assert Trained(taught).answer("도로 구멍").guesses[0].service == "hole"


def test_products_give_the_square_of_likeness() -> None:
    first, second = np.array([3.0, 4.0], np.float32), np.array([1.0, 0.0], np.float32)
    likeness = 0.6
    products = float(with_products(first) @ with_products(second))
    assert products == pytest.approx(likeness + likeness**2, abs=1e-6)


def test_no_meaning_has_no_opinion() -> None:
    assert not with_products(np.zeros(3, np.float32)).any()


def test_a_text_without_a_word_has_no_guess(learned: Learned) -> None:
    answer = Trained(learned).answer(" ?! ")
    assert answer.guesses == ()
    assert not answer.sure


def test_a_language_that_was_not_learned_has_no_guess(learned: Learned) -> None:
    answer = Trained(learned).answer("Đường có ổ gà")
    assert (answer.guesses, answer.sure, answer.language) == ((), False, "vi")


def test_services_that_share_an_office_add_up(learned: Learned) -> None:
    """Lamp or tree: nobody knows which, but both are the district's."""
    answer = Trained(learned).answer("가로등 꺼짐 나무 쓰러짐")
    assert answer.guesses[0].probability < 0.9
    assert answer.right_office > 0.9
    assert answer.sure


def test_of_several_matters_the_first_leads_and_the_others_are_noted(learned: Learned) -> None:
    words = Trained(learned)
    for text, lead, other in (
        ("도로 구멍 났어요. 가로등 꺼짐 도와주세요.", "hole", "lamp"),
        ("가로등 꺼짐 도와주세요. 도로 구멍 났어요.", "lamp", "hole"),
    ):
        answer = words.answer(text)
        assert (answer.guesses[0].service, answer.others) == (lead, (other,))
        assert sorted(guess.service for guess in answer.guesses) == sorted(TAUGHT)


def test_only_the_likeliest_guesses_are_matters_of_a_text(
    learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is offered besides them was no clear matter of the whole text."""
    monkeypatch.setattr(trained, "LIKELIEST", 1)
    assert Trained(learned).answer("도로 구멍 났어요. 가로등 꺼짐 도와주세요.").others == ()


def test_two_sentences_about_one_thing_are_one_matter(learned: Learned) -> None:
    assert Trained(learned).answer("도로 구멍 났어요. 구멍 너무 커요.").others == ()


def test_a_story_has_one_matter(learned: Learned) -> None:
    story = "가로등 꺼짐 이야기예요. " + "그래요 " * LONGEST_OF_SEVERAL_CHARACTERS + "도로 구멍."
    assert Trained(learned).answer(story).others == ()


def test_the_words_that_spoke_are_shown_without_their_particles(learned: Learned) -> None:
    answer = Trained(learned).answer("도로에 구멍이 났어요")
    assert set(answer.guesses[0].terms) == {"도로", "구멍"}


def test_a_word_that_the_training_did_not_know_is_never_shown(learned: Learned) -> None:
    answer = Trained(learned).answer("홍길동 가로등김철수 도로 010-1234-5678")
    shown = {term for guess in answer.guesses for term in guess.terms}
    assert shown <= {"가로등", "도로"}


def test_an_artifact_comes_back_as_it_was_written(learned: Learned, tmp_path: Path) -> None:
    file = tmp_path / "words.npz"
    write(file, learned)
    again = read(file, learned.catalogue)
    assert again.version == learned.version
    assert Trained(again).answer("도로 구멍") == Trained(learned).answer("도로 구멍")


def test_the_same_artifact_has_the_same_bytes(learned: Learned, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    write(first, learned)
    write(second, replace(learned, known=frozenset(sorted(learned.known, reverse=True))))
    assert first.read_bytes() == second.read_bytes()


def test_words_of_another_catalogue_are_refused(learned: Learned, tmp_path: Path) -> None:
    file = tmp_path / "words.npz"
    write(file, learned)
    with pytest.raises(ForeignWords, match="another catalogue"):
        read(file, "d" * 64)


def test_words_of_another_way_of_reading_are_refused(learned: Learned, tmp_path: Path) -> None:
    file = tmp_path / "words.npz"
    write(file, replace(learned, reading=READING + 1))
    with pytest.raises(ForeignWords, match="another way of reading"):
        read(file, learned.catalogue)


def test_a_file_that_is_no_artifact_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words.npz"
    file.write_bytes(b"nothing")
    with pytest.raises(ForeignWords, match=r"words\.npz"):
        read(file, "c" * 64)


def test_the_digest_changes_with_a_service_and_with_an_office_but_not_with_a_term(
    seoul: City,
) -> None:
    services = list(seoul.catalogue.values())
    digest = catalogue_digest(services)
    other_word = replace(services[0], keywords={"ko": ("다른 말",)})
    other_office = replace(services[0], owner="c-other", workload=Workload.CITY)
    assert catalogue_digest([other_word, *services[1:]]) == digest
    assert catalogue_digest([other_office, *services[1:]]) != digest
    assert catalogue_digest(services[1:]) != digest


def test_the_office_of_a_service_is_the_first_candidate_where_the_place_is_known(
    seoul: City,
) -> None:
    """Permits apart, which go to the community office where the district has delegated them."""
    day = date(2026, 11, 23)
    place = seoul.locate(Place(code="1111053000"), day)
    matter = Matter(
        receipt_number="261123-00001-1",
        channel=Channel.WEB,
        language="ko",
        received_at=datetime(2026, 11, 23, 1, tzinfo=UTC),
        has_contact=False,
    )
    standing = {"contact": seoul.contact_office.id, "district": "d-11110", "dong": "o-1111053000"}
    for service in seoul.services_on(day):
        if not service.permit:
            office = office_of(service)
            asked = replace(matter, service_code=service.code)
            facts = facts_of(asked, place, on=day, today=day)
            first, *_ = evaluate(seoul.rules, seoul, facts).offices
            assert first == standing.get(office, office), service.code
