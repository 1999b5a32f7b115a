"""The versions of the rules of competence: an official's orders, and which rules are in force.

Every replica keeps the rules that it needs in memory and reads the stored versions again every few
seconds (`bootstrap.RULES_LOOK_EVERY`). What is activated begins only after all of them have read it
(`decide.NOTICE`); a replica that has not read for so long decides nothing until it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from services.cities import City, RuleSet, ruleset_of
from services.common.aggregates.update import Aggregates, Cause, Update
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.common.process.threads import Threads
from services.routing.application import metrics
from services.routing.application.ports import Decisions, StoredRuleSets
from services.routing.application.present_city import PresentCity
from services.routing.domain.ruleset import decide
from services.routing.domain.ruleset.model import RuleSetVersion, in_force
from services.routing.domain.ruleset.replay import DryRun, replay

log = logging.getLogger(__name__)

R = TypeVar("R")

READ_IS_GOOD = timedelta(seconds=7)
"""So long a reading of the versions may be decided by. Longer than `decide.NOTICE` without the time
that an activation may take to be stored: a replica that was stopped meanwhile decides by rules that
are over. Shorter than a few looks: one look that fails holds up every decision."""
MOST_AT_ONCE = 8
"""Rule sets that wait at most to be checked or tried, with the one that is. More: the last waits
longer than its caller. Fewer: officials who work side by side are turned away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """All versions, the latest proposed first, and the one in force (the pack's where it is none of
    them)."""

    in_force: str
    stored: Sequence[RuleSetVersion]


class RulesInForce:
    """Which rules decide at a moment; the pack's where no activated version does.

    A version that was valid when it was proposed may not fit the city of a newer release. It is
    passed over with an alarm, and the one in force before it decides.
    """

    def __init__(
        self, city: City, stored: StoredRuleSets, *, monotonic: Callable[[], float]
    ) -> None:
        self._city = city
        self._stored = stored
        self._monotonic = monotonic
        self._read_at = 0.0
        self._versions: Sequence[RuleSetVersion] | None = None
        self._read: dict[str, RuleSet | None] = {}

    async def look(self) -> None:
        """Reads the stored versions again; raises DomainError UNAVAILABLE."""
        began = self._monotonic()
        versions = await self._stored.all()
        for version in versions:
            if version.activations and version.version not in self._read:
                self._read[version.version] = await asyncio.to_thread(self._usable, version)
        self._versions, self._read_at = versions, began
        metrics.RULESETS_UNUSABLE.set(sum(rules is None for rules in self._read.values()))

    async def known(self) -> None:
        """Raises DomainError UNAVAILABLE `rules_unread` until the versions were read once."""
        self._known()

    def at(self, moment: datetime) -> RuleSet:
        """The rules in force at an aware moment, now at the latest; raises DomainError UNAVAILABLE
        `rules_unread`, also where the last reading is older than READ_IS_GOOD: others may have been
        activated since, as while this process was stopped."""
        if self._monotonic() - self._read_at > READ_IS_GOOD.total_seconds():
            raise _unread()
        usable = [one for one in self._known() if self._read.get(one.version) is not None]
        version = in_force(usable, moment)
        rules = None if version is None else self._read[version]
        return self._city.rules if rules is None else rules

    def of_version(self, version: str) -> RuleSet | None:
        """The rules of a version that decided, as far as this replica can read them."""
        return self._city.rules if version == self._city.rules.version else self._read.get(version)

    def versions(self, moment: datetime) -> Versions:
        """All stored versions, and which rules are in force at an aware moment; raises what `at`
        raises."""
        latest_first = sorted(self._known(), key=lambda one: one.proposed_at, reverse=True)
        return Versions(in_force=self.at(moment).version, stored=latest_first)

    def _known(self) -> Sequence[RuleSetVersion]:
        if self._versions is None:
            raise _unread()
        return self._versions

    def _usable(self, version: RuleSetVersion) -> RuleSet | None:
        try:
            return ruleset_of(version.text, self._city)
        except DomainError as error:
            log.error("rules.unusable", extra={"version": version.version, "slug": error.slug})
            return None


def _unread() -> DomainError:
    return DomainError(
        "rules_unread", Kind.UNAVAILABLE, "the rules of competence are not read; try again"
    )


class RuleSets:
    """An official's orders about versions of the rules, and trying one out."""

    def __init__(
        self,
        *,
        city: PresentCity,
        aggregates: Aggregates[RuleSetVersion],
        rules: RulesInForce,
        decisions: Decisions,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._present = city
        self._aggregates = aggregates
        self._rules = rules
        self._decisions = decisions
        self._clock = clock
        self._new_id = new_id
        # A thread of its own: checking takes seconds, and several at once would take every thread
        # that the service has, and the time of the event loop.
        self._thread = Threads("rules")
        self._waiting = 0

    @property
    def _city(self) -> City:
        """The city of now; raises as `PresentCity.now`."""
        return self._present.now()

    async def propose(self, text: str, *, caller: str) -> RuleSetVersion:
        """Checks a rule set against the whole city and stores it under its own version.

        Raises DomainError `invalid_ruleset` (INVALID) with every fault, besides those of
        `decide.propose`, and `rules_busy` (UNAVAILABLE) while too many others wait.
        """
        ruleset = await self._in_turn(ruleset_of, text, self._city)
        if ruleset.version == self._city.rules.version and ruleset != self._city.rules:
            raise DomainError(
                "version_taken",
                Kind.CONFLICT,
                "the city's pack has other rules of this version: give them another `version`",
                field="version",
            )
        order = partial(
            decide.propose,
            version=ruleset.version,
            text=text,
            caller=caller,
            now=self._clock(),
        )
        return await self._settle(ruleset.version, order)

    async def activate(
        self, version: str, *, effective_from: datetime | None, reason: str, caller: str
    ) -> RuleSetVersion:
        """Puts a stored version in force; raises what `decide.activate` raises, and
        `invalid_ruleset` (INVALID) where the city has changed since it was proposed, and
        `rules_busy` (UNAVAILABLE)."""
        stored = (await self._aggregates.store.load([version])).get(version)
        if stored is not None and stored.state is not None:
            await self._in_turn(ruleset_of, stored.state.text, self._city)
        order = partial(
            decide.activate,
            effective_from=effective_from,
            reason=reason,
            caller=caller,
            now=self._clock(),
        )
        activated = await self._settle(version, order)
        log.warning(
            "rules.activated",
            extra={
                "version": version,
                "caller": caller,
                "effective_from": activated.activations[-1].effective_from.isoformat(),
            },
        )
        await self._rules.look()
        return activated

    async def dry_run(self, text: str, *, last: int, hidden: Collection[str]) -> DryRun:
        """What a rule set would change among the `last` decisions, without effect; those of
        services `hidden` are left out.

        Raises DomainError `invalid_ruleset` (INVALID) with every fault, UNAVAILABLE, also
        `rules_busy` while too many others wait.
        """
        ruleset = await self._in_turn(ruleset_of, text, self._city)
        decisions = await self._decisions.last(last, hidden)
        return await self._in_turn(replay, self._city, ruleset, decisions)

    async def _in_turn(self, call: Callable[..., R], *args: Any) -> R:
        """The result of a call that takes seconds: one after the other."""
        if self._waiting >= MOST_AT_ONCE:
            raise DomainError(
                "rules_busy", Kind.UNAVAILABLE, "other rules are being tried; try again"
            )
        self._waiting += 1
        try:
            return await self._thread.run(call, *args)
        finally:
            self._waiting -= 1

    def versions(self) -> Versions:
        """All versions as this replica has read them; raises DomainError UNAVAILABLE."""
        return self._rules.versions(self._clock())

    def version(self, version: str) -> RuleSetVersion:
        """One of them; raises `unknown_ruleset` (NOT_FOUND), DomainError UNAVAILABLE."""
        for one in self.versions().stored:
            if one.version == version:
                return one
        raise DomainError("unknown_ruleset", Kind.NOT_FOUND, "no rules of this version")

    async def _settle(
        self,
        version: str,
        order: Callable[[RuleSetVersion | None], decide.RuleSetChange | None],
    ) -> RuleSetVersion:
        cause = Cause(
            id=self._new_id(),
            correlation_id=version,
            traceparent=telemetry.current_traceparent(),
        )
        [settled] = await self._aggregates.settle(
            [Update(target=version, cause=cause, decide=order)]
        )
        if settled.error is not None:
            raise settled.error
        assert settled.state is not None  # an order stores a version or raises
        return settled.state
