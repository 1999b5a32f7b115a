"""A CSV of recorded requests as a stream: what can be used, and which lines cannot, and why."""

from __future__ import annotations

import csv
import gzip
import heapq
import itertools
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from simulation.replay.mapping import RecordMapping

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
# Rows are put in order within this many: enough for exports that are sorted nearly, not quite.
_WINDOW = 10_000


class RecordUnusable(Exception):
    """The whole file can't be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded request, with aware times; `overdue` is the record's own word, None without one.

    `office` is the id of the department that had it, empty when the record names none.
    """

    line: int
    id: str
    opened_at: datetime
    closed_at: datetime | None
    target_at: datetime | None
    overdue: bool | None
    service: str
    text: str
    lat: float | None
    lon: float | None
    address: str
    office: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was skipped; `line` is where it ends in the file, the first being 1."""

    line: int
    reason: str


class _Unusable(Exception):
    """Why one row can't be used."""


def read(
    path: Path, mapping: RecordMapping, services: Collection[str]
) -> Iterator[Recorded | BadRow]:
    """The rows of a file in its order; a bad one never ends the reading.

    `services` are the codes the city knows. Raises RecordUnusable when a mapped column is missing.
    """
    with open_bytes(path) as file:
        rows = csv.reader(_texts(file))
        header = _columns(path, rows, mapping)
        while True:
            try:
                cells = next(rows)
                if cells:
                    yield _recorded(rows.line_num, header, cells, mapping, services)
            except StopIteration:
                return
            except (_Unusable, csv.Error) as error:
                yield BadRow(line=rows.line_num, reason=str(error))


def in_order(rows: Iterable[Recorded]) -> Iterator[Recorded]:
    """The rows by time of opening, in bounded memory; one far too late in the file comes late."""
    count = itertools.count()
    heap: list[tuple[datetime, int, Recorded]] = []
    for row in rows:
        entry = (row.opened_at, next(count), row)
        if len(heap) < _WINDOW:
            heapq.heappush(heap, entry)
        else:
            yield heapq.heappushpop(heap, entry)[2]
    while heap:
        yield heapq.heappop(heap)[2]


def lines_of(path: Path, mapping: RecordMapping) -> int:
    """How many lines follow the header: about the number of rows.

    Raises RecordUnusable when the file can't be read to its end or lacks a mapped column.
    """
    try:
        with open_bytes(path) as file:
            _columns(path, csv.reader(_texts(file)), mapping)
            return sum(1 for _ in file)
    except (OSError, EOFError, zlib.error) as error:
        raise RecordUnusable(f"{path} can't be read to its end: {error}") from error


def open_bytes(path: Path) -> IO[bytes]:
    """The content of a file, unpacked if it is gzip; raises RecordUnusable."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        return cast(IO[bytes], gzip.open(path, "rb")) if packed else path.open("rb")
    except OSError as error:
        raise RecordUnusable(f"{path} can't be read: {error.strerror}") from error


def _columns(path: Path, rows: Iterator[list[str]], mapping: RecordMapping) -> list[str]:
    """The header of a file that has every mapped column."""
    header = next(rows, [])
    wanted = {name for name in mapping.columns.model_dump().values() if name is not None}
    if missing := wanted - set(header):
        raise RecordUnusable(f"{path.name} has no column {', '.join(sorted(missing))}")
    return header


def _texts(file: IO[bytes]) -> Iterator[str]:
    """The lines as text: UTF-8, or Latin-1 for a line that isn't."""
    for number, line in enumerate(file):
        line = line.removeprefix(_BOM) if number == 0 else line
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield line.decode("latin-1")


def _recorded(
    line: int,
    header: list[str],
    cells: list[str],
    mapping: RecordMapping,
    services: Collection[str],
) -> Recorded:
    if len(cells) != len(header):
        raise _Unusable(f"{len(cells)} columns instead of {len(header)}")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    columns = mapping.columns
    category = row[columns.category]
    if not category:
        raise _Unusable(f"{columns.category} is empty")
    service = mapping.category.of(category)
    if service not in services:
        raise _Unusable(f"{columns.category} {category!r} is no service of the city ({service})")
    opened_at = _time(row, columns.opened_at, mapping)
    if opened_at is None:
        raise _Unusable(f"{columns.opened_at} is empty")
    closed_at = _time(row, columns.closed_at, mapping)
    if closed_at is not None and closed_at < opened_at:
        raise _Unusable(f"{columns.closed_at} is before {columns.opened_at}")
    text = _cell(row, columns.text)
    on_time = _cell(row, columns.on_time)
    department = _cell(row, columns.department)
    lat, lon = _degrees(row, columns.lat, 90), _degrees(row, columns.lon, 180)
    return Recorded(
        line=line,
        id=row[columns.id],
        opened_at=opened_at,
        closed_at=closed_at,
        target_at=_time(row, columns.target_at, mapping),
        overdue=on_time in mapping.on_time.overdue if on_time else None,
        service=service,
        text=category if not text or text in mapping.text.empty else text,
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        address=_cell(row, columns.address),
        office=mapping.department.of(department) if department else "",
        channel=mapping.channel(_cell(row, columns.source)),
    )


def _cell(row: Mapping[str, str], column: str | None) -> str:
    return row[column] if column else ""


def _time(row: Mapping[str, str], column: str | None, mapping: RecordMapping) -> datetime | None:
    text = _cell(row, column)
    if not text:
        return None
    try:
        return datetime.strptime(text, mapping.time_format).replace(tzinfo=mapping.timezone)
    except ValueError:
        raise _Unusable(f"{column} {text!r} is no time of the form {mapping.time_format}") from None


def _degrees(row: Mapping[str, str], column: str | None, most: int) -> float | None:
    text = _cell(row, column)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        raise _Unusable(f"{column} {text!r} is no coordinate")
    return value
