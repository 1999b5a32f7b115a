"""Cases in MongoDB, and the indexes by which an office's work and its changes are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.common.aggregates.update import Stored
from services.common.process.clock import utc_now
from services.districts.adapters import due_order
from services.districts.adapters.due_order import DueOrder
from services.districts.application.ports import DueAfter, WorkFilter
from services.districts.domain.case.model import Case, Stage

DATABASE = "dasan_districts"
ALIAS = "districts"
# An `$in` of this many ids is answered fastest by the embedded server; a real one doesn't mind.
_PAGE = 20
# Documents that are fetched at once where there may be many. More: more of them lie in memory
# beside each other. Fewer: more round trips.
_TOGETHER = 50
_VERSION_AND_OFFICE = {"version": 1, "state.work.office_id": 1}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class CaseDocument(AggregateDocument):
    """The shape of a case."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "cases",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            WAKE_INDEX,
            *due_order.INDEXES,
            {"fields": ["state.offices", "state.changed_at"]},
            # For the recommendation on delegations, which reads a year of one district.
            {
                "fields": [
                    "state.work.matter.district_code",
                    "state.work.matter.permit",
                    "state.work.matter.received_at",
                ],
                "partialFilterExpression": {"state.work.matter.permit": True},
            },
            {"fields": ["state.work.permit.numbers"], "sparse": True},
            {"fields": ["state.consulting"]},
        ],
    }


DOCUMENTS = (CaseDocument,)


def case_store() -> MongoStore[Case]:
    """The cases; connect the alias `districts` first."""
    return MongoStore(ALIAS, "cases", Annotated[Case, Field(discriminator="status")])


class MongoCaseReads:
    """What the work feed and lists of work read, and who verifies a document; see `CaseReads`,
    `DocumentReads`."""

    def __init__(self, store: MongoStore[Case], clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._by_due = DueOrder(lambda: store.collection, clock)

    async def at_offices(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Sequence[Stored[Case]]:
        """The cases at these offices in these stages, longest at its office first."""
        found = await in_thread(self._find, _lying(office_ids, stages))
        return sorted(found, key=_opened_at)

    async def versions_at(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Mapping[str, Mapping[str, int]]:
        """The same cases by id, with their versions, by office; no state is read."""
        return await in_thread(self._versions_at, _lying(office_ids, stages))

    async def changed_since(self, office_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """The cases that lie or lay at these offices and changed then or later, with versions."""
        # A question for each office, as in `_lying`.
        changed = {"$gte": since}
        wanted = [
            {"state.offices": office_id, "state.changed_at": changed} for office_id in office_ids
        ]
        return await in_thread(self._versions, wanted)

    async def due(
        self, office_id: str, wanted: WorkFilter, *, after: DueAfter | None, most: int
    ) -> Sequence[Stored[Case]]:
        """The first `most` wanted cases at the office from this place on, by due time and id."""
        return await in_thread(self._due, office_id, wanted, after, most)

    async def count(self, office_id: str, wanted: WorkFilter, *, most: int) -> int:
        """How many wanted cases lie at the office, `most` for more; see `CaseReads`."""
        return await in_thread(self._count, office_id, wanted, most)

    async def consulting(self, office_id: str, most: int) -> Sequence[Stored[Case]]:
        """At most so many cases about which the office was asked and has not answered."""
        return await in_thread(self._consulting, office_id, most)

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        """Those of these cases that exist, in any order."""
        pages = _pages(list(inquiry_ids))
        return await in_thread(self._find, [{"_id": {"$in": page}} for page in pages])

    def _due(
        self, office_id: str, wanted: WorkFilter, after: DueAfter | None, most: int
    ) -> list[Stored[Case]]:
        fields = {"version": 1, "state": 1}
        if after is None:
            found = self._by_due.first(office_id, wanted, fields, most=most)
        else:
            found = self._by_due.following(office_id, wanted, fields, after=after, most=most)
        return list(self._stored(found))

    def _count(self, office_id: str, wanted: WorkFilter, most: int) -> int:
        return len(self._by_due.first(office_id, wanted, due_order.TOLD, most=most))

    async def with_document(self, number: str) -> Sequence[Stored[Case]]:
        """The cases that have a document of this number; see `DocumentReads`."""
        return await in_thread(self._find, [{"state.work.permit.numbers": number}])

    def _find(self, wanted: Sequence[Mapping[str, Any]]) -> list[Stored[Case]]:
        """Id, version and state of the cases that match one of these. A case that this version
        cannot read has the state None: the others are still found, and the caller knows that one
        is missing."""
        return [
            stored
            for one in wanted
            for stored in self._stored(
                self._store.collection.find(one, {"version": 1, "state": 1}).batch_size(_TOGETHER)
            )
        ]

    def _stored(self, found: Iterable[Mapping[str, Any]]) -> Iterator[Stored[Case]]:
        """One after the other, so that a large office's cases never all lie in memory as
        documents, which take several times as much as states."""
        for document in found:
            state = next((state for _, state in self._store.readable([document])), None)
            yield Stored(id=document["_id"], version=document["version"], state=state)

    def _consulting(self, office_id: str, most: int) -> list[Stored[Case]]:
        wanted = {"state.consulting": office_id}
        found = self._store.collection.find(wanted, {"version": 1, "state": 1}).limit(most)
        return [
            Stored(id=document["_id"], version=document["version"], state=state)
            for document, state in self._store.readable(found)
        ]

    def _versions_at(self, wanted: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for one in wanted:
            for document in self._store.collection.find(one, _VERSION_AND_OFFICE):
                office_id = document["state"]["work"]["office_id"]
                found.setdefault(office_id, {})[document["_id"]] = document["version"]
        return found

    def _versions(self, wanted: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        return {
            document["_id"]: document["version"]
            for one in wanted
            for document in self._store.collection.find(one, {"version": 1})
        }


def _lying(office_ids: Sequence[str], stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """The questions for the cases at these offices in these stages: one for each office and stage.
    For several at once (`$in`) the embedded server reads whatever the offices ever had: with a
    million cases stored that took seconds."""
    return [
        {"state.work.office_id": office_id, "state.status": stage.value}
        for office_id in office_ids
        for stage in stages
    ]


def _pages(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE)]


def _opened_at(stored: Stored[Case]) -> datetime:
    """When the office got the case; a case that cannot be read comes first, and is not told."""
    return stored.state.work.opened_at if stored.state is not None else _LONG_AGO
