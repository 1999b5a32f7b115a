"""Which matters are alike: looked at beside the decisions, offered to people, settled by their
word.

A look never holds up a decision. What was assigned waits in this process for a moment, then its
digests are asked of intake and compared; what a process forgot as it ended is found by the next
one that starts. Nothing follows from a look by itself: a person closes a repetition and joins
matters.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from services.cities import City
from services.common.aggregates.update import Aggregates, Cause, Settled, Update
from services.common.process import telemetry
from services.routing.application.ports import (
    Assignments,
    Likenesses,
    Offer,
    Offered,
    Resemblance,
)
from services.routing.application.present_city import PresentCity
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment import giving
from services.routing.domain.assignment.model import Assigned, Assignment, Ended
from services.routing.domain.likeness import duplicates, joint, repeats
from services.routing.domain.likeness.compare import Evidence, Likeness, evidence
from services.routing.domain.likeness.repeats import CloseRepeat, Known

log = logging.getLogger(__name__)

# So many are looked at in one round. More: a round takes longer from the database. Fewer: more
# questions to intake.
TOGETHER = 50
# So many wait in this process at most; those above are found as after a start. More: memory.
MOST_WAITING = 10_000
# How far back a process looks at its start for what nobody has looked at. Longer: a start reads
# more. Shorter: after a longer outage some are never compared.
LOOK_BACK = timedelta(days=1)
# So many assignments are read at once for that.
PAGE = 1_000
# What stands on a list for so long and cannot be acted on is taken off: what would still change
# that has been heard of by then.
SETTLED_AFTER = timedelta(days=1)


class Looking:
    """Looks at what was assigned in this process. `store` has the assignments."""

    def __init__(
        self,
        *,
        city: City,
        aggregates: Aggregates[Assignment],
        assignments: Assignments,
        likenesses: Likenesses,
        resemblance: Resemblance,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._aggregates = aggregates
        self._assignments = assignments
        self._likenesses = likenesses
        self._resemblance = resemblance
        self._clock = clock
        # In the order in which they came. At the start something may have been forgotten.
        self._waiting: dict[str, None] = {}
        self._unread_from: str | None = _first_id(clock() - LOOK_BACK)

    def heard(self, settled: Iterable[Settled[Assignment]]) -> None:
        """Notes what has its first office by now; for the path of every decision, so it does no
        more than that."""
        for one in settled:
            if one.applied and isinstance(one.state, Assigned) and _is_new(one.state):
                self._note(one.state.inquiry_id, one.state.matter.service_code)

    async def look(self) -> bool:
        """Looks at some; whether more wait. Raises DomainError UNAVAILABLE, and they go on
        waiting."""
        await self._read_forgotten()
        ids = list(self._waiting)[:TOGETHER]
        if ids:
            await self._look(ids)
        for id_ in ids:
            self._waiting.pop(id_, None)
        return bool(self._waiting) or self._unread_from is not None

    def _note(self, inquiry_id: str, service_code: str) -> None:
        """Of a sealed matter not even the digests are asked for: who reports corruption must not be
        known again by another inquiry."""
        if service_code in self._city.sealed:
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting[inquiry_id] = None
        elif self._unread_from is None:
            self._unread_from = _first_id(self._clock() - LOOK_BACK)

    async def _read_forgotten(self) -> None:
        """Reads one page of what may have been forgotten, while there is room for it."""
        if self._unread_from is None or len(self._waiting) > MOST_WAITING - PAGE:
            return
        page = await self._assignments.since(self._unread_from, PAGE)
        services = {id_: code for id_, code in page if code}
        for id_ in await self._likenesses.not_looked_at(services) if services else ():
            self._note(id_, services[id_])
        self._unread_from = f"{page[-1][0]}\0" if len(page) == PAGE else None

    async def _look(self, ids: Sequence[str]) -> None:
        stored = await self._aggregates.store.load(ids)
        states = {id_: one.state for id_, one in stored.items()}
        digests = await self._resemblance.of(list(states))
        found = [
            Likeness(
                inquiry_id=id_,
                signature=digests[id_].signature,
                petitioner=digests[id_].petitioner,
                service_code=state.matter.service_code,
                district_code=state.matter.district_code,
                dong_code=state.matter.dong_code,
                received_at=state.matter.received_at,
            )
            for id_, state in states.items()
            if id_ in digests and isinstance(state, Assigned | Ended)
        ]
        await self._likenesses.keep(found)
        for one in found:
            await self._compare(one)

    async def _compare(self, mine: Likeness) -> None:
        """Offers what follows from one more matter, whichever of those alike came first."""
        now = self._clock()
        own = await self._likenesses.of_petitioner(mine.petitioner)
        again = [
            one.inquiry_id
            for one in own
            if one.order >= mine.order
            and evidence(one, mine).same_content
            and len(repeats.same_before(one, own)) >= repeats.LEAST_EARLIER
        ]
        if again:
            await self._likenesses.offer(Offer.REPEAT, again, now)
        if crowd := await _crowd(self._likenesses, mine):
            await self._likenesses.offer(Offer.JOINT, [crowd[0].inquiry_id], now)
        await self._link(mine, duplicates.duplicates_of(mine, own), now)

    async def _link(self, mine: Likeness, same: Sequence[Likeness], now: datetime) -> None:
        """Links it with what lies open beside it, each to the other; a link that is there already
        stays as it is."""
        if not same:
            return
        known = await _stated(self._aggregates, self._city, [mine, *same])
        one = known.pop(mine.inquiry_id, None)
        others = [known[other.inquiry_id] for other in same if other.inquiry_id in known]
        ids = [] if one is None else duplicates.open_twice(self._city, one, others)
        pairs = [(mine.inquiry_id, id_) for id_ in ids] + [(id_, mine.inquiry_id) for id_ in ids]
        await self._aggregates.settle(
            [
                Update(
                    target=id_,
                    cause=Cause(id=f"link:{id_}:{other}", correlation_id=id_),
                    decide=partial(duplicates.link, city=self._city, other_id=other, now=now),
                )
                for id_, other in pairs
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier matter, and why it is held alike."""

    known: Known
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A matter that may be closed as a repetition of `earlier` ones; `committee_needed` says that
    the mediation committee has to consider it first."""

    state: Assigned
    since: datetime
    earlier: Sequence[Earlier]
    committee_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Open matters of different citizens with the same aim; each with its evidence beside the
    `lead`, which came first or leads already."""

    lead: Assigned
    since: datetime
    members: Sequence[Earlier]


class Alike:
    """What people do about matters that are alike. `hidden` are the services of which the caller
    sees nothing."""

    def __init__(
        self,
        *,
        city: PresentCity,
        aggregates: Aggregates[Assignment],
        likenesses: Likenesses,
        rules: RulesInForce,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._present = city
        self._aggregates = aggregates
        self._likenesses = likenesses
        self._rules = rules
        self._clock = clock
        self._new_id = new_id

    @property
    def _city(self) -> City:
        """The city of now; raises as `PresentCity.now`."""
        return self._present.now()

    async def repeats(self, limit: int, hidden: Collection[str]) -> Sequence[Repeat]:
        """Up to `limit` matters that may be closed as repetitions, the longest on the list first.

        Raises DomainError UNAVAILABLE.
        """
        found: list[Repeat] = []
        over: list[str] = []
        for offered in await self._likenesses.offered(Offer.REPEAT, limit, hidden):
            repeat = await self._repeat(offered)
            if repeat is not None:
                found.append(repeat)
            elif self._clock() - offered.since > SETTLED_AFTER:
                over.append(offered.likeness.inquiry_id)
        if over:
            await self._likenesses.withdraw(Offer.REPEAT, over)
        return found

    async def close(
        self, inquiry_id: str, *, order: CloseRepeat, hidden: Collection[str], caller: str
    ) -> Ended:
        """Closes a matter as a repetition, by a person's word. Raises the DomainErrors of
        `repeats.close`, and UNAVAILABLE."""
        known = await self._known([inquiry_id, *order.earlier], hidden)
        mine = known.pop(inquiry_id, None)
        await self._must_be_seen(inquiry_id, hidden)
        decide = partial(
            repeats.close,
            city=self._city,
            order=order,
            mine=None if mine is None else mine.likeness,
            earlier=known,
            now=self._clock(),
        )
        [settled] = await self._settle({inquiry_id: decide})
        if settled.error is not None:
            raise settled.error
        assert isinstance(settled.state, Ended), "a person's order closes or raises"
        await self._likenesses.withdraw(Offer.REPEAT, [inquiry_id])
        log.info("routing.repeat_closed", extra={"inquiry_id": inquiry_id, "caller": caller})
        return settled.state

    async def joint_offers(self, limit: int, hidden: Collection[str]) -> Sequence[Crowd]:
        """Up to `limit` groups that may be joined, the longest on the list first.

        Raises DomainError UNAVAILABLE.
        """
        found: dict[str, Crowd] = {}
        over: list[str] = []
        for offered in await self._likenesses.offered(Offer.JOINT, limit, hidden):
            crowd = await self._joint(offered)
            if crowd is not None:
                found.setdefault(crowd.lead.inquiry_id, crowd)
            elif self._clock() - offered.since > SETTLED_AFTER:
                over.append(offered.likeness.inquiry_id)
        if over:
            await self._likenesses.withdraw(Offer.JOINT, over)
        return list(found.values())

    async def join(
        self, lead_id: str, members: Collection[str], *, hidden: Collection[str], caller: str
    ) -> Assigned:
        """Joins these matters under a lead, by a person's word; the same order again changes
        nothing. Raises the DomainErrors of `joint.check`, `joint.join` and `joint.lead`, and
        UNAVAILABLE. Members that were joined before one that is refused stay so."""
        wanted = [id_ for id_ in dict.fromkeys(members) if id_ != lead_id]
        known = await self._known([lead_id, *wanted], hidden)
        joint.check(self._city, lead_id, known, wanted)
        leading = known[lead_id].state
        # Refused before anything is changed.
        joint.lead(leading, city=self._city, members=wanted)
        assert isinstance(leading, Assigned)
        now = self._clock()
        member = partial(
            joint.join,
            city=self._city,
            ruleset=self._rules.at(now),
            lead_id=lead_id,
            office_id=leading.current.office_id,
            now=now,
        )
        for id_ in wanted:
            member(known[id_].state)
        settled = await self._settle(dict.fromkeys(wanted, member))
        refused = [one.error for one in settled if one.error is not None]
        joined = [id_ for id_, one in zip(wanted, settled, strict=True) if one.error is None]
        lead = partial(joint.lead, city=self._city, members=joined)
        [led] = await self._settle({lead_id: lead})
        if led.error is not None or refused:
            raise led.error or refused[0]
        assert isinstance(led.state, Assigned), "what leads lies at an office"
        log.info(
            "routing.joined",
            extra={"inquiry_id": lead_id, "members": len(joined), "caller": caller},
        )
        return led.state

    async def _repeat(self, offered: Offered) -> Repeat | None:
        """What may be closed now; None where it no longer, or not yet, may be."""
        own = await self._likenesses.of_petitioner(offered.likeness.petitioner)
        before = repeats.same_before(offered.likeness, own)
        known = await _stated(self._aggregates, self._city, [offered.likeness, *before])
        mine = known.pop(offered.likeness.inquiry_id, None)
        earlier = [known[one.inquiry_id] for one in before if one.inquiry_id in known]
        if mine is None or not repeats.may_close(self._city, mine, earlier):
            return None
        assert isinstance(mine.state, Assigned), "only what lies at an office is closed"
        return Repeat(
            state=mine.state,
            since=offered.since,
            earlier=[_earlier(one, mine) for one in earlier],
            committee_needed=repeats.needs_committee(mine.state),
        )

    async def _joint(self, offered: Offered) -> Crowd | None:
        """Those of the group that are open, beside the one that leads; None where there is nobody
        left to join."""
        group = await _crowd(self._likenesses, offered.likeness)
        known = await _stated(self._aggregates, self._city, group)
        there = [known[one.inquiry_id] for one in group if one.inquiry_id in known]
        open_ = [(one, one.state) for one in there if isinstance(one.state, Assigned)]
        leads = [one for one in open_ if _leads(one[1])]
        free = [one for one in open_ if one[1].joint is None]
        if not free or not (leads or len(free) >= joint.LEAST_PETITIONERS):
            return None
        lead, state = (leads or free)[0]
        members = [_earlier(one, lead) for one, _ in free if one is not lead]
        return Crowd(lead=state, since=offered.since, members=members)

    async def _known(
        self, inquiry_ids: Collection[str], hidden: Collection[str]
    ) -> dict[str, Known]:
        """Those of which a likeness is stored, and which the caller may see."""
        found = await self._likenesses.of(inquiry_ids)
        known = await _stated(self._aggregates, self._city, list(found.values()))
        return {
            id_: one for id_, one in known.items() if one.state.matter.service_code not in hidden
        }

    async def _must_be_seen(self, inquiry_id: str, hidden: Collection[str]) -> None:
        """Raises `unknown_assignment` for what the caller may not see."""
        held = (await self._aggregates.store.load([inquiry_id])).get(inquiry_id)
        state = None if held is None else held.state
        if state is None or state.matter.service_code in hidden:
            raise giving.unknown()

    async def _settle(
        self,
        orders: Mapping[str, Callable[[Assignment | None], giving.AssignmentChange | None]],
    ) -> Sequence[Settled[Assignment]]:
        return await self._aggregates.settle(
            [
                Update(
                    target=id_,
                    cause=Cause(
                        id=self._new_id(),
                        correlation_id=id_,
                        traceparent=telemetry.current_traceparent(),
                    ),
                    decide=decide,
                )
                for id_, decide in orders.items()
            ]
        )


async def _stated(
    aggregates: Aggregates[Assignment], city: City, likenesses: Sequence[Likeness]
) -> dict[str, Known]:
    """These with where each lies. What has become sealed since is left out."""
    stored = await aggregates.store.load([one.inquiry_id for one in likenesses])
    known = {}
    for one in likenesses:
        held = stored.get(one.inquiry_id)
        state = None if held is None else held.state
        if state is not None and state.matter.service_code not in city.sealed:
            known[one.inquiry_id] = Known(likeness=one, state=state)
    return known


async def _crowd(likenesses: Likenesses, mine: Likeness) -> Sequence[Likeness]:
    """Those with the same aim as this one, itself among them; none where nobody knows the place."""
    if not (mine.petitioner and mine.district_code):
        return []
    since = mine.received_at - joint.TOGETHER_WITHIN
    near = await likenesses.of_place(mine.service_code, mine.district_code, since)
    return joint.same_aim(mine, near)


def _is_new(state: Assigned) -> bool:
    """Whether it has just got its first office."""
    return not state.hops and state.current.taken_at is None and state.untaken is None


def _leads(state: Assigned) -> bool:
    return state.joint is not None and state.joint.lead == state.inquiry_id


def _earlier(one: Known, mine: Known) -> Earlier:
    return Earlier(known=one, evidence=evidence(mine.likeness, one.likeness))


def _first_id(at: datetime) -> str:
    """The smallest id that an inquiry of that time can have: a UUIDv7 begins with its
    milliseconds."""
    millis = f"{int(at.timestamp() * 1000):012x}"
    return f"{millis[:8]}-{millis[8:]}"
