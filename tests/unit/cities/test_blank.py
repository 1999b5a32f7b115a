"""Texts that look empty are empty, whatever characters they hold."""

from __future__ import annotations

import pytest

from services.cities import is_blank


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\r\n\u3000\u00a0",
        "\u3164",
        "\u3164 \u3164",
        "\u115f\u1160",
        "\uffa0",
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u202e\u2066\u00ad",
        "\u2800\u2800",
        "\ufe0f\u034f",
        "\U000e0041",
        "\x00\x1f",
        "\u0301",
        "\ufffc",
        "\ud800",
    ],
)
def test_nothing_can_be_seen(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["가", "ㄱ", "\u3164가", "\u200b.", "👍", "？", "0", "\u11a8"])
def test_something_can_be_seen(text: str) -> None:
    assert not is_blank(text)
