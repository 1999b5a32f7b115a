"""What a district may order. An entry point makes these, and `decide` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.districts.domain.delegation.model import RecallEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByDistrict:
    """What every command says: the kind of permit, the code of the officer who enters it (never a
    name), the district's own id for the command (however often it is sent under it, it takes effect
    once), and the version that the district decided on (None: any)."""

    service_code: str
    officer_code: str
    command_id: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReadiness(_ByDistrict):
    """Capacity was checked and officers were trained, at each of these offices."""

    office_ids: tuple[str, ...]
    monthly_capacity: int
    checked_on: date
    trained_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTo(_ByDistrict):
    """Hands the kind of permit to these offices; `until` None: until further notice."""

    office_ids: tuple[str, ...]
    legal_basis: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(_ByDistrict):
    """Suspends a grant; `until` None: until it is resumed."""

    grant_id: int
    since: date
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(_ByDistrict):
    """Ends the suspension of a grant: from `since` on the office decides again."""

    grant_id: int
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallGrant(_ByDistrict):
    """Ends a grant; `since` is the first day on which it no longer holds."""

    grant_id: int
    since: date
    effect: RecallEffect
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelGrant(_ByDistrict):
    """Takes a grant back before its first day."""

    grant_id: int
    reason: str


Command = RecordReadiness | GrantTo | Suspend | Resume | RecallGrant | CancelGrant
