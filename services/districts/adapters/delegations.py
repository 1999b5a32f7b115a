"""Delegations in MongoDB: a few hundred documents, read as a whole or by district and service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.common.aggregates.update import Stored
from services.districts.adapters.repository import ALIAS
from services.districts.domain.delegation.model import Delegation


class DelegationDocument(AggregateDocument):
    """The shape of a delegation; its id is `delegation:<district>:<service>`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "delegations",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


def delegation_store() -> MongoStore[Delegation]:
    """The delegations; connect the alias `districts` first."""
    return MongoStore(ALIAS, "delegations", Delegation)


class MongoDelegations:
    """What is read across delegations; see `DelegationReads`."""

    def __init__(self, store: MongoStore[Delegation]) -> None:
        self._store = store

    async def all(self, district: str, service_code: str) -> Sequence[Stored[Delegation]]:
        """Those of a district and a service, empty for any, by id."""
        wanted = {"state.district": district, "state.service_code": service_code}
        return await in_thread(self._find, {name: said for name, said in wanted.items() if said})

    async def returning(self, since: date) -> Sequence[Stored[Delegation]]:
        """Those with a recall that gives cases back, from that day on or later."""
        return await in_thread(self._find, {"state.returns_last": {"$gte": since.isoformat()}})

    def _find(self, wanted: Mapping[str, Any]) -> list[Stored[Delegation]]:
        found = self._store.collection.find(wanted, {"version": 1, "state": 1}).sort([("_id", 1)])
        return [
            Stored(id=document["_id"], version=document["version"], state=state)
            for document, state in self._store.readable(list(found))
        ]
