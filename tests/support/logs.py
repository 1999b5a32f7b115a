"""The log records of one event, whatever else the process logged meanwhile."""

from __future__ import annotations

from typing import Any

import pytest


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """The fields of every record of this event, in order."""
    return [vars(record) for record in caplog.records if record.getMessage() == event]
