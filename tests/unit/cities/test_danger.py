"""Words of danger: what is heard whatever else a text says, and what is a manner of speaking."""

from __future__ import annotations

import pytest

from scripts.cities.examples import HELD_BACK, read
from services.cities import PACKS
from services.cities.catalogue.danger import Dangers, read_terms

MOST_ALARMS = 0.005
"""The share of ordinary sentences that may sound the alarm."""


@pytest.fixture(scope="module")
def dangers() -> Dangers:
    return Dangers(read_terms(PACKS / "seoul" / "dangers.csv"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("요즘은 그냥 죽고싶어요", "suicide"),
        ("가로등 꺼졌어요 그리고 이제 살기 싫어요", "suicide"),
        ("I want to die. Also, my water bill is wrong.", "suicide"),
        ("옆집에서 칼 들고 싸워요", "violence"),
        ("담벼락이 무너지고 있어요", "collapse"),
        ("계단에서 가스냄새가 심하게 나요", "gas"),
        ("There is a smell of gas on our stairs", "gas"),
        ("쓰레기통에 불이 났어요", "fire"),
    ],
)
def test_a_danger_is_heard(text: str, what: str, dangers: Dangers) -> None:
    assert [danger.what for danger in dangers.found(text)] == [what]


@pytest.mark.parametrize("text", ["더워 죽겠어요", "배고파 죽겠네", "가스요금이 너무 나와요", ""])
def test_a_manner_of_speaking_is_no_danger(text: str, dangers: Dangers) -> None:
    assert dangers.found(text) == ()


def test_the_terms_that_spoke_are_the_packs_and_never_the_citizens(dangers: Dangers) -> None:
    (danger,) = dangers.found("홍길동인데 가스 냄새가 나요")
    assert danger.terms == ("가스 냄새",)


def test_ordinary_sentences_rarely_sound_the_alarm(dangers: Dangers) -> None:
    texts = [one.text for one in read(PACKS / "seoul" / "examples") if one.writer not in HELD_BACK]
    alarms = [text for text in texts if dangers.found(text)]
    assert 0 < len(alarms) <= MOST_ALARMS * len(texts)
