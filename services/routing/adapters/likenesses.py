"""By what matters are alike, in a collection of its own: its indexes make no write of an assignment
dearer, and who reads assignments reads no pseudonym."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from mongoengine import BinaryField, DateTimeField, Document, StringField
from pymongo import UpdateOne

from services.common.aggregates.mongo import MongoStore, RawCollection, collection, in_thread
from services.common.events.envelope import aware
from services.routing.adapters.repository import ALIAS
from services.routing.application.ports import Offer, Offered
from services.routing.domain.assignment.model import Assignment
from services.routing.domain.likeness.compare import Likeness

# So many are compared with a new one at most, the newest. More: a look at what is asked for most
# takes longer. Fewer: in a surge the older ones of a joint matter are not found.
MOST_COMPARED = 500
# A range, not `$exists`: the embedded server answers only the range from a sparse index.
_EVER = {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}


class LikenessDocument(Document):  # type: ignore[misc]
    """One matter by its inquiry's id. Only what stands on a list has the time since when."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "likenesses",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["petitioner", "-received_at"]},
            {"fields": ["service_code", "district_code", "-received_at"]},
            *({"fields": [f"{offer}_since"], "sparse": True} for offer in Offer),
        ],
    }
    id = StringField(primary_key=True)
    signature = BinaryField(required=True)
    petitioner = StringField(required=True)
    service_code = StringField(required=True)
    district_code = StringField()
    dong_code = StringField()
    received_at = DateTimeField(required=True)
    repeat_since = DateTimeField()
    joint_since = DateTimeField()


class MongoLikenesses:
    """The likenesses; connect the alias `routing` first."""

    async def keep(self, found: Sequence[Likeness]) -> None:
        """Stores these."""
        if found:
            await in_thread(self._keep, found)

    async def of(self, inquiry_ids: Collection[str]) -> Mapping[str, Likeness]:
        """Those that are stored."""
        wanted = {"_id": {"$in": list(inquiry_ids)}}
        found = await in_thread(self._found, wanted, len(inquiry_ids)) if inquiry_ids else []
        return {one.inquiry_id: one for one in found}

    async def of_petitioner(self, petitioner: str) -> Sequence[Likeness]:
        """The newest of the same citizen; none of who has no contact."""
        if not petitioner:
            return []
        return await in_thread(self._found, {"petitioner": petitioner}, MOST_COMPARED)

    async def of_place(
        self, service_code: str, district_code: str, since: datetime
    ) -> Sequence[Likeness]:
        """The newest of a service in a district."""
        wanted = {
            "service_code": service_code,
            "district_code": district_code,
            "received_at": {"$gte": since},
        }
        return await in_thread(self._found, wanted, MOST_COMPARED)

    async def offer(self, offer: Offer, inquiry_ids: Collection[str], now: datetime) -> None:
        """Puts these on the list."""
        wanted = {"_id": {"$in": list(inquiry_ids)}, f"{offer}_since": None}
        await in_thread(_likenesses().update_many, wanted, {"$set": {f"{offer}_since": now}})

    async def withdraw(self, offer: Offer, inquiry_ids: Collection[str]) -> None:
        """Takes these off the list."""
        wanted = {"_id": {"$in": list(inquiry_ids)}}
        await in_thread(_likenesses().update_many, wanted, {"$unset": {f"{offer}_since": ""}})

    async def offered(self, offer: Offer, limit: int, hidden: Collection[str]) -> Sequence[Offered]:
        """The list, what stands on it longest first."""
        return await in_thread(self._offered, f"{offer}_since", limit, hidden)

    async def not_looked_at(self, inquiry_ids: Collection[str]) -> Sequence[str]:
        """Those of which nothing is stored."""
        return await in_thread(self._missing, inquiry_ids)

    def _keep(self, found: Sequence[Likeness]) -> None:
        _likenesses().bulk_write(
            [
                UpdateOne({"_id": one.inquiry_id}, {"$set": _document(one)}, upsert=True)
                for one in found
            ],
            ordered=False,
        )

    def _found(self, wanted: Mapping[str, Any], limit: int) -> list[Likeness]:
        found = _likenesses().find(wanted).sort([("received_at", -1)]).limit(limit)
        return [_likeness(document) for document in found]

    def _offered(self, since: str, limit: int, hidden: Collection[str]) -> list[Offered]:
        wanted: dict[str, Any] = {since: _EVER}
        if hidden:
            wanted["service_code"] = {"$nin": list(hidden)}
        found = _likenesses().find(wanted).sort([(since, 1), ("_id", 1)]).limit(limit)
        return [Offered(likeness=_likeness(one), since=aware(one[since])) for one in found]

    def _missing(self, inquiry_ids: Collection[str]) -> list[str]:
        wanted = {"_id": {"$in": list(inquiry_ids)}}
        there = {document["_id"] for document in _likenesses().find(wanted, {"_id": 1})}
        return [id_ for id_ in inquiry_ids if id_ not in there]


class MongoAssignments:
    """Reads of the assignments by the order of their ids."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store

    async def since(self, first_id: str, limit: int) -> Sequence[tuple[str, str]]:
        """Inquiries from this id on, with their services where they have or had an office."""
        return await in_thread(self._since, first_id, limit)

    def _since(self, first_id: str, limit: int) -> list[tuple[str, str]]:
        wanted = {"_id": {"$gte": first_id}}
        shown = {"state.status": 1, "state.matter.service_code": 1}
        found = self._store.collection.find(wanted, shown).sort([("_id", 1)]).limit(limit)
        return [(one["_id"], _service(one["state"])) for one in found]


def _service(state: Mapping[str, Any]) -> str:
    return "" if state["status"] == "unrouted" else str(state["matter"]["service_code"])


def _likenesses() -> RawCollection:
    return collection(ALIAS, "likenesses")


def _document(one: Likeness) -> Mapping[str, Any]:
    return {
        "signature": one.signature,
        "petitioner": one.petitioner,
        "service_code": one.service_code,
        "district_code": one.district_code,
        "dong_code": one.dong_code,
        "received_at": one.received_at,
    }


def _likeness(document: Mapping[str, Any]) -> Likeness:
    return Likeness(
        inquiry_id=document["_id"],
        signature=bytes(document["signature"]),
        petitioner=document["petitioner"],
        service_code=document["service_code"],
        district_code=document["district_code"],
        dong_code=document["dong_code"],
        received_at=aware(document["received_at"]),
    )
