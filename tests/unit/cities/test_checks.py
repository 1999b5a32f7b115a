"""What `check` refuses: unsourced periods, unreachable offices, undecided words, bare referrals."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cities import PACKS, City, PackFaults, load
from services.cities.__main__ import check


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A copy of the invented town that a test may break."""
    return Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(PackFaults) as refused:
        load(folder)
    return [str(fault) for fault in refused.value.faults]


def fill(folder: Path, code: str, **cells: str) -> None:
    """Sets cells of one service in the catalogue, adding columns where they are missing."""
    path = folder / "catalogue.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    columns = list(dict.fromkeys([*rows[0], *cells]))
    for row in rows:
        if row["code"] == code:
            row.update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def add(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as handle:
        handle.write(line + "\n")


AGENCIES = "id,name.en,name.ko,number,status,source\n"
DANGERS = (
    "danger,name.en,name.ko,line.en,line.ko,number,office,terms.en,status,source\n"
    "fire,Fire,불,Brigade,소방,119,"
)
FLOOD = "flood,Flood,홍수,Brigade,소방,119,c-works,on fire,sourced,paper\n"


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (
            lambda town: fill(town, "market-stall", status=""),
            "catalogue.csv:4: status is missing: is the period sourced or assumed?",
        ),
        (
            lambda town: fill(town, "market-stall", status="perhaps"),
            "catalogue.csv:4: 'perhaps' is none of sourced, assumed",
        ),
        (lambda town: fill(town, "market-stall", source=""), "catalogue.csv:4: source is missing"),
        (lambda town: fill(town, "idea", source=""), "catalogue.csv:5: source is missing"),
        (
            lambda town: add(town, "departments.csv", "c-lost,Lost,분실과"),
            "departments.csv:4: nobody can reach c-lost: no service is its, and no desk",
        ),
        (
            lambda town: fill(town, "idea", **{"keywords.en": "idea;street lamp"}),
            "catalogue.csv:5: 'street lamp' is also lamp's (line 2), and shared_words.csv does not",
        ),
        (
            lambda town: write(town, "shared_words.csv", "word,first\nmoving in,idea\n"),
            "shared_words.csv:2: 'moving in' is not a keyword of idea and of another service",
        ),
        (
            lambda town: fill(town, "lamp", refer_to="x-power"),
            "catalogue.csv:2: refer_to 'x-power' is not in agencies.csv with its number",
        ),
        (
            lambda town: write(
                town, "agencies.csv", AGENCIES + "x-power,Power,전력공사,,sourced,paper\n"
            ),
            "agencies.csv:2: the number that matters are referred to is missing",
        ),
        (
            lambda town: write(
                town, "agencies.csv", AGENCIES + "x-power,Power,전력공사,123,,paper\n"
            ),
            "agencies.csv:2: status is missing",
        ),
        (
            lambda town: write(
                town, "agencies.csv", AGENCIES + "x-power,Power,전력공사,123,sourced,paper\n"
            ),
            "agencies.csv:2: nobody can reach x-power: no service is referred to it",
        ),
        (
            lambda town: fill(town, "lamp", delegable="yes"),
            "catalogue.csv:2: only a permit is delegable: what is none needs no delegation",
        ),
        (
            lambda town: fill(town, "idea", anywhere="yes"),
            "catalogue.csv:5: anywhere is for services of districts and community offices",
        ),
        (
            lambda town: fill(town, "lamp", legal_basis="도로법 제31조"),
            "catalogue.csv:2: legal basis '도로법 제31조' is not in full",
        ),
        (
            lambda town: fill(town, "lamp", split_to="c-none", split_status="assumed"),
            "catalogue.csv:2: split_to 'c-none' is not in the pack",
        ),
        (
            lambda town: fill(town, "lamp", target_hours="3"),
            "catalogue.csv:2: status is missing",
        ),
        (
            lambda town: write(town, "dangers.csv", DANGERS + "c-none,on fire,sourced,paper\n"),
            "dangers.csv:2: office 'c-none' is not in departments.csv",
        ),
        (
            lambda town: write(town, "dangers.csv", DANGERS + "c-works,on fire,sourced,\n"),
            "dangers.csv:2: source is missing",
        ),
        (
            lambda town: write(town, "dangers.csv", DANGERS + "c-works,on fire,,paper\n"),
            "dangers.csv:2: status is missing: is the number sourced or assumed?",
        ),
        (
            lambda town: write(town, "dangers.csv", DANGERS + "c-works,,sourced,paper\n"),
            "dangers.csv:2: no text can speak of 'fire': it has no terms",
        ),
        (
            lambda town: write(
                town, "dangers.csv", DANGERS + "c-works,on fire,sourced,paper\n" + FLOOD
            ),
            "dangers.csv:3: 'on fire' is also a term of fire",
        ),
        (
            lambda town: fill(town, "lamp", procedure="lottery"),
            "catalogue.csv:2: 'lottery' is none of",
        ),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(
    break_it: Callable[[Path], None], fault: str, town: Path
) -> None:
    break_it(town)
    assert any(found.startswith(fault) for found in faults_of(town)), faults_of(town)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("  OTHER: {period: now, ", "the period of OTHER"),
        ("  to_other_department: {period: 3h, ", "the limit to_other_department"),
    ],
)
def test_a_period_of_the_calendar_needs_a_status(line: str, what: str, town: Path) -> None:
    path = town / "calendar.yaml"
    text = path.read_text(encoding="utf-8")
    assert line + "status: sourced, " in text
    path.write_text(text.replace(line + "status: sourced, ", line), encoding="utf-8")
    asked = f"status is missing: is {what} sourced or assumed?"
    assert any(fault.endswith(asked) for fault in faults_of(town))


def test_every_fault_is_told_at_once(town: Path) -> None:
    fill(town, "market-stall", status="")
    fill(town, "lamp", refer_to="x-power")
    fill(town, "idea", **{"keywords.en": "idea;street lamp"})
    add(town, "departments.csv", "c-lost,Lost,분실과")
    said: list[str] = []
    assert check([str(town)], said.append) == 1
    told = "\n".join(said)
    for part in (
        "town/catalogue.csv:4: status is missing",
        "town/catalogue.csv:2: refer_to 'x-power'",
        "town/catalogue.csv:5: 'street lamp' is also lamp's",
        "town/departments.csv:4: nobody can reach c-lost",
    ):
        assert part in told


def test_a_shared_word_leads_to_the_service_the_rule_names(town: Path) -> None:
    fill(town, "idea", **{"keywords.en": "idea;street lamp"})
    write(town, "shared_words.csv", "word,first\nstreet lamp,lamp\n")
    assert load(town).classify("street lamp")[0].service == "lamp"


def test_a_rule_that_the_classifier_does_not_follow_is_a_fault(town: Path) -> None:
    fill(town, "idea", **{"keywords.en": "idea;street lamp"})
    write(town, "shared_words.csv", "word,first\nstreet lamp,idea\n")
    fault = "catalogue.csv:2: 'street lamp' is unreachable: alone it leads to lamp"
    assert fault in faults_of(town)


def test_a_department_that_only_people_hand_matters_to_may_say_so(town: Path) -> None:
    text = (town / "departments.csv").read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    lines = [f"{head},by_hand", *(f"{row}," for row in rows), "c-lost,Lost,분실과,yes"]
    write(town, "departments.csv", "\n".join(lines) + "\n")
    assert "c-lost" in load(town).offices


def test_what_a_pack_says_of_a_service_is_read(town: Path) -> None:
    write(town, "agencies.csv", AGENCIES + "x-power,Power,전력공사,123,assumed,heard of\n")
    fill(
        town,
        "lamp",
        refer_to="x-power",
        intake="dong",
        sealed="yes",
        procedure="report",
        split_to="c-hall",
        split_status="assumed",
        **{"split_when.en": "on a main road", "split_when.ko": "큰길"},
        target_hours="3",
        target_status="assumed",
        target_source="a guess",
        legal_basis="「도로법」 제31조·제32조제1항; 「전기사업법」",
    )
    city: City = load(town)
    lamp = city.service("lamp")
    assert city.agency("x-power").number == "123"
    assert lamp.sealed
    assert lamp.split is not None
    assert lamp.split.when["en"] == "on a main road"
    assert lamp.target is not None


def test_a_city_cannot_be_told_that_a_case_is_overdue_before_its_office_is(town: Path) -> None:
    path = town / "calendar.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "overdue_to_head" not in line), "utf-8")
    [fault] = faults_of(town)
    assert "overdue_to_city needs overdue_to_head" in fault


def test_a_citizen_cannot_be_told_how_many_days_have_passed_in_another_unit(town: Path) -> None:
    path = town / "calendar.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{period: 30c,", "{period: 1m,"), "utf-8")
    [fault] = faults_of(town)
    assert "progress_notice must be days" in fault
