"""Years of service: finished lives put straight into the databases before a measurement.

The lives of the warm-up are copied as they lie there, each under an id and a receipt number of its
own, so that every collection and index is as large as the real work would have left it. What lies
on the bus and in the mailbox is not copied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from typing import TypeAlias
from uuid import NAMESPACE_OID, uuid5

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

from simulation.judge.evidence import receipt_number_in

# As many a day as 120 Dasan hears, from this day on.
_FIRST_DAY = date(2020, 1, 1)
_A_DAY = 25_384
_PREFIX = "dasan_"
_LIVES_AT_ONCE = 500
# An inquiry's id is a UUID in its usual form.
_ID_LENGTH = 36
_TEMPLATES = 500


Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Life:
    """One finished life: its documents by where they lie (database, collection)."""

    id: bytes
    receipt_number: bytes
    documents: Mapping[Place, Sequence[bytes]]

    def again(self, number: int, place: Place) -> Iterator[RawBSONDocument]:
        """The documents of a copy of this life, under the `number`th id and receipt number."""
        id_, receipt_number = names(number)
        for raw in self.documents[place]:
            copy = raw.replace(self.id, id_).replace(self.receipt_number, receipt_number)
            yield RawBSONDocument(copy)


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
        for start in range(0, lives, _LIVES_AT_ONCE):
            numbers = range(start, min(start + _LIVES_AT_ONCE, lives))
            for place in templates[0].documents:
                database, collection = place
                client[database][collection].insert_many(
                    chain.from_iterable(
                        templates[number % len(templates)].again(number, place)
                        for number in numbers
                    ),
                    ordered=False,
                )
            tell(len(numbers))


def _finished(client: MongoClient[RawBSONDocument]) -> Iterator[Life]:
    """Finished lives: every service holds a document of them, and none has a `wake_at`."""
    lying: dict[Place, dict[str, list[bytes]]] = {}
    for place in _aggregates(client):
        database, collection = place
        lying[place] = defaultdict(list)
        for document in client[database][collection].find({"wake_at": None}):
            # If a service keeps several documents of a life, their ids go on after the inquiry's
            # id.
            lying[place][document["_id"][:_ID_LENGTH]].append(bytes(document.raw))
    for id_ in set.intersection(*map(set, lying.values())) if lying else ():
        documents = {place: of_life[id_] for place, of_life in lying.items()}
        if receipt_number := _receipt_number(documents.values()):
            yield Life(id_.encode(), receipt_number.encode(), documents)


def _aggregates(client: MongoClient[RawBSONDocument]) -> Iterator[Place]:
    for database in client.list_database_names():
        if database.startswith(_PREFIX):
            for collection in client[database].list_collection_names():
                if _holds_aggregates(client[database][collection]):
                    yield database, collection


def _holds_aggregates(collection: Collection[RawBSONDocument]) -> bool:
    one = collection.find_one()
    return one is not None and {"version", "state"} <= one.keys()


def _receipt_number(documents: Iterable[Sequence[bytes]]) -> str:
    """The one that intake gave; every service keeps it with the matter."""
    states = (bson.decode(raw)["state"] for raw in chain.from_iterable(documents))
    return next(filter(None, map(receipt_number_in, states)), "")
