"""Reading a record: what is used, what is skipped and why, whatever the file's encoding."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulation.replay import mapping, records
from simulation.replay.mapping import MappingFault, RecordMapping
from simulation.replay.records import BadRow, Recorded, RecordUnusable

SERVICES = {"pothole", "street-light"}
HEADER = "id,opened,closed,target,late,kind,words,lat,lon,where,dept,via"
GOOD = (
    "7,03/01/2015 09:30,03/02/2015 10:00,03/05/2015 17:00,NO,"
    "Pothole,A hole,42.3,-71.1,1 A St,PWDx,Call"
)

MAPPING = {
    "timezone": "America/New_York",
    "time_format": "%m/%d/%Y %H:%M",
    "columns": {
        "id": "id",
        "opened_at": "opened",
        "closed_at": "closed",
        "target_at": "target",
        "on_time": "late",
        "category": "kind",
        "text": "words",
        "lat": "lat",
        "lon": "lon",
        "address": "where",
        "department": "dept",
        "source": "via",
    },
    "category": {"rule": "slug"},
    "department": {"rule": "slug", "prefix": "c-"},
    "text": {"empty": ["PRINTED"]},
    "on_time": {"overdue": ["YES"]},
    "channels": {"Call": "phone", "other": "system"},
}


@pytest.fixture
def rules() -> RecordMapping:
    return mapping.read(MAPPING)


def write(folder: Path, *rows: str | bytes, header: str = HEADER, bom: bool = False) -> Path:
    path = folder / "record.csv"
    lines = [row if isinstance(row, bytes) else row.encode() for row in (header, *rows)]
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + b"\r\n".join(lines) + b"\r\n")
    return path


def only(path: Path, rules: RecordMapping) -> Recorded | BadRow:
    (row,) = records.read(path, rules, SERVICES)
    return row


def reason(path: Path, rules: RecordMapping) -> str:
    row = only(path, rules)
    assert isinstance(row, BadRow)
    assert row.line == 2
    return row.reason


def good(path: Path, rules: RecordMapping) -> Recorded:
    row = only(path, rules)
    assert isinstance(row, Recorded), row
    return row


def test_a_good_row_with_every_column(tmp_path: Path, rules: RecordMapping) -> None:
    row = good(write(tmp_path, GOOD), rules)
    assert row.id == "7"
    assert row.opened_at == datetime(2015, 3, 1, 9, 30, tzinfo=ZoneInfo("America/New_York"))
    assert row.closed_at == row.opened_at + timedelta(days=1, minutes=30)
    assert row.service == "pothole"
    assert row.office == "c-pwdx"
    assert (row.lat, row.lon) == (42.3, -71.1)
    assert row.channel == "phone"
    assert row.overdue is False


def test_an_open_request_has_no_closing_time(tmp_path: Path, rules: RecordMapping) -> None:
    row = good(write(tmp_path, GOOD.replace("03/02/2015 10:00", "")), rules)
    assert row.closed_at is None


def test_a_mark_for_no_text_leaves_the_category_as_words(
    tmp_path: Path, rules: RecordMapping
) -> None:
    assert good(write(tmp_path, GOOD.replace("A hole", "PRINTED")), rules).text == "Pothole"


def test_an_unlisted_source_takes_the_channel_of_others(
    tmp_path: Path, rules: RecordMapping
) -> None:
    assert good(write(tmp_path, GOOD.replace("Call", "Pigeon")), rules).channel == "system"


def test_a_byte_order_mark_is_no_part_of_the_first_column(
    tmp_path: Path, rules: RecordMapping
) -> None:
    assert good(write(tmp_path, GOOD, bom=True), rules).id == "7"


def test_a_latin_1_line_is_read_beside_utf_8_lines(tmp_path: Path, rules: RecordMapping) -> None:
    latin = GOOD.replace("A hole", "Café").encode("latin-1")
    path = write(tmp_path, latin, GOOD.replace("A hole", "Café"))
    assert [
        row.text for row in records.read(path, rules, SERVICES) if isinstance(row, Recorded)
    ] == [
        "Café",
        "Café",
    ]


def test_gzip_is_recognised_by_content(tmp_path: Path, rules: RecordMapping) -> None:
    path = write(tmp_path, GOOD)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert good(path, rules).id == "7"
    assert records.lines_of(path, rules) == 1


def test_a_cell_may_hold_a_line_break(tmp_path: Path, rules: RecordMapping) -> None:
    assert good(write(tmp_path, GOOD.replace("A hole", '"A\r\nhole"')), rules).text == "A\r\nhole"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,2,3", "3 columns instead of 12"),
        (GOOD + ",more", "13 columns instead of 12"),
        (GOOD.replace("Pothole", ""), "kind is empty"),
        (GOOD.replace("Pothole", "Dragon"), "'Dragon' is no service"),
        (GOOD.replace("03/01/2015 09:30", "2015-03-01"), "opened '2015-03-01' is no time"),
        (GOOD.replace("03/01/2015 09:30", ""), "opened is empty"),
        (GOOD.replace("03/02/2015 10:00", "02/01/2015 10:00"), "closed is before opened"),
        (GOOD.replace("42.3", "north"), "lat 'north' is no coordinate"),
        (GOOD.replace("-71.1", "nan"), "lon 'nan' is no coordinate"),
    ],
)
def test_a_bad_row_says_its_line_and_reason(
    tmp_path: Path, rules: RecordMapping, row: str, says: str
) -> None:
    assert says in reason(write(tmp_path, row), rules)


def test_a_bad_row_never_ends_the_reading(tmp_path: Path, rules: RecordMapping) -> None:
    path = write(tmp_path, GOOD, "rubbish", "", GOOD.replace("7,", "8,", 1))
    rows = list(records.read(path, rules, SERVICES))
    assert [getattr(row, "id", row.line) for row in rows] == ["7", 3, "8"]


def test_a_missing_column_ends_it_at_once(tmp_path: Path, rules: RecordMapping) -> None:
    with pytest.raises(RecordUnusable, match="no column kind"):
        list(records.read(write(tmp_path, header=HEADER.replace("kind", "sort")), rules, SERVICES))


def test_a_missing_column_is_found_before_anything_is_played(
    tmp_path: Path, rules: RecordMapping
) -> None:
    with pytest.raises(RecordUnusable, match="no column kind"):
        records.lines_of(write(tmp_path, header=HEADER.replace("kind", "sort")), rules)


def test_a_gzip_cut_short_is_found_before_anything_is_played(
    tmp_path: Path, rules: RecordMapping
) -> None:
    path = write(tmp_path, *[GOOD] * 500)
    path.write_bytes(gzip.compress(path.read_bytes())[:-30])
    with pytest.raises(RecordUnusable, match="to its end"):
        records.lines_of(path, rules)


def test_a_missing_file_is_named(tmp_path: Path, rules: RecordMapping) -> None:
    with pytest.raises(RecordUnusable, match=r"absent\.csv"):
        list(records.read(tmp_path / "absent.csv", rules, SERVICES))


def test_rows_come_in_order_of_opening(tmp_path: Path, rules: RecordMapping) -> None:
    late = GOOD.replace("03/01/2015 09:30", "03/01/2015 09:31").replace("7,", "8,", 1)
    rows = records.read(write(tmp_path, late, GOOD), rules, SERVICES)
    ordered = records.in_order(row for row in rows if isinstance(row, Recorded))
    assert [row.id for row in ordered] == ["7", "8"]


def test_a_mapping_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(MappingFault, match="colour"):
        mapping.read({**MAPPING, "colour": "red"})


def test_a_mapping_with_an_unknown_zone_is_refused() -> None:
    with pytest.raises(MappingFault):
        mapping.read({**MAPPING, "timezone": "Mars/Olympus"})


def test_a_mapping_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingFault, match=r"absent\.yaml"):
        mapping.read_file(tmp_path / "absent.yaml")
