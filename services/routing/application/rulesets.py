"""The versions of the rules of competence: an official's orders, and which rules are in force.

Every replica keeps the rules that it needs in memory and reads the stored versions again every few
seconds (`bootstrap.RULES_LOOK_EVERY`). What is activated begins only after all of them have read it
(`decide.NOTICE`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.cities import City, RuleSet, ruleset_of
from services.common.aggregates.update import Aggregates, Cause, Update
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.routing.application import metrics
from services.routing.application.ports import Decisions, StoredRuleSets
from services.routing.domain.ruleset import decide
from services.routing.domain.ruleset.model import RuleSetVersion, in_force
from services.routing.domain.ruleset.replay import DryRun, replay

log = logging.getLogger(__name__)


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

    def __init__(self, city: City, stored: StoredRuleSets) -> None:
        self._city = city
        self._stored = stored
        self._versions: Sequence[RuleSetVersion] | None = None
        self._read: dict[str, RuleSet | None] = {}

    async def look(self) -> None:
        """Reads the stored versions again; raises DomainError UNAVAILABLE."""
        versions = await self._stored.all()
        for version in versions:
            if version.activations and version.version not in self._read:
                self._read[version.version] = await asyncio.to_thread(self._usable, version)
        self._versions = versions
        metrics.RULESETS_UNUSABLE.set(sum(rules is None for rules in self._read.values()))

    async def known(self) -> None:
        """Raises DomainError UNAVAILABLE `rules_unread` until the versions were read once."""
        self._known()

    def at(self, moment: datetime) -> RuleSet:
        """The rules in force at an aware moment; raises DomainError UNAVAILABLE `rules_unread`."""
        usable = [one for one in self._known() if self._read.get(one.version) is not None]
        version = in_force(usable, moment)
        rules = None if version is None else self._read[version]
        return self._city.rules if rules is None else rules

    def of_version(self, version: str) -> RuleSet | None:
        """The rules of a version that decided, as far as this replica can read them."""
        return self._city.rules if version == self._city.rules.version else self._read.get(version)

    def versions(self, moment: datetime) -> Versions:
        """All stored versions, and which rules are in force at an aware moment; raises DomainError
        UNAVAILABLE `rules_unread`."""
        latest_first = sorted(self._known(), key=lambda one: one.proposed_at, reverse=True)
        return Versions(in_force=self.at(moment).version, stored=latest_first)

    def _known(self) -> Sequence[RuleSetVersion]:
        if self._versions is None:
            raise DomainError(
                "rules_unread", Kind.UNAVAILABLE, "the rules of competence are not read yet"
            )
        return self._versions

    def _usable(self, version: RuleSetVersion) -> RuleSet | None:
        try:
            return ruleset_of(version.text, self._city)
        except DomainError as error:
            log.error("rules.unusable", extra={"version": version.version, "slug": error.slug})
            return None


class RuleSets:
    """An official's orders about versions of the rules, and trying one out."""

    def __init__(
        self,
        *,
        city: City,
        aggregates: Aggregates[RuleSetVersion],
        rules: RulesInForce,
        decisions: Decisions,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._aggregates = aggregates
        self._rules = rules
        self._decisions = decisions
        self._clock = clock
        self._new_id = new_id

    async def propose(self, text: str, *, caller: str) -> RuleSetVersion:
        """Checks a rule set against the whole city and stores it under its own version.

        Raises DomainError `invalid_ruleset` (INVALID) with every fault, besides those of
        `decide.propose`.
        """
        ruleset = await asyncio.to_thread(ruleset_of, text, self._city)
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
        `invalid_ruleset` (INVALID) where the city has changed since it was proposed."""
        stored = (await self._aggregates.store.load([version])).get(version)
        if stored is not None and stored.state is not None:
            await asyncio.to_thread(ruleset_of, stored.state.text, self._city)
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

        Raises DomainError `invalid_ruleset` (INVALID) with every fault, UNAVAILABLE.
        """
        ruleset = await asyncio.to_thread(ruleset_of, text, self._city)
        decisions = await self._decisions.last(last, hidden)
        # Thousands of decisions take seconds: a thread takes them, so that the event loop goes on.
        return await asyncio.to_thread(replay, self._city, ruleset, decisions)

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
