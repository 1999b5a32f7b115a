"""The clock and the ids of a running service. Bootstraps and commands ask here; everything else
gets them handed in."""

from __future__ import annotations

from datetime import UTC, datetime

from uuid_utils import uuid7

from services.common.kernel import to_milliseconds


def utc_now() -> datetime:
    """The time, to the millisecond, as the database keeps it."""
    return to_milliseconds(datetime.now(UTC))


def new_id() -> str:
    """A new UUIDv7: unique, and in the order of its making."""
    return str(uuid7())
