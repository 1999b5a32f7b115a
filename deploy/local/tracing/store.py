"""Where spans are kept, and the questions asked of them.

Owns the SQLite file. The newest spans stay, by count, so the file is bounded whatever the load.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

INQUIRY_ID = "dasan.inquiry_id"
RECEIPT_NUMBER = "dasan.receipt_number"

KEEP = 500_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    id INTEGER PRIMARY KEY,
    trace TEXT NOT NULL, span TEXT NOT NULL, parent TEXT NOT NULL,
    service TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, failed INTEGER NOT NULL,
    attributes TEXT NOT NULL, receipt TEXT, inquiry TEXT,
    UNIQUE (trace, span)
);
CREATE INDEX IF NOT EXISTS by_receipt ON spans (receipt) WHERE receipt IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_inquiry ON spans (inquiry) WHERE inquiry IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
    owner INTEGER NOT NULL REFERENCES spans (id) ON DELETE CASCADE,
    trace TEXT NOT NULL, span TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS links_by_owner ON links (owner);
CREATE INDEX IF NOT EXISTS links_by_target ON links (trace, span);
"""

_COLUMNS = "id, trace, span, parent, service, name, kind, start_ns, end_ns, failed, attributes"

# An attribute that names the technology, on either end of a call, says how the call was made.
_VIA = (("rpc.system", "grpc"), ("http.request.method", "http"), ("http.method", "http"))


class SpanRef(NamedTuple):
    """What names a span: the hexadecimal ids of its trace and of itself."""

    trace: str
    span: str


class Edge(NamedTuple):
    """One service calling another; `via` is `grpc`, `http`, `kafka:<topic>` or `unknown`."""

    caller: str
    callee: str
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecord:
    """One finished span. Times are nanoseconds since 1970 UTC."""

    ref: SpanRef
    parent: SpanRef | None
    service: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    failed: bool
    attributes: Mapping[str, object]
    links: Sequence[SpanRef]


class SpanStore:
    """The spans of one file; may be written from several threads."""

    def __init__(self, path: Path, *, keep: int = KEEP) -> None:
        """Creates the file where there is none; keeps about the newest `keep` spans."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._keep = keep
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        # Readers never wait for the writer; what a crash of the machine loses is only telemetry.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.executescript(_SCHEMA)

    def add(self, spans: Iterable[SpanRecord]) -> None:
        """Adds the spans in one transaction; one that is known already is left as it is."""
        with self._lock, self._db:
            for span in spans:
                self._add(span)
            self._db.execute(
                "DELETE FROM spans WHERE id <= (SELECT max(id) FROM spans) - ?", (self._keep,)
            )

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    def _add(self, span: SpanRecord) -> None:
        inserted = self._db.execute(
            "INSERT OR IGNORE INTO spans (trace, span, parent, service, name, kind, start_ns,"
            " end_ns, failed, attributes, receipt, inquiry) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *span.ref,
                span.parent.span if span.parent else "",
                *(span.service, span.name, span.kind, span.start_ns, span.end_ns, span.failed),
                json.dumps(span.attributes, ensure_ascii=False, default=str),
                span.attributes.get(RECEIPT_NUMBER),
                span.attributes.get(INQUIRY_ID),
            ),
        )
        if inserted.rowcount and span.links:
            self._db.executemany(
                "INSERT INTO links (owner, trace, span) VALUES (?,?,?)",
                [(inserted.lastrowid, *link) for link in span.links],
            )


def traces_of(path: Path, subject: str) -> tuple[str, ...]:
    """The traces about a receipt number or inquiry id, the oldest first; empty if none is known."""
    with closing(_reader(path)) as db:
        rows = db.execute(
            "SELECT trace, min(start_ns) AS first FROM spans WHERE receipt = :subject"
            " OR inquiry = :subject OR inquiry IN"
            " (SELECT inquiry FROM spans WHERE receipt = :subject AND inquiry IS NOT NULL)"
            " GROUP BY trace ORDER BY first",
            {"subject": subject},
        )
        return tuple(row["trace"] for row in rows)


def spans_of(path: Path, traces: Iterable[str]) -> list[SpanRecord]:
    """All spans of these traces, and of the traces that theirs are linked with, by start.

    Batch work has a trace of its own, linked with every inquiry it served; one step of links is
    followed, so that the work of one inquiry's neighbours stays out.
    """
    with closing(_reader(path)) as db:
        own = list(dict.fromkeys(traces))
        marks = ",".join("?" * len(own))
        linked = db.execute(
            f"SELECT l.trace FROM links l JOIN spans s ON s.id = l.owner WHERE s.trace IN ({marks})"
            f" UNION SELECT s.trace FROM links l JOIN spans s ON s.id = l.owner"
            f" WHERE l.trace IN ({marks})",
            [*own, *own],
        )
        wanted = list(dict.fromkeys([*own, *(row["trace"] for row in linked)]))
        return _records(db, wanted)


def edges(path: Path) -> set[Edge]:
    """Which service called which, and how, over all that is kept: by parents and by links."""
    with closing(_reader(path)) as db:
        rows = db.execute(
            "SELECT c.service AS callee, c.attributes AS there, p.service AS caller,"
            " p.attributes AS here FROM spans c"
            " JOIN spans p ON p.trace = c.trace AND p.span = c.parent"
            " WHERE p.service <> c.service"
            " UNION SELECT c.service, c.attributes, p.service, p.attributes FROM links l"
            " JOIN spans c ON c.id = l.owner"
            " JOIN spans p ON p.trace = l.trace AND p.span = l.span"
            " WHERE p.service <> c.service"
        )
        return {
            Edge(
                row["caller"],
                row["callee"],
                _via(json.loads(row["there"]), json.loads(row["here"])),
            )
            for row in rows
        }


def _via(callee: Mapping[str, object], caller: Mapping[str, object]) -> str:
    # The callee is asked first: an event's creator was often itself called over HTTP or gRPC.
    for attributes in (callee, caller):
        if attributes.get("messaging.system") == "kafka":
            return f"kafka:{attributes.get('messaging.destination.name', '')}"
        for attribute, via in _VIA:
            if attribute in attributes:
                return via
    return "unknown"


def _reader(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def _records(db: sqlite3.Connection, traces: Sequence[str]) -> list[SpanRecord]:
    marks = ",".join("?" * len(traces))
    links: dict[int, list[SpanRef]] = {}
    for row in db.execute(
        "SELECT l.owner, l.trace, l.span FROM links l JOIN spans s ON s.id = l.owner"
        f" WHERE s.trace IN ({marks})",
        traces,
    ):
        links.setdefault(row["owner"], []).append(SpanRef(row["trace"], row["span"]))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM spans WHERE trace IN ({marks}) ORDER BY start_ns, id", traces
    )
    return [
        SpanRecord(
            ref=SpanRef(row["trace"], row["span"]),
            parent=SpanRef(row["trace"], row["parent"]) if row["parent"] else None,
            service=row["service"],
            name=row["name"],
            kind=row["kind"],
            start_ns=row["start_ns"],
            end_ns=row["end_ns"],
            failed=bool(row["failed"]),
            attributes=json.loads(row["attributes"]),
            links=links.get(row["id"], []),
        )
        for row in rows
    ]
