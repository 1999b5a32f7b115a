"""Cases in MongoDB, and the indexes by which an office's work and its changes are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.common.aggregates.update import Stored
from services.districts.application.ports import DueAfter, WorkFilter
from services.districts.domain.case.model import Case, Stage

DATABASE = "dasan_districts"
ALIAS = "districts"
# An `$in` of this many ids is answered fastest by the embedded server; a real one doesn't mind.
_PAGE = 20
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
            {
                "fields": [
                    "state.work.office_id",
                    "state.status",
                    "state.work.matter.service_code",
                    "state.work.due_at",
                    "_id",
                ]
            },
            {"fields": ["state.offices", "state.changed_at"]},
            {"fields": ["state.work.office_id", "state.status", "state.work.due_at", "_id"]},
            # For the recommendation on delegations, which reads a year of one district.
            {"fields": ["state.work.matter.district_code", "state.work.matter.permit"]},
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

    def __init__(self, store: MongoStore[Case]) -> None:
        self._store = store

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
        """Each stage, and what is due at the very time of `after`, is a question of its own: the
        index answers each in order, and reads no case that is not wanted by its time."""
        found = [
            document
            for stage in wanted.stages
            for place in _places(wanted.due_before, after)
            for document in self._store.collection.find(
                {
                    "state.work.office_id": office_id,
                    "state.status": stage.value,
                    **place,
                    **_of_filter(wanted),
                },
                {"version": 1, "state": 1},
            )
            .sort([("state.work.due_at", 1), ("_id", 1)])
            .limit(most)
        ]
        return self._stored(sorted(found, key=_due_at)[:most])

    async def with_document(self, number: str) -> Sequence[Stored[Case]]:
        """The cases that have a document of this number; see `DocumentReads`."""
        return await in_thread(self._find, [{"state.work.permit.numbers": number}])

    def _find(self, wanted: Sequence[Mapping[str, Any]]) -> list[Stored[Case]]:
        """Id, version and state of the cases that match one of these. A case that this version
        cannot read has the state None: the others are still found, and the caller knows that one
        is missing."""
        found = [
            document
            for one in wanted
            for document in self._store.collection.find(one, {"version": 1, "state": 1})
        ]
        return self._stored(found)

    def _stored(self, found: Sequence[Mapping[str, Any]]) -> list[Stored[Case]]:
        states = {document["_id"]: state for document, state in self._store.readable(found)}
        return [
            Stored(id=d["_id"], version=d["version"], state=states.get(d["_id"])) for d in found
        ]

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


def _places(before: datetime | None, after: DueAfter | None) -> list[dict[str, Any]]:
    """The ranges of the index that lie after this place and before this time."""
    until = {} if before is None else {"$lt": before}
    if after is None:
        return [{"state.work.due_at": until}] if until else [{}]
    at = {"state.work.due_at": after.due_at, "_id": {"$gt": after.inquiry_id}}
    if before is not None and after.due_at >= before:
        return []
    return [at, {"state.work.due_at": {"$gt": after.due_at, **until}}]


def _of_filter(wanted: WorkFilter) -> dict[str, Any]:
    """What a case must be beside what the index knows."""
    conditions: dict[str, Any] = {}
    if wanted.kind is not None:
        conditions["state.work.matter.kind"] = wanted.kind.value
    if wanted.service_code:
        conditions["state.work.matter.service_code"] = wanted.service_code
    if wanted.assignee:
        conditions["state.file.assignee"] = wanted.assignee
    if wanted.permit_only:
        conditions["state.work.matter.permit"] = True
        conditions["state.work.needs_document"] = {"$ne": True}
    return conditions


def _due_at(document: Mapping[str, Any]) -> tuple[datetime, str]:
    return document["state"]["work"]["due_at"], document["_id"]


def _opened_at(stored: Stored[Case]) -> datetime:
    """When the office got the case; a case that cannot be read comes first, and is not told."""
    return stored.state.work.opened_at if stored.state is not None else _LONG_AGO
