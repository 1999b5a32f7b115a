"""How a text is read for the trained words: what is one to the reader is one to the program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities.catalogue.pieces import MAX_CHARACTERS, levelled, pieces, written_in


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("  Pothole, AGAIN!! ", " pothole again "),
        ("ＡＢ１２３번 버스", " ab00번 버스 "),
        ("ㅋㅋㅋㅋㅋㅋ 진짜요???", " \u110f\u110f 진짜요 "),
        ("?!", ""),
        ("", ""),
    ],
)
def test_a_text_is_levelled(text: str, level: str) -> None:
    assert levelled(text) == level


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    text = "가나 " * MAX_CHARACTERS
    assert levelled(text) == levelled(text[:MAX_CHARACTERS])


def test_without_its_gaps_a_text_reads_the_same_however_it_was_spaced() -> None:
    _, together = pieces(levelled("수도요금이이상해요"))
    _, apart = pieces(levelled("수도 요금이 이상 해요"))
    assert together.numbers.tolist() == apart.numbers.tolist()


def test_within_words_no_piece_crosses_a_gap() -> None:
    within, _ = pieces(levelled("가나 다라"))
    # " 가나 " and " 다라 " each: 2 of one letter, 3 of two, 2 of three, 1 of four.
    assert len(within.numbers) == 2 * (2 + 3 + 2 + 1)
    assert set(within.numbers.tolist()) == {
        number for word in ("가나", "다라") for number in pieces(levelled(word))[0].numbers.tolist()
    }


def test_every_piece_knows_the_word_in_which_it_begins() -> None:
    words = pieces(levelled("가나 다라"))[0]
    first = set(pieces(levelled("가나"))[0].numbers.tolist())
    for number, word in zip(words.numbers.tolist(), words.words.tolist(), strict=True):
        assert word == (0 if number in first else 1)


@given(st.text(max_size=40))
def test_any_text_is_read_and_its_pieces_lie_in_its_words(text: str) -> None:
    level = levelled(text)
    for reading in pieces(level):
        assert len(reading.numbers) == len(reading.words)
        assert all(0 <= word < len(level.split()) for word in reading.words.tolist())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("CCTV가 고장 났어요", "ko"),
        ("ㅠㅠ", "ko"),
        ("道路に穴があります", "ja"),
        ("路上有个坑", "zh"),
        ("Замд нүх гарсан", "mn"),
        ("Đường có ổ gà", "vi"),
        ("There is a hole in the road", "en"),
        ("", "en"),
    ],
)
def test_letters_show_the_language(text: str, language: str) -> None:
    assert written_in(levelled(text)) == language


def test_a_letter_that_stands_for_many_makes_no_text_longer() -> None:
    assert len(levelled("\ufdfa" * MAX_CHARACTERS)) <= MAX_CHARACTERS + 2
