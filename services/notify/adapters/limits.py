"""How many messages one address got in this hour of the clock, in the database for all replicas.

This limit stops a person who floods a stranger with the city's mail, and a mistake of ours that
would. One document counts one address in one hour; it holds a keyed digest of the address, never
the address, and is deleted some hours later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.common.aggregates import mongo

COLLECTION = "allowances"
HOUR = timedelta(hours=1)
# How long a document is kept after its hour. Longer: more documents. It must be longer than the
# clocks of two replicas may differ, or an hour would be counted anew.
KEPT = timedelta(hours=2)
_DUPLICATE_KEY = 11000


class MongoLimits:
    """At most `most` messages to an address in an hour."""

    def __init__(self, alias: str, *, most: int, key: str) -> None:
        """`key` is a secret of the service: without it nobody can try addresses on the digests."""
        self._alias = alias
        self._most = most
        self._key = hmac.digest(key.encode(), b"notify: addresses by the hour", "sha256")
        self._cleared = ""

    async def take(self, wanted: Sequence[tuple[str, str]], now: datetime) -> Collection[str]:
        """See `Limits`."""
        hour = _name_of(now)
        over = await mongo.in_thread(self._take, wanted, hour)
        if hour != self._cleared:
            await mongo.in_thread(self._clear, _name_of(now - KEPT))
            self._cleared = hour
        return over

    def free_at(self, now: datetime) -> datetime:
        """The next full hour."""
        return now.replace(minute=0, second=0, microsecond=0) + HOUR

    def _take(self, wanted: Sequence[tuple[str, str]], hour: str) -> set[str]:
        mongo.must_answer(mongo.collection(self._alias, COLLECTION))
        # A full document gives the same error as two replicas that create it at once. A second try
        # tells the two apart.
        left = self._try(self._try(wanted, hour), hour)
        return {delivery_id for delivery_id, _ in left}

    def _try(self, wanted: Sequence[tuple[str, str]], hour: str) -> Sequence[tuple[str, str]]:
        """The deliveries that got no place."""
        if not wanted:
            return []
        updates = [self._update(hour, delivery_id, address) for delivery_id, address in wanted]
        try:
            mongo.collection(self._alias, COLLECTION).bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            # The guard found no place; the insert that an upsert then tries meets the document.
            errors = error.details.get("writeErrors", [])
            if not errors or any(one.get("code") != _DUPLICATE_KEY for one in errors):
                raise
            return [wanted[one["index"]] for one in errors]
        return []

    def _update(self, hour: str, delivery_id: str, address: str) -> UpdateOne:
        """Takes a place unless there is none; one that this delivery has is not taken twice."""
        digest = hmac.new(self._key, address.encode("utf-8", "replace"), hashlib.sha256)
        has_room = {f"taken.{self._most - 1}": {"$exists": False}}
        return UpdateOne(
            {
                "_id": f"{hour}:{digest.hexdigest()}",
                "$or": [{"taken": delivery_id}, has_room],
            },
            {"$addToSet": {"taken": delivery_id}},
            upsert=True,
        )

    def _clear(self, before: str) -> None:
        mongo.collection(self._alias, COLLECTION).delete_many({"_id": {"$lt": before}})


def _name_of(now: datetime) -> str:
    """Sorts as time does."""
    return f"{now.astimezone(UTC):%Y%m%d%H}"
