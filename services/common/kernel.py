"""What a pure domain may use: errors with a kind, and the result of a decision.

Owns no I/O and no clock. The domain of every service imports only the standard library, this
module and `services.cities`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", covariant=True)
E = TypeVar("E", covariant=True)


class Kind(StrEnum):
    """What sort of refusal an error is; one table per transport turns it into a status."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE = "stale"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal that a caller can act on.

    `slug` names it for machines and never changes, `message` says the remedy to a person, `field`
    names the input at fault. `allowed` names what the caller may do instead, where the state of
    things forbids what was asked. None of them may carry a citizen's data.
    """

    def __init__(
        self,
        slug: str,
        kind: Kind,
        message: str,
        *,
        field: str | None = None,
        allowed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{slug}: {message}")
        self.slug = slug
        self.kind = kind
        self.message = message
        self.field = field
        self.allowed = allowed


class TimedOut(DomainError):
    """A call ran out of its time; the same for fewer items may succeed."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(slug, Kind.UNAVAILABLE, message)


class StaleVersion(DomainError):
    """Somebody has changed the aggregate since the caller looked at it; `version` is its present
    one."""

    def __init__(self, version: int) -> None:
        super().__init__(
            "stale_version",
            Kind.STALE,
            f"it is at version {version} by now: read it and decide again",
            field="expected_version",
        )
        self.version = version


def to_milliseconds(time: datetime) -> datetime:
    """The time cut to the millisecond, as the database keeps it.

    Every time is cut once, where it comes in (a clock, a request, a record). So a decision on a
    state is the same before and after that state was stored.
    """
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[S, E]):
    """What a decision leads to: the next state, the facts to tell, and when to look again.

    `wake_at` is an aware UTC time or None for never; it replaces what was planned before.
    """

    state: S
    events: tuple[E, ...] = ()
    wake_at: datetime | None = None
