"""What the city's administrator may order of an office."""

from __future__ import annotations

from dataclasses import dataclass

from services.districts.domain.office.model import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOffice:
    """The office is to have this form from its `starts` on. `by` is the caller's id; `command_id`
    as of every command."""

    office_id: str
    form: Form
    reason: str
    by: str
    command_id: str = ""
    expected_version: int | None = None
