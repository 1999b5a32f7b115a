"""What routing needs from outside, as its handlers see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.routing.domain.assignment.events import EscalationLevel
from services.routing.domain.assignment.model import Assigned, Unrouted, WaitingFor
from services.routing.domain.delegations import DelegationRecorded
from services.routing.domain.example.model import Example
from services.routing.domain.lately import Lately
from services.routing.domain.likeness.compare import Likeness
from services.routing.domain.matters import Whereabouts
from services.routing.domain.policy import Statement
from services.routing.domain.ruleset.model import RuleSetVersion
from services.routing.domain.ruleset.replay import Past


class Words(Protocol):
    """Where the citizens' words are: intake."""

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Statement]:
        """The statements of these inquiries in one call; an id that intake does not hold is absent.

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


class Registered(Protocol):
    """The register of delegations, as far as districts has told it."""

    def newest(self) -> Mapping[str, DelegationRecorded]:
        """The newest state of each delegation: another object after each change, none changed in
        place. Raises DomainError UNAVAILABLE until it holds what was told before this process
        began."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What intake says of an inquiry without a word of it; see `Likeness`."""

    signature: bytes
    petitioner: str


class Resemblance(Protocol):
    """Where it can be asked by what inquiries are alike: intake."""

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Digests]:
        """The digests of these inquiries in one call; an id that intake does not hold is absent.

        Raises DomainError UNAVAILABLE when intake cannot be reached.
        """
        ...


class Offer(StrEnum):
    """What somebody is to look at."""

    REPEAT = "repeat"
    JOINT = "joint"


class Likenesses(Protocol):
    """By what the matters that were looked at are alike. Every method raises DomainError
    UNAVAILABLE."""

    async def keep(self, found: Sequence[Likeness]) -> None:
        """Stores these; one that is stored already is replaced and keeps its offers."""
        ...

    async def of(self, inquiry_ids: Collection[str]) -> Mapping[str, Likeness]:
        """Those that are stored."""
        ...

    async def of_petitioner(self, petitioner: str) -> Sequence[Likeness]:
        """The newest of the same citizen, as many as are compared at most."""
        ...

    async def of_place(
        self, service_code: str, district_code: str, since: datetime
    ) -> Sequence[Likeness]:
        """The newest of a service in a district that were received `since` then, as many as are
        compared at most."""
        ...

    async def offer(self, offer: Offer, inquiry_ids: Collection[str], now: datetime) -> None:
        """Puts these on the list; one that stands there keeps its time."""
        ...

    async def withdraw(self, offer: Offer, inquiry_ids: Collection[str]) -> None:
        """Takes these off the list."""
        ...

    async def offered(self, offer: Offer, limit: int, hidden: Collection[str]) -> Sequence[Offered]:
        """The list, what stands on it longest first, without the services `hidden`."""
        ...

    async def not_looked_at(self, inquiry_ids: Collection[str]) -> Sequence[str]:
        """Those of which nothing is stored."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One matter on a list, and since when."""

    likeness: Likeness
    since: datetime


class Assignments(Protocol):
    """Reads of the assignments themselves."""

    async def since(self, first_id: str, limit: int) -> Sequence[tuple[str, str]]:
        """Up to `limit` inquiries from this id on in the order of their ids, which begin with their
        time, each with its service where it has or had an office; else with an empty one. Raises
        DomainError UNAVAILABLE."""
        ...
