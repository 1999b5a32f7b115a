"""Load → decide → save, for many updates at once: the only way state changes in Dasan.

An aggregate is one document: its state, a version, the ids of the last causes it applied
(`handled`, the inbox) and the events not yet on the bus (the outbox). One guarded write moves all
of it together, so an acknowledged change and the events it tells are never apart, and a cause that
comes twice has one effect. Publishing is left to `publisher`, reading the bus to `consume`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from services.common.events.envelope import Envelope
from services.common.events.wire import Wire
from services.common.kernel import Change, DomainError, Kind, StaleVersion, TimedOut
from services.common.process import metrics, telemetry
from services.common.publishing.outbox import Outbox, Outboxes, OutboxPlace

S = TypeVar("S")

# Ids of causes that a document remembers. An aggregate hears some ten in its whole life. Fewer: a
# cause that comes again very late has a second effect. More: every write is larger.
HANDLED_KEPT = 40
# Aggregates that a process remembers. The next cause mostly comes seconds after the last one, and a
# busy service has some hundreds of aggregates in between. Fewer: more reads.
RECENT_KEPT = 2_000
# An update that lost a race is read and decided again. After this many rounds something is wrong.
ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What makes an aggregate change: an event or a command, known by its id."""

    id: str
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(Generic[S]):
    """One decision to take on one aggregate.

    `decide` is pure: it gets the state (None before the first change) and returns the change, or
    None when there is nothing to do; it raises DomainError to refuse.

    `expected_version` is the version of the aggregate that the actor decided on; the update is
    refused with StaleVersion when it would change another one. None: any.

    `fresh` says that the aggregate most likely does not exist yet: then the first try does not
    read it. A wrong guess costs a second round, nothing else.
    """

    target: str
    cause: Cause
    decide: Callable[[S | None], Change[S, object] | None]
    fresh: bool = False
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled(Generic[S]):
    """What became of an update: the state it leaves, or the refusal.

    `applied` is false for a repeated cause and for a decision that had nothing to do.
    """

    state: S | None
    version: int
    applied: bool
    error: DomainError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Generic[S]):
    """An aggregate as it lies in the store; version 0 means not there yet.

    `outbox_at` is the run that must send the outbox, with the number of its save. `carried` names,
    by event id, the places of those events that another living run saved first and will send
    itself. Sent events stay in the document: compare these places with how far each run has sent.
    `trace` is the context of the first change (W3C traceparent); every event of this aggregate
    belongs to that trace.
    """

    id: str
    version: int
    state: S | None
    handled: tuple[str, ...] = ()
    outbox: tuple[Envelope, ...] = ()
    outbox_at: OutboxPlace | None = None
    carried: Mapping[str, OutboxPlace] = field(default_factory=dict)
    wake_at: datetime | None = None
    trace: str = ""

    def to_tell(self) -> Outbox | None:
        """Its outbox, if there is one."""
        if self.outbox_at is None:
            return None
        return Outbox(
            id=self.id,
            version=self.version,
            place=self.outbox_at,
            envelopes=self.outbox,
            carried=self.carried,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Generic[S]):
    """`after` replaces the document of the same id if it is still at `base` (0: must not exist)."""

    base: int
    after: Stored[S]


class Saved(Enum):
    """What became of a write that the store did not refuse."""

    DONE = "done"
    LOST = "lost"
    """Somebody else was faster; it surely did not happen."""
    UNSURE = "unsure"
    """Somebody else has written since; it may have happened before. Its cause is then handled."""


# The store refuses this write alone: another document has a value that must be unique, for example.
WriteOutcome: TypeAlias = Saved | DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A document whose time has come.

    `failures` counts how often it was postponed since it was last saved.
    """

    id: str
    version: int
    wake_at: datetime
    failures: int = 0


class Loaded(dict[str, Stored[S]]):
    """Documents by id. Asking for one that this version of the service cannot read raises
    DomainError `unreadable` (UNAVAILABLE: a newer version can); the others are not concerned."""

    def __init__(self, found: Mapping[str, Stored[S]], unreadable: Collection[str] = ()) -> None:
        super().__init__(found)
        self.unreadable = frozenset(unreadable)

    def __missing__(self, id_: str) -> Stored[S]:
        self._must_be_readable(id_)
        raise KeyError(id_)

    def get(self, id_: str, default: Stored[S] | None = None) -> Stored[S] | None:  # type: ignore[override]
        """The document, or None when there is none."""
        self._must_be_readable(id_)
        return super().get(id_, default)

    def whole(self) -> Loaded[S]:
        """These documents. Raises DomainError `unreadable` when one of them is: a caller who got
        only the rest would believe that the missing one does not exist."""
        for id_ in self.unreadable:
            self._must_be_readable(id_)
        return self

    def _must_be_readable(self, id_: str) -> None:
        if id_ in self.unreadable:
            raise DomainError(
                "unreadable", Kind.UNAVAILABLE, "written by a newer version; try again later"
            )


def unfenced() -> None:
    """The fence of a save that tells nothing: the guard of its version is enough."""


class Store(Outboxes, Protocol[S]):
    """Where aggregates of one kind lie. Tests have one in memory that passes the same suite.

    Every method raises DomainError of kind UNAVAILABLE when the database cannot be reached.
    """

    async def load(self, ids: Iterable[str]) -> Loaded[S]:
        """The documents that exist, by id."""
        ...

    async def save(
        self, writes: Sequence[Write[S]], fence: Callable[[], None] = unfenced
    ) -> Sequence[WriteOutcome]:
        """Writes durably; says for each what became of it.

        The store calls `fence` right before its first statement, in the same thread. If `fence`
        raises, nothing is written and the caller gets that error.
        """
        ...

    async def waking(self, due: datetime, limit: int) -> Sequence[Due]:
        """Documents whose `wake_at` has come, oldest first."""
        ...

    async def postpone(self, due: Sequence[Due], until: datetime) -> None:
        """Moves the `wake_at` of these to `until` and counts one failure of each; state and version
        stay. A document that was saved meanwhile, or is not due before `until`, is left as it
        is."""
        ...


class Outgoing(Protocol):
    """Sends saved outboxes to the bus; answers for each from before its save."""

    async def learn(self, places: Iterable[OutboxPlace]) -> None:
        """Finds out which of these outboxes are told. Raises DomainError UNAVAILABLE."""
        ...

    def rest(self, outbox: Outbox) -> Outbox:
        """The part of the outbox that may not be on the bus yet: the next save of the document
        keeps it."""
        ...

    def begin(self) -> OutboxPlace:
        """A place for the outboxes about to be saved; must be followed by `saved` or `unsure`.

        Raises DomainError UNAVAILABLE while this process must not save.
        """
        ...

    def must_hold(self, place: OutboxPlace) -> None:
        """Raises DomainError UNAVAILABLE when this process must no longer save at the place: it may
        have slept since `begin`. Any thread may ask."""
        ...

    def saved(self, place: OutboxPlace, outboxes: Sequence[Outbox]) -> None:
        """Every write at the place succeeded; `outboxes` are those with events to send."""
        ...

    def unsure(self, place: OutboxPlace) -> None:
        """The save at the place was interrupted: some documents may be stored. They must be looked
        up, and their events sent."""
        ...


# Updates with their places in the batch.
_Numbered: TypeAlias = list[tuple[int, Update[S]]]


class Aggregates(Generic[S]):
    """The shell around every pure decision of a service.

    `source` is the CloudEvents source (`/dasan/routing`); clock and ids are handed in.
    """

    def __init__(
        self,
        *,
        store: Store[S],
        wire: Wire,
        source: str,
        outgoing: Outgoing,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.store = store
        self._wire = wire
        self._source = source
        self._outgoing = outgoing
        self._clock = clock
        self._new_id = new_id
        self._recent: _Recent[S] = _Recent()

    async def settle(self, updates: Sequence[Update[S]]) -> list[Settled[S]]:
        """Takes every decision, in order for each aggregate, and stores what follows.

        One load and one write for the whole batch; updates on one aggregate fold into one write.
        Those that lost a race are read and decided again. When it returns, everything is stored
        but what its own `error` says: refused, `contended` after ROUNDS lost races, `unreadable`.
        Raises DomainError UNAVAILABLE when the database is away or this process must not save;
        what was stored by then has its effect once when the updates are given again.
        """
        results: dict[int, Settled[S]] = {}
        again = list(enumerate(updates))
        for turn in range(ROUNDS):
            if not again:
                break
            again = await self._round(again, results, first=turn == 0)
        for number, _ in again:
            results[number] = _refused(
                DomainError("contended", Kind.UNAVAILABLE, "too many writers; try again")
            )
        return [results[number] for number in range(len(updates))]

    async def _round(
        self, updates: _Numbered[S], results: dict[int, Settled[S]], *, first: bool
    ) -> _Numbered[S]:
        """Reads, decides and stores once; returns those that have to be decided again.

        The first round decides on what this process remembers, and guesses that what is `fresh`
        does not exist.
        """
        recent = self._recent.of(o.target for _, o in updates) if first else {}
        to_read = {
            o.target for _, o in updates if o.target not in recent and not (first and o.fresh)
        }
        loaded = await self._load(to_read)
        found = {**recent, **loaded}
        folds: dict[str, _Fold[S]] = {}
        doubtful: set[str] = set()
        for number, update in updates:
            target = update.target
            if target in loaded.unreadable:
                results[number] = _not_applied(loaded, target)
                continue
            if target not in folds:
                folds[target] = self._fold(
                    found.get(target) or Stored(id=target, version=0, state=None)
                )
            results[number] = self._decide(folds[target], update)
            if target in recent and update.cause.id not in folds[target].handled:
                doubtful.add(target)
        lost, refused = await self._save({t: f for t, f in folds.items() if t not in doubtful})
        for number, update in updates:
            if update.target in refused and results[number].applied:
                results[number] = _refused(refused[update.target])
        return [(n, o) for n, o in updates if o.target in doubtful | lost]

    async def _load(self, ids: Collection[str]) -> Loaded[S]:
        """Reads the documents, and learns which of their outboxes other runs have sent."""
        if not ids:
            return Loaded({})
        loaded = await self.store.load(ids)
        places = {
            place
            for stored in loaded.values()
            if stored.outbox_at is not None
            for place in (stored.outbox_at, *stored.carried.values())
        }
        if places:
            await self._outgoing.learn(places)
        return loaded

    async def _save(
        self, folds: Mapping[str, _Fold[S]]
    ) -> tuple[set[str], Mapping[str, DomainError]]:
        """Stores the changed documents; returns the ids of those that another writer was faster
        with, and the refusals of the store."""
        changed = [fold for fold in folds.values() if fold.changed]
        if not changed:
            return set(), {}
        place = self._outgoing.begin() if any(fold.outbox for fold in changed) else None
        writes = [fold.write(place) for fold in changed]
        fence = partial(self._outgoing.must_hold, place) if place is not None else unfenced
        began = time.perf_counter()
        try:
            outcome = await self.store.save(writes, fence)
        except BaseException as error:
            self._measure(began, _failure(error))
            # The save was interrupted, perhaps by a cancellation. Some documents may be stored, and
            # their events must still be sent.
            if place is not None:
                self._outgoing.unsure(place)
            raise
        self._measure(began, "done" if all(one is Saved.DONE for one in outcome) else "lost")
        of = dict(zip([write.after.id for write in writes], outcome, strict=True))
        done = [write.after for write in writes if of[write.after.id] is Saved.DONE]
        self._recent.put(done)
        if place is not None and Saved.UNSURE in of.values():
            self._outgoing.unsure(place)
        elif place is not None:
            self._outgoing.saved(place, [o for stored in done if (o := stored.to_tell())])
        lost = {id_ for id_, one in of.items() if one in (Saved.LOST, Saved.UNSURE)}
        return lost, {id_: one for id_, one in of.items() if isinstance(one, DomainError)}

    def _measure(self, began: float, outcome: str) -> None:
        duration = metrics.SAVE_DURATION.labels(self.store.name, outcome)
        duration.observe(time.perf_counter() - began)

    def _fold(self, stored: Stored[S]) -> _Fold[S]:
        outbox = stored.to_tell()
        return _Fold(stored, self._outgoing.rest(outbox) if outbox else None)

    def _decide(self, fold: _Fold[S], update: Update[S]) -> Settled[S]:
        if update.cause.id in fold.handled:
            return Settled(state=fold.state, version=fold.version, applied=False)
        try:
            change = update.decide(fold.state)
        except DomainError as error:
            return Settled(state=fold.state, version=fold.version, applied=False, error=error)
        if change is None:
            return Settled(state=fold.state, version=fold.version, applied=False)
        if update.expected_version not in (None, fold.version):
            return Settled(
                state=fold.state,
                version=fold.version,
                applied=False,
                error=StaleVersion(fold.version),
            )
        fold.apply(change, update.cause)
        if change.events:
            trace = telemetry.joined(fold.trace, update.cause.traceparent)
            fold.outbox += [self._envelope(e, fold.version, update, trace) for e in change.events]
        return Settled(state=fold.state, version=fold.version, applied=True)

    def _envelope(self, event: object, version: int, update: Update[S], trace: str) -> Envelope:
        name, key, data = self._wire.encode(event)
        return Envelope(
            id=self._new_id(),
            source=self._source,
            type=name,
            time=self._clock(),
            key=key,
            aggregate=update.target,
            version=version,
            correlation_id=update.cause.correlation_id or update.target,
            causation_id=update.cause.id,
            traceparent=trace,
            data=data,
            sealed=self._wire.seals(event),
        )


def _failure(error: BaseException) -> str:
    """What the figures call the end of a save."""
    if isinstance(error, TimedOut):
        return "slow"
    if isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE:
        return "refused" if error.slug in ("run_lapsed", "not_yet_known") else "away"
    return "failed"


def _refused(error: DomainError) -> Settled[Any]:
    return Settled(state=None, version=0, applied=False, error=error)


def _not_applied(loaded: Loaded[Any], id_: str) -> Settled[Any]:
    try:
        loaded.get(id_)
    except DomainError as error:
        return _refused(error)
    raise AssertionError("it can be read")


class _Recent(Generic[S]):
    """What this process stored last, to decide on without reading it again.

    Another process may have saved a newer version meanwhile. The guard of the write rejects a
    change that is based on the old one. A decision that writes nothing, such as a refusal, has no
    such guard and is taken again on a fresh read.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Stored[S]] = OrderedDict()

    def of(self, ids: Iterable[str]) -> dict[str, Stored[S]]:
        return {id_: self._kept[id_] for id_ in ids if id_ in self._kept}

    def put(self, documents: Iterable[Stored[S]]) -> None:
        for stored in documents:
            self._kept[stored.id] = stored
            self._kept.move_to_end(stored.id)
        while len(self._kept) > RECENT_KEPT:
            self._kept.popitem(last=False)


class _Fold(Generic[S]):
    """One aggregate while a batch's updates are applied to it."""

    def __init__(self, stored: Stored[S], rest: Outbox | None) -> None:
        self._before = stored
        self.state = stored.state
        self.version = stored.version
        self.handled = list(stored.handled)
        self.outbox = list(rest.envelopes) if rest else []
        self._carried = dict(rest.carried) if rest else {}
        self.wake_at = stored.wake_at
        self.trace = stored.trace

    @property
    def changed(self) -> bool:
        return self.version != self._before.version

    def apply(self, change: Change[S, object], cause: Cause) -> None:
        self.state = change.state
        self.version += 1
        self.handled.append(cause.id)
        self.wake_at = change.wake_at
        self.trace = self.trace or cause.traceparent

    def write(self, place: OutboxPlace | None) -> Write[S]:
        return Write(
            base=self._before.version,
            after=Stored(
                id=self._before.id,
                version=self.version,
                state=self.state,
                handled=tuple(self.handled[-HANDLED_KEPT:]),
                outbox=tuple(self.outbox),
                outbox_at=place if self.outbox else None,
                carried=self._carried,
                wake_at=self.wake_at,
                trace=self.trace,
            ),
        )
