"""What texts and contacts are known again by, and that nobody can read or test them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.application.likeness import PLACES, Likenesses
from services.intake.domain.model import Contact

OURS, OTHERS = Likenesses(key="one secret of intake"), Likenesses(key="another secret of it")
TEXT = "골목 끝에 있는 등이 나가서 밤에 너무 캄캄해요"


def test_spaces_signs_widths_and_cases_make_no_other_text() -> None:
    assert OURS.signature("ＬＥＤ 등이 나갔어요!") == OURS.signature("led등이   나갔어요")
    assert len(OURS.signature(TEXT)) == 4 * PLACES


@pytest.mark.parametrize("text", ["", " \n", "?!…"])
def test_a_text_without_letters_is_like_none(text: str) -> None:
    assert OURS.signature(text) == b""


def test_a_text_of_one_letter_has_a_signature() -> None:
    assert OURS.signature("등") != OURS.signature("불")


def test_who_does_not_hold_the_secret_cannot_test_words_or_addresses() -> None:
    contact = Contact(phone="+821012345678")
    assert OURS.signature(TEXT) != OTHERS.signature(TEXT)
    assert OURS.petitioner(contact) != OTHERS.petitioner(contact)


@given(text=st.text(max_size=200))
def test_a_signature_is_the_same_each_time_and_has_one_length(text: str) -> None:
    signature = OURS.signature(text)
    assert signature == Likenesses(key="one secret of intake").signature(text)
    assert len(signature) in (0, 4 * PLACES)


_ADDRESSES = st.sampled_from(["", "a@example.org", "b@example.org", "+821011112222"])


@given(one=_ADDRESSES, other=_ADDRESSES)
def test_only_the_same_contact_is_the_same_petitioner(one: str, other: str) -> None:
    def petitioner(address: str) -> str:
        if not address:
            return OURS.petitioner(None)
        email = "@" in address
        return OURS.petitioner(Contact(email=address) if email else Contact(phone=address))

    assert (petitioner(one) == petitioner(other)) == (one == other)
    assert (petitioner(one) == "") == (one == "")
    assert not one or one not in petitioner(one)


def test_a_vouched_address_comes_before_another() -> None:
    both = Contact(phone="+821011112222", email="Me@example.org")
    phone, email = Contact(phone="+821011112222"), Contact(email="me@example.org")
    vouched = Contact(phone="+821011112222", email="me@example.org", email_verified=True)
    assert OURS.petitioner(both) == OURS.petitioner(phone)
    assert OURS.petitioner(vouched) == OURS.petitioner(email)


def test_a_name_is_no_contact() -> None:
    assert OURS.petitioner(Contact(name="홍길동")) == ""
