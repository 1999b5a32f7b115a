"""Inquiries, receipt counters and the access log in MongoDB."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from mongoengine import DateTimeField, Document, IntField, ListField, StringField
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from services.common.aggregates.mongo import AggregateDocument, MongoStore, collection, in_thread
from services.common.kernel import DomainError, Kind
from services.intake.application.ports import Access
from services.intake.domain.model import Inquiry

DATABASE = "dasan_intake"
ALIAS = "intake"

# Numbers of a block: one write of the counter for so many inquiries. A restart leaves the rest of
# its block as a gap.
BLOCK = 100
# Tries of a lease that loses races against other processes; after so many something is wrong.
_LEASE_TRIES = 50


class InquiryDocument(AggregateDocument):
    """One inquiry. If a counter is restored from an old backup, the unique index keeps a receipt
    number from being used twice."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "inquiries",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["state.record.matter.receipt_number"], "unique": True}],
    }


class ReceiptCounterDocument(Document):  # type: ignore[misc]
    """How many receipt numbers of a day (ISO date) are given out."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "receipt_counters",
        "db_alias": ALIAS,
        "auto_create_index": False,
    }
    id = StringField(primary_key=True)
    taken = IntField(required=True)


class AccessDocument(Document):  # type: ignore[misc]
    """One disclosure of personal data."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "access_log",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": ["at"],
    }
    at = DateTimeField(required=True)
    caller = StringField(required=True)
    office_id = StringField()
    purpose = StringField(required=True)
    what = StringField(required=True)
    inquiry_ids = ListField(StringField())


DOCUMENTS = (InquiryDocument, ReceiptCounterDocument, AccessDocument)


def inquiry_store() -> MongoStore[Inquiry]:
    """The inquiries; connect the alias `intake` first."""
    return MongoStore(ALIAS, "inquiries", Annotated[Inquiry, Field(discriminator="status")])


class MongoFinder:
    """Reads by the unique index on receipt numbers, and by id."""

    def __init__(self, store: MongoStore[Inquiry]) -> None:
        self._store = store

    async def by_receipt(self, receipt_number: str) -> tuple[str, Inquiry] | None:
        """The inquiry's id and state, or None."""
        query = {"state.record.matter.receipt_number": receipt_number}
        document = await in_thread(self._store.collection.find_one, query)
        if document is None:
            return None
        return document["_id"], self._store.state(document)

    async def by_id(self, inquiry_id: str) -> Inquiry | None:
        """The inquiry's state, or None."""
        stored = (await self._store.load([inquiry_id])).get(inquiry_id)
        return None if stored is None else stored.state


class MongoAccessLog:
    """One document for each disclosure."""

    async def note(self, access: Access) -> None:
        """Returns once it is stored."""
        document = {
            "at": access.at,
            "caller": access.caller,
            "office_id": access.office_id,
            "purpose": access.purpose,
            "what": access.what,
            "inquiry_ids": list(access.inquiry_ids),
        }
        await in_thread(collection(ALIAS, "access_log").insert_one, document)


async def lease_block(day: date, size: int) -> int:
    """Takes the next `size` numbers of a day for this process; returns the first.

    Two processes never get the same block: the counter moves by a guarded write, which the
    embedded database keeps whole under rivalry (its find-and-modify does not). A lost answer
    costs a gap. Raises DomainError UNAVAILABLE.
    """
    return await in_thread(_take, day, size)


def _take(day: date, size: int) -> int:
    counters = collection(ALIAS, "receipt_counters")
    id_ = day.isoformat()
    for _ in range(_LEASE_TRIES):
        counter = counters.find_one({"_id": id_})
        if counter is None:
            try:
                counters.insert_one({"_id": id_, "taken": size})
            except DuplicateKeyError:
                continue
            return 1
        taken = int(counter["taken"])
        moved = counters.update_one({"_id": id_, "taken": taken}, {"$set": {"taken": taken + size}})
        if moved.matched_count == 1:
            return taken + 1
    raise DomainError("contended", Kind.UNAVAILABLE, "too many writers; try again")


def raise_counter(day: date, taken: int) -> None:
    """Makes sure that so many numbers of a day count as given out. Blocks; raises PyMongoError."""
    counters = collection(ALIAS, "receipt_counters")
    counters.update_one({"_id": day.isoformat()}, {"$max": {"taken": taken}}, upsert=True)


class BlockNumbers:
    """Gives out numbers from leased blocks. The next block is leased while half of one is left, so
    that nobody waits for it; callers that find none left wait for one lease."""

    def __init__(
        self,
        *,
        lease: Callable[[date, int], Awaitable[int]] = lease_block,
        size: int = BLOCK,
    ) -> None:
        self._lease = lease
        self._size = size
        self._left: defaultdict[date, deque[int]] = defaultdict(deque)
        self._leasing: asyncio.Task[None] | None = None

    async def next(self, day: date) -> int:
        """A number from 1 that nobody else gets on that day.

        Raises DomainError UNAVAILABLE when the database is away; all who wait hear it at once.
        """
        if len(self._left[day]) < self._size // 2:
            self._begin_lease(day)
        while not self._left[day]:
            await asyncio.shield(self._begin_lease(day))
        return self._left[day].popleft()

    def give_back(self, day: date, number: int) -> None:
        """The next inquiry of the day gets it."""
        if day in self._left:
            self._left[day].appendleft(number)

    def _begin_lease(self, day: date) -> asyncio.Task[None]:
        """The lease under way, or a new one."""
        if self._leasing is None or self._leasing.done():
            self._leasing = asyncio.create_task(self._more(day))
            # If a lease failed while nobody waited for it, the next caller begins a new one.
            self._leasing.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._leasing

    async def _more(self, day: date) -> None:
        first = await self._lease(day, self._size)
        # Around midnight requests of two days may be under way; older days never come back.
        for past in [d for d in self._left if d < day - timedelta(days=1)]:
            del self._left[past]
        self._left[day].extend(range(first, first + self._size))
