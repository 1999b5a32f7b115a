"""What officials teach: which sentence is kept, and as which line of a pack's examples."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest

from scripts.cities.examples import COLUMNS, WRITERS
from services.common.kernel import DomainError
from services.routing.domain.example import decide
from services.routing.domain.example.model import WRITER, Example
from services.routing.entrypoints.examples import as_rows
from tests.unit.routing.town import NOW

WORDS = "우리 집 앞 골목 끝에 있는 가로등이 며칠째 안 켜져요. 김민지 010-1234-5678"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("등이요", "sentence_length"),
        ("가" * 201, "sentence_length"),
        (" \n ", "sentence_length"),
        ("연락처는 010-1234-5678입니다", "sentence_personal"),
        ("901010-1234567 민원입니다", "sentence_personal"),
        ("a.b@example.org로 회신 바랍니다", "sentence_personal"),
        ("12가 3456 차량이 서 있습니다", "sentence_personal"),
        ("골목 끝에 있는 가로등이 며칠째 안 켜집니다", "sentence_repeats"),
        ("골목끝에있는 가로등이 며칠째! 안 켜져", "sentence_repeats"),
    ],
)
def test_a_sentence_that_may_hold_a_person_is_not_kept(text: str, slug: str) -> None:
    with pytest.raises(DomainError) as error:
        decide.sentence(text, WORDS)
    assert (error.value.slug, error.value.field) == (slug, "sentence")


def test_a_neutral_one_is_kept_composed_on_one_line() -> None:
    kept = decide.sentence("  가로등이\n켜지지   않습니다 ", WORDS)
    assert kept == "가로등이 켜지지 않습니다"
    assert decide.sentence("The lamp is out", None) == "The lamp is out"


def test_it_is_kept_once() -> None:
    first = decide.write(
        None, id_="1", service_code="lamp", text="가로등 고장입니다", caller="desk", now=NOW
    )
    assert first is not None
    assert (first.state.language, first.events, first.wake_at) == ("ko", (), None)
    later = NOW + timedelta(hours=1)
    again = decide.write(
        first.state, id_="1", service_code="idea", text="other words", caller="desk", now=later
    )
    assert again is None


def test_its_line_is_one_of_a_packs_examples() -> None:
    example = Example(
        id="1",
        service_code="lamp",
        language="en",
        text='Dark, "very dark" lane',
        written_at=NOW,
        written_by="desk",
    )
    head, row = csv.reader(as_rows([example]).splitlines())
    assert head == ["service", *COLUMNS]
    assert row == ["lamp", "en", WRITER, example.text, ""]
    assert WRITER in WRITERS
