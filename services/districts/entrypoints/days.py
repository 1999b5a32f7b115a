"""Days as requests write them."""

from __future__ import annotations

from datetime import date

from services.common.kernel import DomainError, Kind

# Days of other years are a mistake of whoever typed them, and nothing can be counted from them.
_YEARS = range(1900, 2200)
_TEXT_LENGTH = len("2026-12-01")


def day_of(text: str, field: str) -> date:
    """The day of a text like `2026-12-01`; raises `invalid_date` (INVALID), naming the field."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if len(text) != _TEXT_LENGTH or day.year not in _YEARS:
        raise DomainError(
            "invalid_date", Kind.INVALID, "must be a day like 2026-12-01", field=field
        )
    return day


def day_or_none(text: str, field: str) -> date | None:
    """The same; None for an empty text."""
    return day_of(text, field) if text else None
