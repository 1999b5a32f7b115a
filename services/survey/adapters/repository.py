"""Surveys in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.survey.domain.model import Survey
from services.survey.domain.satisfaction import Count

DATABASE = "dasan_survey"
ALIAS = "survey"


class SurveyDocument(AggregateDocument):
    """One survey; the id is `<inquiry id>-<round>`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "surveys",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


DOCUMENTS = (SurveyDocument,)


class SurveyStore(MongoStore[Survey]):
    """Surveys, and the counts over all of them."""

    async def by_office_and_score(self) -> Sequence[Count]:
        """Counted from the surveys themselves; raises DomainError UNAVAILABLE."""
        return await in_thread(self._count)

    def _count(self) -> list[Count]:
        grouped = self.collection.aggregate(
            [
                {
                    "$group": {
                        "_id": {"office": "$state.invitation.office_id", "score": "$state.score"},
                        "surveys": {"$sum": 1},
                    }
                }
            ]
        )
        return [
            Count(
                office_id=group["_id"]["office"],
                score=group["_id"].get("score"),
                surveys=group["surveys"],
            )
            for group in grouped
        ]


def survey_store() -> SurveyStore:
    """The surveys; connect the alias `survey` first."""
    return SurveyStore(ALIAS, "surveys", Annotated[Survey, Field(discriminator="status")])
