"""Text blocks of a pack: what each is for, what fills its gaps, and what is a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services import cities
from services.cities import Gap, Use
from services.cities.catalogue.text_blocks import UNKNOWN, TextBlock
from services.cities.pack.files import Faults
from services.cities.pack.text_blocks_file import TEXT_BLOCKS, read_text_blocks

SEOUL = cities.load("seoul")
KOREAN = (*SEOUL.text_blocks, *cities.load("saebom").text_blocks)
HOLE = next(one for one in SEOUL.text_blocks if one.code == "hole-filled")


def read(folder: Path, text: str) -> tuple[list[TextBlock], list[str]]:
    faults = Faults()
    (folder / TEXT_BLOCKS).write_text(text, encoding="utf-8")
    found = read_text_blocks(folder, ("ko", "en"), list(SEOUL.catalogue.values()), faults)
    return found, [fault.message for fault in faults.found]


def test_a_block_is_offered_for_its_use_and_its_matters_alone() -> None:
    assert HOLE.fits(Use.ANSWER, "pothole")
    assert not HOLE.fits(Use.ANSWER, "noise")
    assert not HOLE.fits(Use.SUPPLEMENT, "pothole")
    everywhere = next(one for one in SEOUL.text_blocks if one.code == "greeting")
    assert everywhere.fits(Use.ANSWER, "noise")
    assert everywhere.fits(Use.REFUSED, "")


def test_gaps_hold_what_is_known_and_show_where_nothing_is() -> None:
    text = HOLE.filled("ko", {Gap.PLACE: "{today} 앞", Gap.TODAY: "2026. 11. 23."})
    assert "도로({today} 앞)의" in text
    assert "2026. 11. 23. 응급" in text
    assert UNKNOWN in HOLE.filled("ko", {})


@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("name", cities.built_in())
def test_every_city_has_blocks_for_every_use_in_all_its_languages(name: str, use: Use) -> None:
    """A desk whose list is empty leaves its clerk to write the same letter every day."""
    city = cities.load(name)
    blocks = [one for one in city.text_blocks if use in one.uses]
    assert blocks
    for one in blocks:
        assert set(one.text) == set(one.title) == set(city.languages)
        for language in city.languages:
            assert "{" not in one.filled(language, {})


def test_no_block_leaves_the_choice_of_a_particle_to_its_reader() -> None:
    """Which of 은 and 는 comes behind a gap depends on what fills it, and a clerk who inserts a
    block may send both to a citizen."""
    both = re.compile(r"은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로")
    assert not [one.code for one in KOREAN if both.search(one.text["ko"])]


def test_citizens_apply_and_offices_take_in() -> None:
    """「접수」 is what the office does: a citizen who 「접수하신」 something is none of ours."""
    assert not [one.code for one in KOREAN if "접수하신" in one.text["ko"]]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("for: [answer], text: {ko: 가, en: a}", "the name in ko is missing"),
        ("title: {ko: 가, en: a}, text: {ko: 가, en: a}", "for is missing"),
        ("for: [praise], title: {ko: 가, en: a}, text: {ko: 가, en: a}", "'praise' is none of"),
        ("for: [answer], services: [x], title: {ko: 가, en: a}, text: {ko: 가, en: a}", "'x' is"),
        ("for: [answer], title: {ko: 가, en: a}, text: {ko: '{name}', en: a}", "{name} is none"),
        ("for: [answer], title: {ko: 가, en: a}, text: {ko: '{today!r}', en: a}", "{today} is"),
        ("for: [answer], title: {ko: 가, en: a}, text: {ko: '{', en: a}", "a brace too few"),
        ("for: [answer], title: {ko: 가, en: a}, texts: 1, text: {ko: 가, en: a}", "'texts' is"),
    ],
)
def test_what_is_wrong_with_a_block_is_named(tmp_path: Path, entry: str, fault: str) -> None:
    _, faults = read(tmp_path, f"blocks:\n  one: {{{entry}}}\n")
    assert any(fault in one for one in faults), faults


def test_a_city_without_the_file_has_none(tmp_path: Path) -> None:
    faults = Faults()
    assert read_text_blocks(tmp_path, ("ko",), [], faults) == []
    assert not faults.found
