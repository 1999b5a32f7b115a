"""Forms that lose messages or hide time are nowhere in the services."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SERVICES = Path(__file__).resolve().parents[3] / "services"
BANNED = {
    "acks although the agent raised": r"\bstream\w*\.(take|take_events|noack_take)\(",
    "acks before the save": r"stream\.(events|items)\(\)",
    "unsafe with Kafka's transactions from Python": r"exactly_once",
    "the clock belongs to the bootstrap": r"\b(datetime\.(now|utcnow)|time\.time)\(",
    "blocks the event loop": r"\btime\.sleep\(",
}
# The one place that reads the clock for everybody.
ALLOWED = {("the clock belongs to the bootstrap", "common/telemetry.py")}


@pytest.mark.parametrize("reason", BANNED)
def test_no_service_uses_a_form_that_is_banned(reason: str) -> None:
    pattern = re.compile(BANNED[reason])
    found = [
        f"{path.relative_to(SERVICES)}:{number}"
        for path in sorted(SERVICES.rglob("*.py"))
        if (reason, str(path.relative_to(SERVICES))) not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_agents_iterate_without_automatic_acks() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in SERVICES.rglob("*.py"))
    loops = re.findall(r"async for \w+ in stream[^:]*:", text)
    assert loops
    assert all(".noack()" in loop for loop in loops)
