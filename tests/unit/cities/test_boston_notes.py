"""Boston's titles on a small invented record: parted by time, baselines and scores as by hand."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

import pytest

from scripts.cities import boston_notes
from scripts.cities.boston_notes import Note, Told
from scripts.cities.page import put
from services.cities import City

COLUMNS = ("OPEN_DT", "CASE_TITLE", "TYPE", "Department", "neighborhood", "Source")
ROWS = [
    ("02/28/2015 11:59:59 PM", "Pothole on Elm St 12", "Pothole Repair (Internal)", "PWDx"),
    ("03/01/2015 12:00:00 AM", "POTHOLE  on elm st, 99", "Pothole Repair (Internal)", "INFO"),
    ("03/31/2015 11:59:59 PM", "Sign Repair", "Sign Repair", "BTDT"),
    ("04/01/2015 12:00:00 AM", "sign-repair", "Sign Repair", "BTDT"),
    ("01/01/2015 08:00:00 AM", "Pothole, Elm St 7", "Pothole Repair (Internal)", "PWDx"),
    ("04/02/2015 08:00:00 AM", "Pothole on Elm St 34", "Pothole Repair (Internal)", "PWDx"),
    ("04/03/2015 08:00:00 AM", "PRINTED", "Sign Repair", "BTDT"),
    ("04/03/2015 08:00:00 AM", " ", "Sign Repair", "BTDT"),
    ("04/03/2015 08:00:00 AM", "///", "Sign Repair", "BTDT"),
    ("04/30/2015 08:00:00 AM", "Rats behind the bakery", "Rodent Activity", "ISD"),
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "requests.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerows([COLUMNS, *((*row, "Roxbury", "Self Service") for row in ROWS)])
    return file


def note(title: str, department: str) -> Note:
    return Note(
        opened=date(2015, 4, 1),
        title=title,
        type="",
        department=department,
        district="",
        source="",
    )


def test_what_judges_comes_after_all_that_is_learned(record: Path) -> None:
    parts = boston_notes.split(boston_notes.read(record))
    assert [one.title for one in parts.early] == ["Pothole on Elm St 12", "Pothole, Elm St 7"]
    assert [one.title for one in parts.held] == ["POTHOLE  on elm st, 99", "Sign Repair"]
    assert max(one.opened for one in parts.early) < min(one.opened for one in parts.held)
    assert max(one.opened for one in parts.learned) < min(one.opened for one in parts.judging)
    assert len(parts.learned) + len(parts.judging) == 7, "three rows have no title"


def test_the_hard_part_is_told_by_words_and_not_by_signs(record: Path) -> None:
    parts = boston_notes.split(boston_notes.read(record))
    assert list(boston_notes.groups(parts).values()) == [
        [True, True, True],
        [False, True, True],  # "sign-repair" says no more than its type
        [False, False, True],  # "Elm St 34" was seen as "Elm St 12"
    ]


def test_baselines_know_only_what_they_are_given(record: Path, boston: City) -> None:
    parts = boston_notes.split(boston_notes.read(record))
    sign, pothole, rats = parts.judging
    most = boston_notes.majority(parts.learned)
    assert {most(one) for one in parts.judging} == {Told("c-pwdx")}
    before = boston_notes.remembered(parts.learned)
    # Once c-pwdx, once c-info: the first by name. A title never seen has the majority's.
    assert [before(one).department for one in (sign, pothole, rats)] == [
        *("c-btdt", "c-info", "c-pwdx")
    ]
    words = boston_notes.keywords(boston)
    assert words(rats) == Told("c-isd", sure=True)
    assert words(note("Front Desk", "c-hs-o")) == Told("")


def test_each_department_counts_the_same() -> None:
    notes = [note("", department) for department in ("c-a", "c-a", "c-a", "c-b", "c-c")]
    told = [Told("c-a", True), Told("c-a"), Told("c-b", True), Told("c-b"), Told("c-z", True)]
    found = boston_notes.score(notes, told)
    # F1: c-a 2·2/(3+2) = 0.8; c-b 2·1/(1+2) = 0.667; c-c 0; c-z had no note and counts nowhere.
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert (found.notes, found.departments, found.right) == (5, 3, 0.6)
    assert (found.sure, found.sure_and_wrong) == (0.6, 0.4)
    standings = boston_notes.standings(notes, told)
    assert standings["c-a"].instead == {"c-b": 1}
    assert standings["c-c"].instead == {"c-z": 1}


def test_repeated_titles_are_learned_from_as_often_as_they_were_written() -> None:
    """The short way (each title once, with its weight) finds what all the rows would."""
    pytest.importorskip("scipy", reason="training needs scipy, which nothing else does")
    import numpy as np

    from scripts.cities.boston_words import learn, read
    from scripts.cities.train import inverse

    notes = [
        *(note("broken street light", "c-a") for _ in range(5)),
        *(note("broken street light", "c-b") for _ in range(2)),
        *(note("street sign bent", "c-b") for _ in range(3)),
    ]
    model = learn(notes, beside=False)
    rows = read(notes, model.reading)
    wanted = np.array([[one.department == name for name in model.departments] for one in notes])
    all_rows = rows.T @ (inverse(rows) @ wanted.astype(np.float32))
    assert np.allclose(model.weights, all_rows, atol=1e-4)


def test_a_text_replaces_what_stands_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- a -->\nold\n<!-- end -->\n<!-- b -->\n<!-- end -->\n", encoding="utf-8")
    put(page, "b", "new")
    put(page, "a", "newer")
    assert page.read_text(encoding="utf-8") == (
        "<!-- a -->\nnewer\n<!-- end -->\n<!-- b -->\nnew\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="needs the lines"):
        put(page, "c", "")
