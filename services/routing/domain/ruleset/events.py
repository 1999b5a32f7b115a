"""What routing tells of its rules of competence; fields as in the contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetActivated:
    """Told: these rules decide from `effective_from` on, until others do."""

    ruleset_version: str
    effective_from: datetime
    activated_at: datetime
