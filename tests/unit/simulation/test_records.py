"""Reading a record: what is used, what is skipped and why, whatever the file's encoding."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulation.replay import mapping, records
from simulation.replay.mapping import MappingFault, RecordMapping
from simulation.replay.records import BadRow, Loss, Recorded, RecordUnusable

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


KOREAN = GOOD.replace("A hole", "도로가 파였어요").replace("1 A St", "역삼동")


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"", "cp949"),
        (b"", "euc-kr"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_korean_is_read_right_in_every_encoding_that_is_recognised(
    tmp_path: Path, rules: RecordMapping, mark: bytes, codec: str, end: str
) -> None:
    path = tmp_path / "record.csv"
    path.write_bytes(mark + end.join((HEADER, KOREAN, GOOD, KOREAN, "")).encode(codec))
    found = list(records.read(path, rules, SERVICES))
    assert [row.text for row in found if isinstance(row, Recorded)] == [
        "도로가 파였어요",
        "A hole",
        "도로가 파였어요",
    ]
    assert [row.line for row in found] == [2, 3, 4]
    assert records.lines_of(path, rules) == 3


def test_column_names_may_be_korean_in_cp949(tmp_path: Path) -> None:
    korean = {**MAPPING, "columns": {"id": "번호", "opened_at": "접수일시", "category": "유형"}}
    path = tmp_path / "record.csv"
    path.write_bytes("번호,접수일시,유형\n1,03/01/2015 09:30,Pothole\n".encode("cp949"))
    assert good(path, mapping.read(korean)).id == "1"


def test_syllables_beyond_euc_kr_are_cp949(tmp_path: Path, rules: RecordMapping) -> None:
    odd = GOOD.replace("A hole", "똠방각하 펲시콜라 도로")
    assert good(write(tmp_path, odd.encode("cp949")), rules).text == "똠방각하 펲시콜라 도로"


def test_an_encoding_that_the_bytes_do_not_tell_is_refused_with_the_line(
    tmp_path: Path, rules: RecordMapping
) -> None:
    path = write(tmp_path, GOOD, GOOD.replace("A hole", "Café").encode("latin-1"))
    with pytest.raises(RecordUnusable, match=r"line 3: is neither UTF-8 nor CP949"):
        records.lines_of(path, rules)
    with pytest.raises(RecordUnusable, match=r"line 3: is neither UTF-8 nor CP949"):
        list(records.read(path, rules, SERVICES))


def test_western_letters_that_pass_as_cp949_are_no_korean(
    tmp_path: Path, rules: RecordMapping
) -> None:
    line = GOOD.replace("A hole", "ÄÖ hole").encode("latin-1")
    assert line.decode("cp949")
    with pytest.raises(RecordUnusable, match="line 2"):
        records.lines_of(write(tmp_path, line), rules)


def test_an_encoding_that_is_named_is_believed(tmp_path: Path) -> None:
    named = mapping.read({**MAPPING, "encoding": "latin-1"})
    path = write(tmp_path, GOOD.replace("A hole", "Café").encode("latin-1"))
    assert good(path, named).text == "Café"


def test_an_encoding_that_nobody_knows_is_a_fault_of_the_mapping() -> None:
    for name in ("klingon", "base64"):
        with pytest.raises(MappingFault, match="no encoding"):
            mapping.read({**MAPPING, "encoding": name})


@pytest.mark.parametrize("codec", ["utf-8", "cp949"])
def test_one_line_of_another_encoding_costs_itself(
    tmp_path: Path, rules: RecordMapping, codec: str
) -> None:
    wrong = KOREAN.encode("cp949" if codec == "utf-8" else "utf-8")[:-20] + b"\xff\xff\xff"
    path = tmp_path / "record.csv"
    body = [HEADER.encode(), *[KOREAN.encode(codec)] * 20, wrong, KOREAN.encode(codec)]
    path.write_bytes(b"\n".join(body))
    found = list(records.read(path, rules, SERVICES))
    assert [row for row in found if isinstance(row, BadRow)] == [
        BadRow(line=22, reason="is not in the encoding of the file")
    ]
    assert len(found) == 22


def test_a_file_of_utf_16_that_breaks_off_within_a_letter_loses_its_last_row(
    tmp_path: Path, rules: RecordMapping
) -> None:
    path = tmp_path / "record.csv"
    path.write_bytes("\n".join((HEADER, GOOD, GOOD)).encode("utf-16")[:-1])
    found = list(records.read(path, rules, SERVICES))
    assert [type(row) for row in found] == [Recorded, BadRow]


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


BROKEN = GOOD.replace("A hole", '"A hole')


@pytest.mark.parametrize("good_rows", [1, 20, 500])
def test_an_unclosed_quote_costs_its_row_alone(
    tmp_path: Path, rules: RecordMapping, good_rows: int
) -> None:
    path = write(tmp_path, GOOD, BROKEN, *[GOOD] * good_rows)
    found = list(records.read(path, rules, SERVICES))
    assert [row for row in found if isinstance(row, BadRow)] == [
        BadRow(line=3, reason="a quote that opens in it is never closed")
    ]
    assert len(found) == good_rows + 2
    assert [row.line for row in found] == list(range(2, good_rows + 4))


@pytest.mark.parametrize(
    "closer",
    [
        GOOD.replace("A hole", '"Another, hole"'),
        GOOD.replace("A hole", '""'),
        GOOD.replace("A hole", 'A 6"'),
        GOOD.replace("Call", '"Call"'),
        BROKEN,
    ],
)
def test_a_later_quote_does_not_close_the_broken_one(
    tmp_path: Path, rules: RecordMapping, closer: str
) -> None:
    found = list(records.read(write(tmp_path, BROKEN, GOOD, GOOD, closer, GOOD), rules, SERVICES))
    assert [row.line for row in found] == [2, 3, 4, 5, 6]
    assert [row.line for row in found if isinstance(row, BadRow)] == (
        [2, 5] if closer == BROKEN else [2]
    )


def test_a_quote_in_the_midst_of_a_quoted_cell_costs_its_row(
    tmp_path: Path, rules: RecordMapping
) -> None:
    path = write(tmp_path, GOOD.replace("A hole", '"A "big" hole"'), GOOD)
    first, second = records.read(path, rules, SERVICES)
    assert isinstance(first, BadRow)
    assert "is no row of a CSV" in first.reason
    assert isinstance(second, Recorded)


def test_a_letter_of_many_lines_with_quotes_in_it_is_one_cell(
    tmp_path: Path, rules: RecordMapping
) -> None:
    letter = '"Dear city,\r\n\r\nthe ""hole"", the big one,\r\nis here"'
    found = list(
        records.read(write(tmp_path, GOOD.replace("A hole", letter), GOOD), rules, SERVICES)
    )
    assert [row.line for row in found] == [2, 6]
    assert isinstance(found[0], Recorded)
    assert found[0].text == 'Dear city,\r\n\r\nthe "hole", the big one,\r\nis here'


def test_loss_is_told_in_proportion(tmp_path: Path, rules: RecordMapping) -> None:
    loss = Loss()
    path = write(tmp_path, *[GOOD] * 96, BROKEN, "rubbish", *[BROKEN] * 2)
    assert len(list(loss.good(records.read(path, rules, SERVICES)))) == 96
    assert loss.told() == "4 of 100 rows (4.00%) could not be used"
    assert [row.line for row in loss.shown] == [98, 99, 100, 101]


def test_no_more_than_the_first_rows_lost_are_shown(tmp_path: Path, rules: RecordMapping) -> None:
    loss = Loss()
    list(loss.good(records.read(write(tmp_path, *["rubbish"] * 1000), rules, SERVICES)))
    assert loss.told() == "1,000 of 1,000 rows (100.00%) could not be used"
    assert len(loss.shown) == 20


def test_nothing_read_is_nothing_lost() -> None:
    assert Loss().told() == "0 of 0 rows (0.00%) could not be used"


def times(opened: str, closed: str) -> str:
    return GOOD.replace("03/01/2015 09:30", opened).replace("03/02/2015 10:00", closed)


def test_closed_in_the_second_of_a_doubled_hour(tmp_path: Path, rules: RecordMapping) -> None:
    """In Boston on 2015-11-01 the clock shows 01:00 to 02:00 twice."""
    row = good(write(tmp_path, times("11/01/2015 01:50", "11/01/2015 01:10")), rules)
    assert row.opened_at == datetime(2015, 11, 1, 5, 50, tzinfo=UTC)
    assert row.closed_at == datetime(2015, 11, 1, 6, 10, tzinfo=UTC)


def test_a_doubled_hour_lies_between_what_is_before_and_after(
    tmp_path: Path, rules: RecordMapping
) -> None:
    row = good(write(tmp_path, times("11/01/2015 00:30", "11/01/2015 02:30")), rules)
    assert row.closed_at is not None
    assert row.closed_at - row.opened_at == timedelta(hours=3)


def test_a_time_in_a_missing_hour_is_after_those_before_it(
    tmp_path: Path, rules: RecordMapping
) -> None:
    """In Boston on 2015-03-08 the clock leaves out 02:00 to 03:00; 02:40 is what 03:40 shows."""
    row = good(write(tmp_path, times("03/08/2015 01:50", "03/08/2015 02:40")), rules)
    assert row.opened_at == datetime(2015, 3, 8, 6, 50, tzinfo=UTC)
    assert row.closed_at == datetime(2015, 3, 8, 7, 40, tzinfo=UTC)
    assert "closed is before opened" in reason(
        write(tmp_path, times("03/08/2015 02:40", "03/08/2015 03:10")), rules
    )


def test_rows_of_the_changing_night_come_in_the_order_of_utc(
    tmp_path: Path, rules: RecordMapping
) -> None:
    early = times("11/01/2015 01:50", "").replace("7,", "early,", 1)
    late = times("11/01/2015 02:05", "").replace("7,", "late,", 1)
    found = records.read(write(tmp_path, late, early), rules, SERVICES)
    ordered = list(records.in_order(row for row in found if isinstance(row, Recorded)))
    assert [row.id for row in ordered] == ["early", "late"]
    assert ordered[1].opened_at - ordered[0].opened_at == timedelta(hours=1, minutes=15)


def test_an_offset_in_the_record_is_believed(tmp_path: Path) -> None:
    offset = mapping.read({**MAPPING, "time_format": "%m/%d/%Y %H:%M%z"})
    row = GOOD
    for time in ("03/01/2015 09:30", "03/02/2015 10:00", "03/05/2015 17:00"):
        row = row.replace(time, time + "+0900")
    found = good(write(tmp_path, row), offset)
    assert found.opened_at == datetime(2015, 3, 1, 0, 30, tzinfo=UTC)


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
