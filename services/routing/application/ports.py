"""What routing needs from outside, as its handlers see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.routing.domain.assignment.model import Unrouted, WaitingFor
from services.routing.domain.lately import Lately
from services.routing.domain.matters import Whereabouts
from services.routing.domain.policy import Question


class Words(Protocol):
    """Where the citizens' words are: intake."""

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Question]:
        """The questions of these inquiries in one call; an id that intake does not hold is absent.

        Raises DomainError UNAVAILABLE when intake cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """How many inquiries without an office wait for a person, or for their citizens: `waiting`, the
    first of them since `oldest` (aware; None when none waits), and the answers to `overdue` of them
    were due before now."""

    waiting: int
    oldest: datetime | None
    overdue: int


class UnroutedQueue(Protocol):
    """The inquiries without an office, by whom they wait for. `hidden` are the services left
    out."""

    async def state(
        self, waiting_for: WaitingFor, now: datetime, hidden: Collection[str] = ()
    ) -> QueueState:
        """How many there are; raises DomainError UNAVAILABLE."""
        ...

    async def due_first(
        self, waiting_for: WaitingFor, limit: int, hidden: Collection[str] = ()
    ) -> Sequence[Unrouted]:
        """Up to `limit` of them, the earliest due time first; of the same due time, the one that
        has waited longest first. Raises DomainError UNAVAILABLE."""
        ...


class Matters(Protocol):
    """Where each matter lies. Every replica knows all of them."""

    def known(self) -> Iterable[Whereabouts]:
        """The open matters and those ended lately, as they are now; may be iterated over in
        another thread. Raises DomainError UNAVAILABLE `view_away` until the view has read its log.
        """
        ...


class News(Protocol):
    """What all services told lately. Every replica knows all of it."""

    def lately(self) -> Lately:
        """What was told lately, as far as it is read; raises DomainError UNAVAILABLE `view_away`
        until it is read."""
        ...

    @property
    def lag(self) -> int | None:
        """How many events were told and not read here yet; None while nobody knows."""
        ...
