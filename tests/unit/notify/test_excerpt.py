"""The beginning of a citizen's words in the city's mail: a few plain words of theirs, nothing that
leads anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.excerpt import LONGEST, beginning


@pytest.mark.parametrize(
    ("words", "repeated"),
    [
        ("가로등이 꺼져 있습니다.", "가로등이 꺼져 있습니다."),
        ("  가로등이\n꺼져\t있습니다. ", "가로등이 꺼져 있습니다."),
        ("세종대로 175 앞 보도가 3.5m 꺼졌어요 ㅠ", "세종대로 175 앞 보도가 3.5m 꺼졌어요 ㅠ"),
        ("Where can I register? It's urgent!", "Where can I register? It's urgent!"),
        ("路灯坏了。请修理！", "路灯坏了。请修理！"),
        ("街灯が、つきません。", "街灯が、つきません。"),
        ("Đèn đường bị hỏng", "Đèn đường bị hỏng"),
        ("Гэрэл асахгүй байна", "Гэрэл асахгүй байна"),
    ],
)  # fmt: skip
def test_plain_words_are_repeated_on_one_line(words: str, repeated: str) -> None:
    assert beginning(words) == repeated


def test_what_is_longer_is_cut_at_a_word_and_says_so() -> None:
    words = "집 앞 골목 가로등이 사흘째 꺼져 있습니다. 밤에 다니기가 위험하니 빨리 고쳐 주세요."
    assert (
        beginning(words) == "집 앞 골목 가로등이 사흘째 꺼져 있습니다. 밤에 다니기가 위험하니 빨리…"
    )
    assert beginning("a" * 200) == "a" * LONGEST + "…"
    assert beginning("路灯坏了" * 50) == "路灯坏了" * 10 + "…"


@pytest.mark.parametrize(
    "bait",
    [
        "https://evil.example/win",
        "evil.example",
        "evil。example",
        "WWW.evil",
        "tel:112",
        "javascript:alert",
        "pay@evil.example",
        "93.184.216.34",
        "1.1.1.1",
        "010-1234-5678",
        "(02)123-4567",
        "02 123 4567",
        "1588-1234",
        "0·1·0·1·2",
        "０１０１２３４５６７８",
        "①②③④⑤⑥⑦⑧",
        "<b>굵게</b>",
        "[여기](x)",
        "**중요**",
        "{{answer}}",
        "&lt;",
        "ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "𝐞𝐯𝐢𝐥",
        "\u202eelpmaxe",
        "가\u200b나",
        "ㅤ",
        "e" + "\u0301" * 9,
    ],
)
def test_what_leads_elsewhere_ends_it(bait: str) -> None:
    assert beginning(f"가로등이 꺼졌어요 {bait} 고쳐 주세요") == "가로등이 꺼졌어요…"
    assert beginning(bait) == ""


def test_digits_alone_say_nothing() -> None:
    assert beginning("1 2 !") == beginning("...") == beginning("") == ""


@given(st.text(max_size=300))
def test_whatever_was_typed_it_is_one_short_line(words: str) -> None:
    repeated = beginning(words)
    assert len(repeated) <= LONGEST + 1
    assert repeated.isprintable()
    assert not set("<>@/\\&[]{}=*_`|#") & set(repeated)
