"""Receipt numbers survive being read out, mistyped and written down in any way."""

from __future__ import annotations

from datetime import date

import pytest

from services.common.kernel import DomainError, Kind
from services.intake.domain import receipts

DAY = date(2026, 11, 23)


def test_the_check_digit_is_damms() -> None:
    assert receipts.check_digit("572") == "4"  # Damm's own example


def test_a_number_has_day_count_and_check_digit() -> None:
    assert receipts.write(DAY, 42) == "261123-00042-0"


def test_a_busy_day_needs_more_digits() -> None:
    written = receipts.write(DAY, 123_456)
    assert written.startswith("261123-123456-")
    assert receipts.read(written) == written


@pytest.mark.parametrize(
    "said",
    [
        "261123-00042-0",
        "261123000420",
        " 261123 00042 0 ",
        "261123.00042.0",
        "２６１１２３－０００４２－０",
        "2611 2300 0420",
        "261123–00042–0",
    ],
)
def test_a_person_may_write_it_in_any_way(said: str) -> None:
    assert receipts.read(said) == "261123-00042-0"


@pytest.mark.parametrize(
    "wrong",
    ["", "261123", "26112300042", "261123-00042-1", "261123-0042-0", "abc", "²61123-00042-0"[::-1]],
)
def test_what_is_no_number_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(DomainError) as refusal:
        receipts.read(wrong)
    assert refusal.value.slug == "invalid_receipt_number"
    assert refusal.value.kind is Kind.INVALID
    assert refusal.value.field == "receipt_number"


def test_a_very_long_text_is_refused_at_once() -> None:
    with pytest.raises(DomainError):
        receipts.read("2" * 1_000_000)


def test_every_single_wrong_digit_and_every_swap_of_neighbours_is_caught() -> None:
    digits = receipts.write(DAY, 90_817).replace("-", "")
    wrong = {
        digits[:at] + other + digits[at + 1 :]
        for at in range(len(digits))
        for other in "0123456789"
        if other != digits[at]
    }
    wrong |= {
        digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        for at in range(len(digits) - 1)
        if digits[at] != digits[at + 1]
    }
    for mistyped in wrong:
        with pytest.raises(DomainError):
            receipts.read(mistyped)


def test_leading_zeros_do_not_make_a_second_way_to_write_a_number() -> None:
    digits = "261123000042"
    with pytest.raises(DomainError):
        receipts.read(digits + receipts.check_digit(digits))


def test_a_number_is_taken_apart_as_it_was_written() -> None:
    assert receipts.parts(receipts.write(DAY, 123_456)) == (DAY, 123_456)
    with pytest.raises(ValueError, match="no receipt number"):
        receipts.parts("261126-00042-9")
