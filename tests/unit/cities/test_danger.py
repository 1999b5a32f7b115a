"""Words of danger: what is heard whatever else a text says, and what is a manner of speaking."""

from __future__ import annotations

import pytest

from scripts.cities.examples import HELD_BACK, read
from services.cities import PACKS, Certainty, City, Danger
from services.cities.catalogue.danger import Dangers

MOST_ALARMS = 0.008
"""The share of ordinary sentences that may sound the alarm: two in three of those that do speak of
what has fallen in, or of a wish to die."""


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("요즘은 그냥 죽고싶어요", "suicide"),
        ("가로등 꺼졌어요 그리고 이제 살기 싫어요", "suicide"),
        ("I want to die. Also, my water bill is wrong.", "suicide"),
        ("我真的不想活了", "suicide"),
        ("もう死にたいです", "suicide"),
        ("Tôi không muốn sống nữa", "suicide"),
        ("Амьдрахыг хүсэхгүй байна", "suicide"),
        ("죽어버릴까 생각 중이에요", "suicide"),
        ("다리에서 누가 난간을 넘어갔어요", "suicide"),
        ("楼上有人要跳楼", "suicide"),
        ("có người nhảy cầu", "suicide"),
        ("옆집에서 비명이 들려요", "violence"),
        ("길에 사람이 쓰러져 있어요", "life"),
        ("맨홀에 사람이 빠졌어요", "life"),
        ("전봇대에서 스파크가 튀어요", "fire"),
        ("옆집에서 칼 들고 싸워요", "violence"),
        ("남편이 때려서 집을 나왔어요", "home-violence"),
        ("윗집에서 아이를 때리는 소리가 나요", "child-abuse"),
        ("사람이 의식이 없어요", "life"),
        ("담벼락이 무너지고 있어요", "collapse"),
        ("The ceiling collapsed on us", "collapse"),
        ("계단에서 가스냄새가 심하게 나요", "gas"),
        ("There is a smell of gas on our stairs", "gas"),
        ("走廊里有煤气味", "gas"),
        ("쓰레기통에 불이 났어요", "fire"),
        ("Có mùi khét và đang cháy", "fire"),
    ],
)
def test_a_danger_is_heard(text: str, danger: str, seoul: City) -> None:
    found = seoul.danger_in(text)
    assert found is not None
    assert found.id == danger


@pytest.mark.parametrize(
    "text",
    [
        "더워 죽겠어요",
        "배고파 죽겠네",
        "가스요금이 너무 나와요",
        "게임 때문에 가정이 무너졌어요",
        "하늘이 무너졌습니다",
        "자살 예방 교육은 어디서 신청하나요",
        "성폭력 예방교육 강사를 구합니다",
        "냄새가 나서 숨을 못 쉬겠어요",
        "세금 폭탄에 집값에 불이 났어요",
        "주차 단속에 민원이 폭발했어요",
        "자살골 같은 행정이에요",
        "명함이 길바닥에 깔렸어요",
        "My business has collapsed since the road works",
        "My husband collapsed last week and we have no money",
        "",
    ],
)
def test_a_manner_of_speaking_is_no_danger(text: str, seoul: City) -> None:
    assert seoul.danger_in(text) is None


def test_a_manner_of_speaking_does_not_hide_what_is_meant(seoul: City) -> None:
    found = seoul.danger_in("가정이 무너졌어요. 이제 죽고 싶어요.")
    assert found is not None
    assert (found.id, found.terms) == ("suicide", ("죽고 싶",))


def test_the_terms_that_spoke_are_the_packs_and_never_the_citizens(seoul: City) -> None:
    found = seoul.danger_in("홍길동인데 가스 냄새가 나요")
    assert found is not None
    assert found.terms == ("가스 냄새",)


def test_who_acts_at_once_is_told_with_the_danger(seoul: City) -> None:
    found = seoul.danger_in("죽고 싶어요")
    assert found is not None
    assert found.told_number == "109"
    assert found.line["ko"] == "자살예방 상담전화"
    assert seoul.office(found.office).names["ko"] == "시민건강국"


def test_a_number_without_a_source_is_never_told() -> None:
    danger = Danger(
        id="flood",
        names={"en": "Flood"},
        line={"en": "A line"},
        number="555",
        office="c-safety",
        terms=("flood",),
        certainty=Certainty.ASSUMED,
    )
    (found,) = Dangers([danger]).found("a flood")
    assert found.told_number == ""


def test_a_city_without_such_a_table_hears_none(boston: City) -> None:
    assert boston.danger_in("I want to die") is None


def test_ordinary_sentences_rarely_sound_the_alarm(seoul: City) -> None:
    texts = [one.text for one in read(PACKS / "seoul" / "examples") if one.writer not in HELD_BACK]
    alarms = [text for text in texts if seoul.danger_in(text)]
    assert 0 < len(alarms) <= MOST_ALARMS * len(texts)
