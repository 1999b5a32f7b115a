"""Routing's work: batches of events from the bus, and a person's orders."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from services.cities import City, Office, RuleSet, UnknownCode, Verdict
from services.common.aggregates.command_id import cause_id
from services.common.aggregates.update import Aggregates, Cause, Settled, Update
from services.common.consuming.consume import Incoming, Outcome
from services.common.consuming.settling import settle_batch
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.routing.application import metrics
from services.routing.application.likeness import Looking
from services.routing.application.ports import Words
from services.routing.application.present_city import PresentCity
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment import (
    arbitration,
    asking,
    claiming,
    ending,
    giving,
    handover,
    queue,
    taking,
)
from services.routing.domain.assignment.events import (
    AskedAbout,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseDeclined,
    DeadlineRecounted,
    InquiryReceived,
    InquirySupplemented,
    PermitDecided,
    UnroutedReason,
)
from services.routing.domain.assignment.model import (
    Arbitration,
    Assigned,
    Assignment,
    Ended,
    Unrouted,
    Untaken,
    Urgency,
)
from services.routing.domain.policy import Statement, named_service, route

log = logging.getLogger(__name__)

Heard = (
    InquiryReceived
    | InquirySupplemented
    | CaseDeclined
    | DeadlineRecounted
    | CaseAccepted
    | CaseAnswered
    | CaseClosed
    | PermitDecided
)
Decide: TypeAlias = Callable[[Assignment | None], giving.AssignmentChange | None]
# What is decided by the citizen's words and place.
_BY_WORDS = (InquiryReceived, InquirySupplemented)


class Routing:
    """Load → decide → save for assignments."""

    def __init__(
        self,
        *,
        city: PresentCity,
        aggregates: Aggregates[Assignment],
        rules: RulesInForce,
        open_work: Callable[[], Awaitable[Mapping[str, int]]],
        words: Words,
        looking: Looking,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._present = city
        self._aggregates = aggregates
        self._rules = rules
        self._open_work = open_work
        self._words = words
        self._looking = looking
        self._clock = clock
        self._new_id = new_id
        self._stale: set[tuple[str, str]] = set()

    @property
    def _city(self) -> City:
        """The city of now; raises as `PresentCity.now`."""
        return self._present.now()

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """Settles a batch with one question to intake, one load and one write.

        An event about an inquiry that intake does not hold is tried again, because intake may hold
        it later. The consumer gives up after the setting `GIVE_UP_SECONDS`.
        """
        by_words = [i.event.inquiry_id for i in batch if isinstance(i.event, _BY_WORDS)]
        statements = await self._words.of(list(dict.fromkeys(by_words))) if by_words else {}
        await self._city.read_ahead(self._to_understand(batch, statements))
        now = self._clock()
        ruleset = self._rules.at(now)
        open_work = await self._open_work() if ruleset.weighs else {}
        update_for = partial(
            self._update, statements=statements, ruleset=ruleset, open_work=open_work, now=now
        )
        return await settle_batch(batch, update_for, self._settle)

    def _to_understand(
        self, batch: Sequence[Incoming], statements: Mapping[str, Statement]
    ) -> Iterator[str]:
        """The words of a batch that will name the services."""
        for incoming in batch:
            match incoming.event:
                case InquiryReceived(inquiry_id=id_, matter=matter) if id_ in statements:
                    if named_service(self._city, matter) is None:
                        yield statements[id_].text

    async def assign(
        self, inquiry_id: str, *, office_id: str, service_code: str, caller: str
    ) -> Assigned | Ended:
        """Assigns an inquiry of the unrouted queue by a person's word.

        Raises DomainError: `unknown_office` and `unknown_service` (INVALID) besides those of
        `queue.assign_by_hand`.
        """
        if service_code not in self._city.catalogue:
            raise DomainError(
                "unknown_service",
                Kind.INVALID,
                "not in the city's catalogue",
                field="service_code",
            )
        rule = partial(
            queue.assign_by_hand,
            city=self._city,
            ruleset=self._rules.at(self._clock()),
            office=self._office(office_id),
            service_code=service_code,
            now=self._clock(),
        )
        return await self._by_person(inquiry_id, rule, caller)

    async def designate(
        self, inquiry_id: str, *, office_id: str, caller: str, command_id: str = ""
    ) -> Assigned | Ended:
        """Hands what lies with the arbitration desk to a department, which may not decline, or to
        another agency, which may. Sent again with the same `command_id` it has the effect of one.

        Raises DomainError: `unknown_office` and `invalid_command_id` (INVALID) besides those of
        `arbitration.designate`.
        """
        cause = cause_id(caller, "Designate", command_id, office_id) if command_id else ""
        rule = partial(
            arbitration.designate,
            city=self._city,
            ruleset=self._rules.at(self._clock()),
            office=self._office(office_id),
            now=self._clock(),
        )
        return await self._by_person(inquiry_id, rule, caller, cause)

    async def ask(self, inquiry_id: str, *, about: AskedAbout, caller: str) -> None:
        """Has the citizen asked by a person's word; raises what `asking.ask_by_hand` raises."""
        rule = partial(asking.ask_by_hand, city=self._city, about=about, now=self._clock())
        if (await self._order(inquiry_id, rule)).applied:
            said = {"inquiry_id": inquiry_id, "about": about.value, "caller": caller}
            log.info("routing.asked_by_person", extra=said)

    async def claim(self, inquiry_id: str, *, caller: str, session: str) -> None:
        """Shows the others that somebody works on it; raises what `claiming.claim` raises."""
        rule = partial(
            claiming.claim, city=self._city, caller=caller, session=session, now=self._clock()
        )
        await self._order(inquiry_id, rule)

    async def release(self, inquiry_id: str, *, session: str) -> None:
        """Ends that; raises what `claiming.release` raises."""
        rule = partial(claiming.release, city=self._city, session=session, now=self._clock())
        await self._order(inquiry_id, rule)

    async def assignment(self, inquiry_id: str, hidden: Collection[str] = ()) -> Assignment:
        """The decision on an inquiry, unless it is of a service `hidden` from who asks.

        Raises `unknown_assignment` (NOT_FOUND).
        """
        stored = (await self._aggregates.store.load([inquiry_id])).get(inquiry_id)
        state = None if stored is None else stored.state
        if state is None or state.matter.service_code in hidden:
            raise DomainError("unknown_assignment", Kind.NOT_FOUND, "routing has no such inquiry")
        return state

    async def wake(self, inquiry_ids: Sequence[str], now: datetime) -> None:
        """Tells what time has brought to these inquiries: to what the citizen was asked, in the
        queue, at an office that has not taken it, at the arbitration desk. `now` is when the
        inquiries were found due."""
        later = max(now, self._clock())
        ruleset = self._rules.at(later)
        updates = [
            Update(
                target=inquiry_id,
                cause=Cause(id=self._new_id(), correlation_id=inquiry_id),
                decide=partial(_by_time, city=self._city, ruleset=ruleset, now=later),
            )
            for inquiry_id in inquiry_ids
        ]
        settled = await self._aggregates.settle(updates)
        self._looking.heard(settled)
        for result in settled:
            _alarm_of_time(result)

    async def recount(self, inquiry_ids: Sequence[str]) -> int:
        """Moves the dates of these inquiries of the unrouted queue to those that the city's
        calendar gives now; returns how many moved. Raises DomainError UNAVAILABLE."""
        updates = [
            Update(
                target=inquiry_id,
                cause=Cause(id=self._new_id(), correlation_id=inquiry_id),
                decide=partial(queue.recount, city=self._city, now=self._clock()),
            )
            for inquiry_id in inquiry_ids
        ]
        return sum(one.applied for one in await self._aggregates.settle(updates))

    async def _settle(self, updates: Sequence[Update[Assignment]]) -> Sequence[Settled[Assignment]]:
        settled = await self._aggregates.settle(updates)
        self._looking.heard(settled)
        for result in settled:
            _alarm(result)
        return settled

    def _update(
        self,
        incoming: Incoming,
        *,
        statements: Mapping[str, Statement],
        ruleset: RuleSet,
        open_work: Mapping[str, int],
        now: datetime,
    ) -> Update[Assignment]:
        event: Heard = incoming.event
        decide: Decide
        words = statements.get(event.inquiry_id)
        match event:
            case InquiryReceived():
                decide = self._receiving(event, words, ruleset, open_work, now)
            case InquirySupplemented():
                decide = partial(
                    asking.answer,
                    city=self._city,
                    ruleset=ruleset,
                    event=event,
                    words=words,
                    open_work=open_work,
                    now=now,
                )
            case CaseDeclined():
                decide = partial(
                    handover.decline, city=self._city, ruleset=ruleset, event=event, now=now
                )
            case DeadlineRecounted():
                decide = partial(handover.follow_date, city=self._city, event=event)
            case CaseAccepted():
                decide = partial(taking.accept, city=self._city, event=event)
            case CaseAnswered() | PermitDecided() | CaseClosed():
                decide = partial(ending.end, event=event)
        return Update(
            target=event.inquiry_id,
            cause=incoming.cause,
            decide=decide,
            fresh=isinstance(event, InquiryReceived),
        )

    def _receiving(
        self,
        event: InquiryReceived,
        words: Statement | None,
        ruleset: RuleSet,
        open_work: Mapping[str, int],
        now: datetime,
    ) -> Decide:
        """The first decision; raises `words_missing` (NOT_FOUND)."""
        if words is None:
            raise asking.words_missing()
        matter, decision = route(
            self._city,
            ruleset,
            words,
            event.matter,
            today=giving.day_of(self._city, now),
            open_work=open_work,
        )
        self._alarm_of_rules(decision.verdict)
        return partial(
            queue.receive,
            city=self._city,
            inquiry_id=event.inquiry_id,
            matter=matter,
            decision=decision,
            now=now,
        )

    def _alarm_of_rules(self, verdict: Verdict) -> None:
        """Tells once of each rule whose office is closed: until somebody mends it, what it should
        decide is decided by a later rule, or lies with the arbitration desk."""
        for rule in verdict.stale:
            metrics.RULES_PASSED_OVER.inc()
            if (verdict.version, rule) not in self._stale:
                self._stale.add((verdict.version, rule))
                log.error("rules.office_closed", extra={"rule": rule, "ruleset": verdict.version})

    async def _by_person(
        self,
        inquiry_id: str,
        rule: Decide,
        caller: str,
        cause_id: str = "",
    ) -> Assigned | Ended:
        settled = await self._order(inquiry_id, rule, cause_id)
        # A person's order assigns or raises; one that is sent again may find the round ended.
        assert isinstance(settled.state, Assigned | Ended)
        log.info(
            "routing.assigned_by_person",
            extra={
                "inquiry_id": inquiry_id,
                "office_id": settled.state.current.office_id,
                "rule": settled.state.current.rule,
                "caller": caller,
            },
        )
        return settled.state

    async def _order(
        self,
        inquiry_id: str,
        rule: Decide,
        cause_id: str = "",
    ) -> Settled[Assignment]:
        """What a person's order comes to; raises its refusal."""
        cause = Cause(
            id=cause_id or self._new_id(),
            correlation_id=inquiry_id,
            traceparent=telemetry.current_traceparent(),
        )
        [settled] = await self._aggregates.settle(
            [Update(target=inquiry_id, cause=cause, decide=rule)]
        )
        if settled.error is not None:
            raise settled.error
        self._looking.heard([settled])
        return settled

    def _office(self, office_id: str) -> Office:
        try:
            return self._city.office(office_id)
        except UnknownCode as error:
            raise DomainError(
                "unknown_office", Kind.INVALID, "no office of this city", field="office"
            ) from error


def _alarm(settled: Settled[Assignment]) -> None:
    if settled.applied and isinstance(settled.state, Unrouted):
        _alarm_of_new(settled.state)


def _alarm_of_new(state: Unrouted) -> None:
    if state.asked is None:
        reason = state.decision.reason.value
        log.warning("routing.unrouted", extra={"inquiry_id": state.inquiry_id, "reason": reason})
    else:
        asked = {"about": state.asked.about.value, "number": state.asked.number}
        log.info("routing.asked", extra={"inquiry_id": state.inquiry_id, **asked})


def _by_time(
    state: Assignment | None, *, city: City, ruleset: RuleSet, now: datetime
) -> giving.AssignmentChange | None:
    """What time alone brings to an inquiry, by where it lies."""
    match state:
        case Unrouted():
            return queue.wake(state, city=city, ruleset=ruleset, now=now)
        case Assigned(arbitration=None):
            return taking.wake(state, city=city, now=now)
        case Assigned():
            return arbitration.wake(state, city=city, now=now)
        case _:
            return None


def _alarm_of_time(settled: Settled[Assignment]) -> None:
    if not settled.applied:
        return
    match settled.state:
        case Unrouted():
            _alarm_of_queue(settled.state)
        case Assigned(untaken=Untaken(level=level)) as state:
            log.warning(
                "routing.not_taken",
                extra={
                    "inquiry_id": state.inquiry_id,
                    "office_id": state.current.office_id,
                    "level": level.value,
                },
            )
        case Assigned(arbitration=Arbitration(overdue=True)) as state:
            log.error("routing.arbitration_overdue", extra={"inquiry_id": state.inquiry_id})
        case _:
            pass


def _alarm_of_queue(state: Unrouted) -> None:
    match state.urgency:
        case Urgency.NEAR:
            log.warning("routing.unrouted_near_due", extra={"inquiry_id": state.inquiry_id})
        case Urgency.OVERDUE:
            log.error("routing.unrouted_overdue", extra={"inquiry_id": state.inquiry_id})
        case Urgency.WAITING:
            if state.decision.reason is UnroutedReason.NOT_ANSWERED:
                _alarm_of_new(state)
