"""What routing needs from outside, as its handlers see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.routing.domain.assignment.events import EscalationLevel
from services.routing.domain.assignment.model import Assigned, Unrouted, WaitingFor
from services.routing.domain.example.model import Example
from services.routing.domain.lately import Lately
from services.routing.domain.matters import Whereabouts
from services.routing.domain.policy import Question
from services.routing.domain.ruleset.model import RuleSetVersion
from services.routing.domain.ruleset.replay import Past


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


class StoredRuleSets(Protocol):
    """The versions of the rules of competence that officials proposed."""

    async def all(self) -> Sequence[RuleSetVersion]:
        """Every version; raises DomainError UNAVAILABLE."""
        ...


class StoredExamples(Protocol):
    """The sentences that officials wrote for the next training."""

    async def all(self, hidden: Collection[str] = ()) -> Sequence[Example]:
        """Every sentence but those of services `hidden`, the oldest first; raises DomainError
        UNAVAILABLE."""
        ...


class Decisions(Protocol):
    """What was decided lately."""

    async def last(self, count: int, hidden: Collection[str]) -> Sequence[Past]:
        """The last `count` decisions, without those of services `hidden`; raises DomainError
        UNAVAILABLE."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """How many arbitrations are `open`, and how many of these should have been decided before
    now."""

    open: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlace:
    """A place in the list of arbitrations: behind this one."""

    decide_by: datetime
    inquiry_id: str


class Desk(Protocol):
    """What the city's coordinator looks after: the arbitrations that are open, and what nobody has
    taken. `hidden` are the services left out. Every method raises DomainError UNAVAILABLE."""

    async def state(self, now: datetime, hidden: Collection[str] = ()) -> DeskState:
        """How long the list of arbitrations is."""
        ...

    async def decide_first(
        self, limit: int, hidden: Collection[str] = (), after: DeskPlace | None = None
    ) -> Sequence[Assigned]:
        """Up to `limit` open arbitrations behind `after`, by `decide_by`, then by the inquiry's
        id."""
        ...

    async def untaken(self) -> Mapping[EscalationLevel, int]:
        """How many matters nobody has taken, by the highest level that was told; 0 where none."""
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
