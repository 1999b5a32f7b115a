"""A CSV of recorded requests as a stream: what can be used, and which lines cannot, and why."""

from __future__ import annotations

import gzip
import heapq
import itertools
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from simulation.replay.encodings import EncodingUnknown, lines, recognise
from simulation.replay.mapping import RecordMapping
from simulation.replay.rows import Broken, Cells, rows

_GZIP = b"\x1f\x8b"
# Rows are sorted within a window of so many: enough for exports that are nearly sorted.
_WINDOW = 10_000
_SHOWN = 20
"""Skipped rows that are told one by one."""


class RecordUnusable(Exception):
    """The whole file can't be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded request, with times in UTC.

    `line` is where its row begins in the file, the first being 1. `overdue` is the record's own
    word, None without one. `office` is the id of the department that had it, empty when the record
    names none.
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
    """A row that was skipped; `line` is where it begins in the file, the first being 1."""

    line: int
    reason: str


class _Unusable(Exception):
    """Why one row can't be used."""


@dataclass(slots=True)
class Loss:
    """How many rows were read and how many of them skipped, with the first of those."""

    read: int = 0
    skipped: int = 0
    shown: list[BadRow] = field(default_factory=list)

    def good(self, found: Iterable[Recorded | BadRow]) -> Iterator[Recorded]:
        """The rows that can be used; the others are counted."""
        for row in found:
            self.read += 1
            if isinstance(row, Recorded):
                yield row
                continue
            self.skipped += 1
            if len(self.shown) < _SHOWN:
                self.shown.append(row)

    def told(self) -> str:
        """How much was lost, as a part of the whole."""
        share = self.skipped / self.read if self.read else 0.0
        return f"{self.skipped:,} of {self.read:,} rows ({share:.2%}) could not be used"


def read(
    path: Path, mapping: RecordMapping, services: Collection[str]
) -> Iterator[Recorded | BadRow]:
    """The rows of a file in its order; a bad one costs itself alone and never ends the reading.

    `services` are the codes the city knows. Raises RecordUnusable when a mapped column is missing
    or the file's encoding is not known.
    """
    with open_bytes(path) as file:
        header: list[str] = []

        def stands_alone(cells: list[str]) -> bool:
            whole = bool(header) and len(cells) == len(header)
            return whole and _is_time(cells[header.index(mapping.columns.opened_at)], mapping)

        found = rows(_texts(path, file, mapping), stands_alone)
        header += _columns(path, found, mapping)
        for row in found:
            if isinstance(row, Broken):
                yield BadRow(line=row.line, reason=row.reason)
                continue
            try:
                yield _recorded(row.line, header, row.cells, mapping, services)
            except _Unusable as error:
                yield BadRow(line=row.line, reason=str(error))


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

    Raises RecordUnusable when the file can't be read to its end, its encoding is not known, or it
    lacks a mapped column.
    """
    try:
        with open_bytes(path) as file:
            texts = _texts(path, file, mapping)
            _columns(path, rows(texts, lambda _: False), mapping)
            return sum(1 for _ in texts)
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


def _columns(path: Path, found: Iterator[Cells | Broken], mapping: RecordMapping) -> list[str]:
    """The header of a file that has every mapped column."""
    first = next(found, None)
    if isinstance(first, Broken):
        raise RecordUnusable(f"{path.name} line {first.line} {first.reason}")
    header = first.cells if first is not None else []
    wanted = {name for name in mapping.columns.model_dump().values() if name is not None}
    if missing := wanted - set(header):
        raise RecordUnusable(f"{path.name} has no column {', '.join(sorted(missing))}")
    return header


def _texts(path: Path, file: IO[bytes], mapping: RecordMapping) -> Iterator[str | None]:
    """The lines as text, in the encoding that the mapping names or the bytes tell."""
    try:
        return lines(file, recognise(file, mapping.encoding))
    except EncodingUnknown as error:
        raise RecordUnusable(f"{path.name} {error}") from error


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
    closed_at = _time(row, columns.closed_at, mapping, not_before=opened_at)
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
        target_at=_time(row, columns.target_at, mapping, not_before=opened_at),
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


def _time(
    row: Mapping[str, str],
    column: str | None,
    mapping: RecordMapping,
    *,
    not_before: datetime | None = None,
) -> datetime | None:
    """The time of a cell in UTC, None when it is empty.

    Of an hour that the clock shows twice, the first is meant unless that is before `not_before`. A
    time in an hour that the clock leaves out is read by the offset that held before it.
    """
    text = _cell(row, column)
    if not text:
        return None
    told = _parsed(text, mapping)
    if told is None:
        raise _Unusable(f"{column} {text!r} is no time of the form {mapping.time_format}")
    first, second = (told.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    twice = second > first
    return second if twice and not_before is not None and first < not_before else first


def _parsed(text: str, mapping: RecordMapping) -> datetime | None:
    """A time with its own offset where the form has one, else in the mapping's zone."""
    try:
        told = datetime.strptime(text, mapping.time_format)  # noqa: DTZ007 - the zone is put on below
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=mapping.timezone)


def _is_time(text: str, mapping: RecordMapping) -> bool:
    return _parsed(text.strip(), mapping) is not None


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
