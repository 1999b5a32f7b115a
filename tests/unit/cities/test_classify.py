"""Words to services by a catalogue of our own: where a term is found, and where it is not."""

from __future__ import annotations

import pytest

from services.cities.catalogue.classify import MAX_TEXT, Classifier, spelled

TERMS = {
    "jobs": ["구직", "일자리"],
    "parking": ["불법 주차", "parking"],
    "water": ["수도 요금 자동 이체"],
    "water-bill": ["수도 요금", "수도"],
    "register": ["재 등록", "주민등록"],
    "report": ["건의사항", "2차 신고"],
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(TERMS.items())


def services(classifier: Classifier, text: str) -> list[str]:
    return [match.service for match in classifier.classify(text)]


@pytest.mark.parametrize(
    "text",
    [
        "강서구 직원이 불친절해요",
        "강서구\n직원이 불친절해요",
        "강서구·직원",
        "동구-직원",
        "일 자리를 비웠어요",
        "여러 건의 사항",
        "주민 등록",
    ],
)
def test_a_term_written_as_one_word_never_crosses_a_gap(classifier: Classifier, text: str) -> None:
    assert services(classifier, text) == []


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("구직 상담", "jobs"),
        ("청년구직활동", "jobs"),
        ("일자리를 찾아요", "jobs"),
        ("불법주차 신고", "parking"),
        ("불법 주차 신고", "parking"),
        ("불법\n주차", "parking"),
        ("불법·주차", "parking"),
        ("우리동네불법주차", "parking"),
        ("상습 불법 주차된 차", "parking"),
        ("수도요금 자동이체", "water"),
        ("수도 요금 자동 이체", "water"),
        ("수도 요금자동 이체", "water"),
        ("수도요금이 많이", "water-bill"),
        ("2차 신고", "report"),
        ("2차신고", "report"),
        ("재등록", "register"),
        ("재 등록", "register"),
    ],
)
def test_a_term_with_a_space_is_found_written_together_and_apart(
    classifier: Classifier, text: str, service: str
) -> None:
    assert services(classifier, text)[0] == service


@pytest.mark.parametrize(
    "text", ["불법. 주차장은 어디", "불법, 주차", "불법! 주차", "불법(주차)", "불법/주차"]
)
def test_what_ends_a_sentence_or_a_part_of_it_ends_a_term(
    classifier: Classifier, text: str
) -> None:
    assert services(classifier, text) == []


def test_written_apart_a_term_begins_a_word(classifier: Classifier) -> None:
    assert services(classifier, "현재 등록된 차") == []
    assert services(classifier, "(재 등록)") == ["register"]


def test_a_term_written_both_ways_in_the_catalogue_is_one_term() -> None:
    both = Classifier([("parking", ["불법주차", "불법 주차"])])
    (match,) = both.classify("불법 주차")
    assert match.terms == ("불법주차",)
    assert match.score == 4.0


def test_letters_match_whole_words(classifier: Classifier) -> None:
    assert services(classifier, "No PARKING here") == ["parking"]
    assert services(classifier, "sparking") == []


def test_a_letter_that_stands_for_many_makes_no_text_longer() -> None:
    assert len(spelled("\ufdfa" * 5000)) == MAX_TEXT


def test_no_letter_has_marks_without_end() -> None:
    """Putting marks in order takes the square of their number: seconds, for a long text."""
    assert len(spelled("o" + "\u0301" * 2000 + "\u0316" * 2000)) <= 31
    assert spelled("Ho\u0302\u0300") == "hồ"
