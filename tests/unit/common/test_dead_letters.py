"""Letters fit a record whatever is dead; the command line chooses which of them come back."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.bus import dead_letters
from services.common.run import command_line


@dataclass(frozen=True)
class Message:
    """A consumed record."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    topic: str = "dasan.inquiries.v1"
    partition: int = 4
    offset: int = 17


SIZES = st.sampled_from([0, 1, 500, 2_000, 600_000, 1_100_000])


@settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, st.lists(SIZES, max_size=4), st.integers(0, 3_000))
def test_a_letter_always_fits_and_says_where_its_record_lies(
    key: int, value: int, headers: list[int], many: int
) -> None:
    message = Message(
        key=b"k" * key,
        value=b"v" * value,
        headers=(
            *((f"h{n}", b"x" * size) for n, size in enumerate(headers)),
            *((f"many{n}", b"y" * 400) for n in range(many)),
        ),
    )
    letter = dead_letters.letter("intake", message, "undecodable", "detail")
    size = len(letter.key) + len(letter.value) + sum(len(n) + len(v) for n, v in letter.headers)
    assert size <= dead_letters.LETTER_BYTES
    said = dict(letter.headers)
    assert (said["dlq_topic"], said["dlq_partition"]) == (b"dasan.inquiries.v1", b"4")
    assert (said["dlq_offset"], said["dlq_reason"]) == (b"17", b"undecodable")
    if "dlq_value_bytes" in said:
        assert not letter.value
        assert said["dlq_value_sha256"].decode() == sha256(message.value or b"").hexdigest()
    else:
        assert letter.value == message.value
        assert len(said) == len(message.headers) + 5


def test_a_letter_of_a_letter_keeps_only_its_last_reason() -> None:
    first = dead_letters.letter("intake", Message(b"k", b"v", (("ce_id", b"1"),)), "rejected", "a")
    again = Message(first.key, first.value, first.headers)
    letter = dead_letters.letter("intake", again, "undecodable", "b")
    assert [v for n, v in letter.headers if n == "dlq_reason"] == [b"undecodable"]
    assert dict(letter.headers)["ce_id"] == b"1"


def chosen(*words: str) -> dead_letters.Choice:
    parser = argparse.ArgumentParser()
    command_line.add_replay_arguments(parser)
    return command_line.letters_chosen(parser.parse_args(words))


def test_the_command_line_chooses() -> None:
    assert chosen() == dead_letters.ALL
    choice = chosen("--reason", "rejected", "--reason", "unreadable", "--id", "1", "--dry-run")
    assert choice.reasons == {"rejected", "unreadable"}
    assert (choice.ids, choice.dry_run) == (frozenset({"1"}), True)
    nine_in_seoul = chosen("--since", "2026-11-26T09:00:00+09:00").since
    assert nine_in_seoul == datetime(2026, 11, 26, tzinfo=UTC)
    assert chosen("--since", "2026-11-26").since == datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--reason", "none")])
def test_what_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        chosen(*words)
