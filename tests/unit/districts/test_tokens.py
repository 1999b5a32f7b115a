"""Tokens name one office and cannot be made without the secret."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel import DomainError, Kind
from services.districts.application.tokens import mint, office_of

SECRET = "a secret of the city"


def test_a_token_is_the_office_and_its_signature() -> None:
    signature = hmac.new(SECRET.encode(), b"d-11680", hashlib.sha256).hexdigest()
    assert mint(SECRET, "d-11680") == f"d-11680.{signature}"
    assert office_of(SECRET, mint(SECRET, "d-11680")) == "d-11680"


@given(token=st.text(max_size=120))
def test_no_other_text_is_a_token(token: str) -> None:
    with pytest.raises(DomainError) as refused:
        office_of(SECRET, token)
    assert (refused.value.slug, refused.value.kind) == ("bad_token", Kind.UNAUTHENTICATED)


@pytest.mark.parametrize(
    "token",
    [
        mint("another secret entirely", "d-11680"),
        mint(SECRET, "d-11650").replace("d-11650", "d-11680"),
        mint(SECRET, ""),
        mint(SECRET, "d-11680")[:-1],
    ],
)
def test_a_token_of_another_secret_or_office_is_refused(token: str) -> None:
    with pytest.raises(DomainError, match="bad_token"):
        office_of(SECRET, token)
