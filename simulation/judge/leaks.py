"""Whether marked words of citizens and offices lie where others may read: on the bus, in logs, in
spans, in metrics. Reads, and changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing

from deploy.local.stack import LocalStack
from simulation.judge import evidence


def leaks(stack: LocalStack, marks: Collection[str]) -> list[str]:
    """Each place where one of the marks lies, sorted. A mark is of letters and digits, so that
    nothing writes it otherwise."""
    return sorted(
        {f"{mark!r} in {place}" for place, text in _sinks(stack) for mark in marks if mark in text}
    )


def _sinks(stack: LocalStack) -> Iterator[tuple[str, str]]:
    if stack.traces.exists():
        with closing(sqlite3.connect(f"file:{stack.traces}?mode=ro", uri=True)) as spans:
            for service, name, attributes in spans.execute(
                "SELECT service, name, attributes FROM spans"
            ):
                yield f"a span of {service}", f"{name} {attributes}"
    for log in sorted((stack.data / "logs").glob("*.log")):
        yield f"the log {log.name}", log.read_text("utf-8", errors="replace")
    for record in evidence.records(stack.broker.bootstrap, evidence.all_topics()):
        parts = [record.key or b"", record.value or b"", *(value for _, value in record.headers)]
        text = " ".join(part.decode("utf-8", errors="replace") for part in parts)
        yield f"a record of {record.topic}", text
