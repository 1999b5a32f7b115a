"""Which words training asks the small embedding model about."""

from __future__ import annotations

from scripts.cities.meaning import words


def test_the_commonest_words_come_first_and_single_letters_not_at_all() -> None:
    assert words("ko", ["가로등 또 고장", "가로등 고장", "가로등 A"]) == ["가로등", "고장"]


def test_of_languages_without_gaps_runs_of_signs_stand_for_words() -> None:
    assert words("zh", ["路灯坏了", "路灯"]) == [
        "路灯",
        "灯坏",
        "坏了",
        "路灯坏",
        "灯坏了",
        "路灯坏了",
    ]
