"""What an unknown sender may make the city call somebody."""

from __future__ import annotations

import pytest

from services.notify.domain.addressee import plausible_name


@pytest.mark.parametrize(
    "name",
    [
        "김하나",
        "남궁 민수",
        "알렉산드르 푸시킨",
        "Jean-Luc Picard",
        "O'Neill",
        "J. R. Smith",
        "Nguyễn Văn Bình",
        "玛丽·居里",
        "山田 太郎",
        "Дмитрий Иванов",
        "अमित कुमार",
    ],
)
def test_a_name_is_kept(name: str) -> None:
    assert plausible_name(name) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "당첨 https://evil.example/claim",
        "evil.example",
        "evil．com",
        "=?utf-8?q?a=0aBcc:_x@y.example?=",
        "kim\r\nBcc: x@y.example",
        "kim\nBcc",
        "x@y",
        "<b>Kim</b>",
        "[Kim](x)",
        "010-1234-5678",
        "Kim 1577",
        "①",
        "٠١٢",
        "𝐤𝐢𝐦",
        "\u3164",
        "\u200b",
        "Kim\u202e",
        "귀하의계좌가정지되었습니다",
        "귀하의 계좌가 정지 되었습니다",
        "지금 전화하세요",
        "공일공일이삼사오륙칠팔",
        "please call this number right now",
        "K" * 41,
        "a\u0301\u0301\u0301\u0301\u0301",
    ],
)
def test_what_is_no_name_is_not_printed(typed: str) -> None:
    assert plausible_name(typed) == ""
