"""The labelled sentences: as many, as different and as clean as their README promises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.cities.examples import HELD_BACK, WRITERS, Example, faults, read
from services.cities import PACKS, City

FOLDER = PACKS / "seoul" / "examples"


@pytest.fixture(scope="module")
def examples() -> tuple[Example, ...]:
    return read(FOLDER)


def test_the_sentences_have_no_fault(examples: tuple[Example, ...], seoul: City) -> None:
    assert [str(fault) for fault in faults(examples, seoul)] == []


def test_every_service_has_sentences(examples: tuple[Example, ...], seoul: City) -> None:
    assert set(seoul.catalogue) == {one.service for one in examples}


def test_the_readme_names_the_writers_and_who_is_held_back() -> None:
    rows = [
        line
        for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    named = {
        row.split("`")[1]: "held back" in row for row in rows if row.split("|")[2].strip().isdigit()
    }
    assert named == {writer: writer in HELD_BACK for writer in WRITERS}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"service": "dragons"}, "no service 'dragons'"),
        ({"language": "xx"}, "language 'xx'"),
        ({"writer": "poet"}, "writer 'poet'"),
        ({"also": "noise"}, "only several-matters"),
        ({"text": "개"}, "1 characters"),
        ({"text": "개가  짖어요"}, "gap too many"),
        ({"text": "개가 짖어요 010-1234-5678로 전화 주세요"}, "telephone number"),
        ({"text": "제 번호는 900101-1234567입니다"}, "resident number"),
        ({"text": "12가 3456 차가 개를 쳤어요"}, "licence plate"),
        ({"text": "개 사진은 someone@example.com에 있어요"}, "e-mail"),
    ],
)
def test_a_broken_sentence_is_told(change: dict[str, Any], fault: str, seoul: City) -> None:
    good = Example(
        service="animal",
        language="ko",
        writer="plain",
        text="개가 혼자 돌아다녀요",
        also="",
        file="animal.csv",
        line=2,
    )
    told = [str(one) for one in faults([replace(good, **change)], seoul)]
    assert any(one.startswith("animal.csv:2: ") and fault in one for one in told)


def test_two_alike_are_told_and_two_about_one_thing_are_not(seoul: City) -> None:
    texts = [
        "역 앞 골목에 주인 없는 개가 며칠째 혼자 돌아다녀요",
        "시장 앞 골목에 주인 없는 개가 며칠째 혼자 돌아다녀요!",
        "며칠째 강아지 한 마리가 혼자 배회하는데 목걸이가 없어요",
    ]
    rows = [
        Example(
            service="animal",
            language="ko",
            writer="plain",
            text=text,
            also="",
            file="animal.csv",
            line=line,
        )
        for line, text in enumerate(texts, start=2)
    ]
    told = [str(one) for one in faults(rows, seoul) if "shares" in str(one)]
    assert [one.split(" ")[:2] for one in told] == [["animal.csv:3:", "shares"]]


def test_too_few_too_few_held_back_and_too_official_are_told(seoul: City) -> None:
    one = Example(
        service="animal",
        language="ko",
        writer="plain",
        text="유기견을 봤어요",
        also="",
        file="animal.csv",
        line=2,
    )
    told = {str(fault) for fault in faults([one], seoul)}
    assert told >= {
        "animal.csv:0: 1 in ko",
        "animal.csv:0: 0 held back in ko",
        "animal.csv:0: 0 in mn",
        "animal.csv:0: 1 of 1 texts hold a keyword",
    }


def test_another_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "animal.csv").write_text("language,text\nko,개가 짖어요\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"animal\.csv: the columns"):
        read(tmp_path)
