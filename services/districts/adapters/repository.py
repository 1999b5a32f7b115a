"""Cases in MongoDB, with what an office has to do as an index over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates import Stored
from services.common.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.districts.domain.model import Accepted, Answered, Case, Declined, Open, Stage

DATABASE = "dasan_districts"
ALIAS = "districts"


class CaseDocument(AggregateDocument):
    """The shape of a case."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "cases",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX, {"fields": ["state.work.office_id", "state.status"]}],
    }


def case_store() -> MongoStore[Case]:
    """The cases; connect the alias `districts` first."""
    state = Annotated[Open | Accepted | Answered | Declined, Field(discriminator="status")]
    return MongoStore(ALIAS, "cases", state)


class MongoCaseReads:
    """What the work feed reads; see `CaseReads`."""

    def __init__(self, store: MongoStore[Case]) -> None:
        self._store = store

    async def at_office(self, office_id: str, stages: Sequence[Stage]) -> Sequence[Stored[Case]]:
        """The office's cases in these stages, longest at the office first."""
        return await in_thread(self._at_office, office_id, stages)

    def _at_office(self, office_id: str, stages: Sequence[Stage]) -> list[Stored[Case]]:
        wanted = {
            "state.work.office_id": office_id,
            "state.status": {"$in": [stage.value for stage in stages]},
        }
        found = self._store.collection.find(wanted, {"version": 1, "state": 1})
        cases = [
            (self._store.state(document), document["_id"], document["version"])
            for document in found
        ]
        cases.sort(key=lambda entry: entry[0].work.opened_at)
        return [Stored(id=id_, version=version, state=case) for case, id_, version in cases]
