"""The short link: every inquiry has one token, and nothing else is one."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.application.links import StatusLinks

LINKS = StatusLinks(key="a key of 22 characters", public_url="https://120.seoul.example/")
ID = "019ab3f0-7c1e-7d2a-9b1c-0123456789ab"


def token(links: StatusLinks, inquiry_id: str) -> str:
    return links.url(inquiry_id).rpartition("/")[2]


@given(st.uuids())
def test_a_link_leads_to_its_inquiry(id_: UUID) -> None:
    assert LINKS.inquiry_of(token(LINKS, str(id_))) == str(id_)


def test_a_link_is_short_and_shows_nothing_of_the_inquiry() -> None:
    assert re.fullmatch(r"https://120\.seoul\.example/i/[\w-]{22}", LINKS.url(ID))
    near = token(LINKS, ID.replace("9ab", "9aa"))
    alike = sum(a == b for a, b in zip(token(LINKS, ID), near, strict=True))
    assert alike < 8


@pytest.mark.parametrize(
    "text", ["", "x", "x" * 21, "x" * 23, "x" * 200, "비밀" * 11, "=" * 22, "a b" * 8, "\x00" * 22]
)
def test_what_is_no_token_leads_nowhere(text: str) -> None:
    assert LINKS.inquiry_of(text) is None


def test_a_token_has_one_spelling() -> None:
    """The last of 22 letters has four bits that no block fills."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    mine = token(LINKS, ID)
    others = [mine[:-1] + letter for letter in letters if letter != mine[-1]]
    assert ID not in [LINKS.inquiry_of(other) for other in others]


def test_another_key_makes_other_links_and_opens_none_of_these() -> None:
    other = StatusLinks(key="another key, as long", public_url="https://120.seoul.example")
    assert token(other, ID) != token(LINKS, ID)
    assert other.inquiry_of(token(LINKS, ID)) != ID
