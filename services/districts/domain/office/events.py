"""What districts tells of offices; each field has the name of its contract's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import OfficeKind
from services.districts.domain.office.model import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRecorded:
    """Told: the office as it is recorded now, whole. Of two states the one with the higher
    `revision` holds. Why it changed is not told: that is an official's words."""

    office_id: str
    kind: OfficeKind
    forms: tuple[Form, ...]
    revision: int
    recorded_at: datetime
