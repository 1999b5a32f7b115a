"""The record of offices in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.districts.adapters.repository import ALIAS
from services.districts.domain.office.model import Office


class OfficeDocument(AggregateDocument):
    """The shape of an office."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "offices",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


def office_store() -> MongoStore[Office]:
    """The offices; connect the alias `districts` first."""
    return MongoStore(ALIAS, "offices", Office)


class MongoOfficeReads:
    """The versions of all offices; see `OfficeReads`."""

    def __init__(self, store: MongoStore[Office]) -> None:
        self._store = store

    async def versions(self) -> Mapping[str, int]:
        """The version of each recorded office, by id; raises DomainError UNAVAILABLE."""
        return await in_thread(self._versions)

    def _versions(self) -> dict[str, int]:
        found = self._store.collection.find({}, {"version": 1})
        return {document["_id"]: document["version"] for document in found}
