"""Years of service: finished lives put straight into the databases before a measurement.

The lives of the warm-up are copied as they lie there, each under an id and a receipt number of its
own, so that every collection and index is as large as the real work would have left it. What lies
on the bus and in the mailbox is not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from uuid import NAMESPACE_OID, uuid5

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

# As many a day as 120 Dasan hears, from this day on.
_FIRST_DAY = date(2020, 1, 1)
_A_DAY = 25_384
_PREFIX = "dasan_"
_INSERTED_AT_ONCE = 1_000
_TEMPLATES = 500


@dataclass(frozen=True, slots=True)
class Life:
    """One finished life as it lies in the collections of the services (database, collection)."""

    id: bytes
    receipt_number: bytes
    documents: Mapping[tuple[str, str], bytes]

    def again(self, number: int) -> Mapping[tuple[str, str], bytes]:
        """The same life under the `number`th id and receipt number."""
        id_, receipt_number = names(number)
        return {
            place: raw.replace(self.id, id_).replace(self.receipt_number, receipt_number)
            for place, raw in self.documents.items()
        }


def names(number: int) -> tuple[bytes, bytes]:
    """The id and receipt number of the `number`th copy, both as long as real ones.

    The receipt number has no check digit: nobody asks for it.
    """
    day, place = divmod(number, _A_DAY)
    receipt_number = f"{_FIRST_DAY + timedelta(days=day):%y%m%d}-{place + 1:05d}-X"
    return str(uuid5(NAMESPACE_OID, str(number))).encode(), receipt_number.encode()


def fill(url: str, lives: int, tell: Callable[[int], None]) -> None:
    """Stores so many lives; `tell` hears how many more each time.

    Raises ValueError when no life has ended yet that could be copied.
    """
    client: MongoClient[RawBSONDocument] = MongoClient(url, document_class=RawBSONDocument)
    with client:
        templates = list(islice(_finished(client), _TEMPLATES))
        if not templates:
            raise ValueError("no life has ended yet that could be copied")
        for start in range(0, lives, _INSERTED_AT_ONCE):
            numbers = range(start, min(start + _INSERTED_AT_ONCE, lives))
            copies = [templates[number % len(templates)].again(number) for number in numbers]
            for database, collection in templates[0].documents:
                client[database][collection].insert_many(
                    [RawBSONDocument(copy[database, collection]) for copy in copies], ordered=False
                )
            tell(len(numbers))


def _finished(client: MongoClient[RawBSONDocument]) -> Iterator[Life]:
    """Lives that lie in every service's collection of aggregates and have nothing to wait for."""
    places = list(_aggregates(client))
    found: list[dict[str, bytes]] = [
        {raw["_id"]: bytes(raw.raw) for raw in client[database][collection].find({"wake_at": None})}
        for database, collection in places
    ]
    for id_ in set.intersection(*(set(documents) for documents in found)) if found else ():
        documents = [bson.decode(by_id[id_]) for by_id in found]
        if receipt_number := _receipt_number(documents):
            yield Life(
                id_.encode(),
                receipt_number.encode(),
                {place: by_id[id_] for place, by_id in zip(places, found, strict=True)},
            )


def _aggregates(client: MongoClient[RawBSONDocument]) -> Iterator[tuple[str, str]]:
    for database in client.list_database_names():
        if database.startswith(_PREFIX):
            for collection in client[database].list_collection_names():
                if _holds_aggregates(client[database][collection]):
                    yield database, collection


def _holds_aggregates(collection: Collection[RawBSONDocument]) -> bool:
    one = collection.find_one()
    return one is not None and {"version", "state"} <= one.keys()


def _receipt_number(documents: Sequence[Mapping[str, object]]) -> str:
    """The one that intake gave; the others carry the same."""
    for document in documents:
        state = document["state"]
        if isinstance(state, Mapping) and isinstance(record := state.get("record"), Mapping):
            return str(record["receipt_number"])
    return ""
