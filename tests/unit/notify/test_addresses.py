"""Only what can end no header and hide none is sent to, in the form that servers take."""

from __future__ import annotations

import time

import pytest

from services.notify.adapters.addresses import BadAddress, counted_mail, mailbox, phone


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hana@citizen.example", "hana@citizen.example"),
        (" Hana.Kim+120@Citizen.Example ", "Hana.Kim+120@citizen.example"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("kim@한글.example", "kim@xn--bj0bj06e.example"),
        ("김@example.org", "김@example.org"),
        ("o'neill@x.example", "o'neill@x.example"),
    ],
)
def test_an_address_is_sent_to_in_its_ascii_form(typed: str, sent: str) -> None:
    assert str(mailbox(typed)) == sent


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "@x.example",
        "a@",
        "a@[1",
        "a@[127.0.0.1]",
        "a@localhost",
        "a@x..example",
        "a@x.example.",
        "a b@x.example",
        '"a b"@x.example',
        "a..b@x.example",
        ".a@x.example",
        "a\r\nBcc: x@y.example",
        "a@x.example\r\nBcc: x@y.example",
        "=?utf-8?q?a=0aBcc:_x=40y.example?=@x.example",
        "=?utf-8?q?a=0aBcc=3A_x=40y.example?=@x.example",
        "a,b@x.example",
        "a<b@x.example",
        "a\u200b@x.example",
        "half\ud800@x.example",
        "a@half\ud800.example",
        f"{'a' * 65}@x.example",
        f"a@{'a.' * 126}example",
    ],
)
def test_what_is_no_address_is_said_so_without_it(typed: str) -> None:
    with pytest.raises(BadAddress) as refused:
        mailbox(typed)
    assert len(typed) < 3 or typed not in str(refused.value)


def test_a_long_line_of_letters_is_refused_at_once() -> None:
    begun = time.process_time()
    with pytest.raises(BadAddress):
        mailbox("a" * 100_000 + "!!@x(")
    assert time.process_time() - begun < 1


def test_only_letters_before_the_at_need_smtputf8() -> None:
    assert mailbox("김@example.org").needs_utf8
    assert not mailbox("kim@bücher.example").needs_utf8


def test_one_mailbox_is_counted_as_one() -> None:
    spellings = ["kim@bücher.example", "KIM@xn--bcher-kva.example", "kim+1@Bücher.example"]
    assert len({counted_mail(one) for one in spellings}) == 1
    assert counted_mail("a@[1") == "a@[1"


@pytest.mark.parametrize("number", ["", "119", "010-1234-5678", "+0212345678", "+82", "+82x"])
def test_what_is_no_number_with_its_country_is_refused(number: str) -> None:
    with pytest.raises(BadAddress):
        phone(number)
    assert phone("+821012345678") == "+821012345678"
