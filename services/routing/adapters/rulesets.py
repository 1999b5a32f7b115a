"""Versions of the rules in MongoDB, and the last decisions for trying other rules on."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.common.aggregates.mongo import MongoStore, in_thread
from services.common.process import metrics
from services.routing.adapters.repository import ALIAS
from services.routing.domain.assignment.model import Assignment, Decision
from services.routing.domain.ruleset.model import RuleSetVersion
from services.routing.domain.ruleset.replay import Past, Ruling

log = logging.getLogger(__name__)

# What a decision rests on and came to; the rest of an assignment is not read.
_OF_DECISIONS = {"state.decision": 1, "state.matter.service_code": 1}


def ruleset_store() -> MongoStore[RuleSetVersion]:
    """The versions; connect the alias `routing` first."""
    return MongoStore(ALIAS, "rulesets", RuleSetVersion)


class MongoRuleSets:
    """All versions of the rules: there are few."""

    def __init__(self, store: MongoStore[RuleSetVersion]) -> None:
        self._store = store

    async def all(self) -> Sequence[RuleSetVersion]:
        """Every version; raises DomainError UNAVAILABLE."""
        return await in_thread(self._all)

    def _all(self) -> list[RuleSetVersion]:
        return [state for _, state in self._store.readable(self._store.collection.find({}))]


class MongoDecisions:
    """The decisions that rules took, the latest inquiry first: its id begins with its time."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store
        self._decisions: TypeAdapter[Decision] = TypeAdapter(Decision)

    async def last(self, count: int, hidden: Collection[str]) -> Sequence[Past]:
        """The last `count` decisions, without those of services `hidden`; raises DomainError
        UNAVAILABLE."""
        return await in_thread(self._last, count, hidden)

    def _last(self, count: int, hidden: Collection[str]) -> list[Past]:
        wanted = {"state.matter.service_code": {"$nin": list(hidden)}} if hidden else {}
        found = self._store.collection.find(wanted, _OF_DECISIONS).sort([("_id", -1)]).limit(count)
        return [past for past in map(self._past, found) if past is not None]

    def _past(self, document: Mapping[str, Any]) -> Past | None:
        try:
            state = document["state"]
            decision = self._decisions.validate_python(state["decision"])
            service_code = state["matter"]["service_code"]
        except (ValidationError, KeyError, TypeError):
            metrics.UNREADABLE.inc()
            log.error("document.unreadable", extra={"ids": [document["_id"]]})
            return None
        return Past(
            inquiry_id=document["_id"],
            service_code=service_code,
            facts=decision.facts,
            ruling=Ruling.of(decision.verdict),
        )
