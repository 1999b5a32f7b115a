"""Deliveries in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.notify.domain.model import Delivery

DATABASE = "dasan_notify"
ALIAS = "notify"


class DeliveryDocument(AggregateDocument):
    """One delivery; the id is `<inquiry id>:<message>:<round>:<attempt>`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "deliveries",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


DOCUMENTS = (DeliveryDocument,)


class DeliveryStore(MongoStore[Delivery]):
    """Deliveries, those of one inquiry, and all in pages."""

    async def of(self, inquiry_id: str) -> Sequence[Delivery]:
        """In the order of their ids; raises DomainError UNAVAILABLE."""
        return await in_thread(self._of, inquiry_id)

    def _of(self, inquiry_id: str) -> list[Delivery]:
        # All ids that begin with the inquiry's: a range of the primary key (";" follows ":").
        own = {"_id": {"$gt": f"{inquiry_id}:", "$lt": f"{inquiry_id};"}}
        found = self.collection.find(own).sort("_id", 1)
        return [state for _, state in self.readable(found)]

    async def page(self, after: str, most: int) -> Sequence[tuple[str, Delivery]]:
        """The next deliveries by id, for a look at all of them. Leaves out those that this version
        cannot read. Raises DomainError UNAVAILABLE."""
        return await in_thread(self._page, after, most)

    def _page(self, after: str, most: int) -> list[tuple[str, Delivery]]:
        found = self.collection.find({"_id": {"$gt": after}}, {"state": 1}).sort("_id", 1)
        return [(raw["_id"], state) for raw, state in self.readable(found.limit(most))]


def delivery_store() -> DeliveryStore:
    """The deliveries; connect the alias `notify` first."""
    return DeliveryStore(ALIAS, "deliveries", Annotated[Delivery, Field(discriminator="status")])
