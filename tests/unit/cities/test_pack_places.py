"""The tables of further names of places: what they do in a pack, and which faults are told."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from services.cities import PACKS, Ambiguous, City, PackFaults, Place, Resolved, Unknown, Why, load

TODAY = date(2026, 11, 23)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS / "saebom", tmp_path / "saebom"))


def city(folder: Path, **files: str) -> City:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return load(folder)


def test_a_road_and_a_post_code_lead_to_the_offices_of_their_places(folder: Path) -> None:
    town = city(
        folder,
        roads="name,shared_name,legal_places\n물레길,,w1;w2\n언덕길,yes,e1\n",
        post_codes="code,legal_places\n54321,e1\n",
    )
    along = town.locate(Place(address="물레길 3"), TODAY)
    assert isinstance(along, Ambiguous)
    assert along.candidates == ("o-mill", "o-quay")
    by_code = town.locate(Place(address="우)54321"), TODAY)
    assert isinstance(by_code, Resolved)
    assert by_code.office == "o-hill"
    elsewhere_too = town.locate(Place(address="언덕길 3"), TODAY)
    assert isinstance(elsewhere_too, Ambiguous)
    assert elsewhere_too.district is None
    assert isinstance(town.locate(Place(address="새봄시 언덕길 3"), TODAY), Resolved)


def test_another_town_and_a_shared_name(folder: Path) -> None:
    town = city(folder, elsewhere="name,kind\n이웃시,town\n나루동,shared\n")
    assert town.locate(Place(address="이웃시 나루동"), TODAY) == Unknown(
        reason=Why.ELSEWHERE, field="address"
    )
    assert town.locate(Place(address="이웃 나루동"), TODAY) == Unknown(
        reason=Why.ELSEWHERE, field="address"
    )
    asked = town.locate(Place(address="나루동"), TODAY)
    assert isinstance(asked, Ambiguous)
    assert asked.district is None
    assert isinstance(town.locate(Place(address="서안구 나루동"), TODAY), Resolved)


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("roads", "name,shared_name,legal_places\n길,,w9\n", "roads.csv:2: place 'w9' is not in"),
        ("stations", "name,districts\n물레,z9\n", "stations.csv:2: district 'z9' is not in"),
        ("stations", "name,districts\n물레,\n", "stations.csv:2: station 물레 lies in no district"),
        ("roads", "name,shared_name\n길,\n", "roads.csv:1: column legal_places is missing"),
        ("roads", "name,shared_name,legal_places\n,,w1\n", "roads.csv:2: name is missing"),
        ("post_codes", "code,legal_places\n54321,w1;w9\n", "post_codes.csv:2: place 'w9'"),
        ("elsewhere", "name,kind\n이웃시,village\n", "elsewhere.csv:2: 'village' is none of town"),
    ],
)
def test_a_fault_is_told_with_its_line(folder: Path, file: str, text: str, fault: str) -> None:
    with pytest.raises(PackFaults, match=fault.replace("(", r"\(")):
        city(folder, **{file: text})
