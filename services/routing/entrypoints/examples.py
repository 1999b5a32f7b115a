"""What officials taught at the desk, for those who train: by HTTP, and as lines of a pack's
labelled sentences."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with
from services.common.edge.openapi import AWAY, refusals
from services.routing.application.ports import StoredExamples
from services.routing.domain.example.model import WRITER, Example
from services.routing.entrypoints.scopes import RULESETS, hidden_from

# The columns of a pack's labelled sentences, after the service that names their file.
_COLUMNS = ("service", "language", "writer", "text", "also")


class ExampleBody(BaseModel):
    """One sentence and the service that it means."""

    id: str
    service_code: str
    language: str = Field(description="`ko` where it has Hangul, else `en`")
    text: str = Field(description="The official's own words, which name nobody; read it before use")
    written_at: datetime

    @classmethod
    def of(cls, example: Example) -> Self:
        """The body of a sentence."""
        return cls(
            id=example.id,
            service_code=example.service_code,
            language=example.language,
            text=example.text,
            written_at=example.written_at,
        )


class ExamplesBody(BaseModel):
    """All of them."""

    items: list[ExampleBody] = Field(description="The oldest first")

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Self:
        """The body of the list."""
        return cls(items=[ExampleBody.of(one) for one in examples])


def as_rows(examples: Iterable[Example]) -> str:
    """A table with a head, as CSV; `service` names the file that a row belongs to."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(_COLUMNS)
    for one in examples:
        table.writerow([one.service_code, one.language, WRITER, one.text, ""])
    return written.getvalue()


def routes(present: Callable[[], City], stored: StoredExamples, callers: Callers) -> APIRouter:
    """The route /v1/examples; `present` gives the city of now."""
    router = APIRouter(prefix="/v1/examples")

    @router.get("", responses=refusals(*AWAY))
    async def examples(
        caller: Caller = Depends(caller_with(callers, RULESETS)),  # noqa: B008
    ) -> ExamplesBody:
        """The sentences that officials wrote at the desk for the next training, those of sealed
        services only to who may see such matters."""
        return ExamplesBody.of(await stored.all(hidden_from(present(), caller)))

    return router
