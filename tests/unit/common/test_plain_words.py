"""What people type becomes words that every system downstream can take."""

from __future__ import annotations

import pytest

from services.common.edge.plain_words import words_only


def test_controls_become_spaces_and_lines_stay() -> None:
    assert words_only("a\x00b\x1b\x85c\r\n\td") == "a b  c\r\n\td"
    assert words_only(7) == 7


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="half"):
        words_only("a\ud800")
