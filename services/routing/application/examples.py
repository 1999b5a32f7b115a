"""An official teaches: one sentence for the next training."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial

from services.common.aggregates.update import Aggregates, Cause, Update
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.routing.domain.example import decide
from services.routing.domain.example.model import Example


class Teaching:
    """Load → decide → save for sentences."""

    def __init__(
        self,
        *,
        aggregates: Aggregates[Example],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._aggregates = aggregates
        self._clock = clock
        self._new_id = new_id

    async def write(self, id_: str, *, service_code: str, text: str, caller: str) -> None:
        """Keeps a sentence under an id that the form was given, a UUID: sent twice it is kept once.

        Raises DomainError: those of `decide.sentence`, `invalid_form` (INVALID), UNAVAILABLE.
        """
        cause = Cause(
            id=self._new_id(),
            correlation_id=id_,
            traceparent=telemetry.current_traceparent(),
        )
        order = partial(
            decide.write,
            id_=_uuid(id_),
            service_code=service_code,
            text=text,
            caller=caller,
            now=self._clock(),
        )
        [settled] = await self._aggregates.settle(
            [Update(target=id_, cause=cause, decide=order, fresh=True)]
        )
        if settled.error is not None:
            raise settled.error


def _uuid(text: str) -> str:
    try:
        known = str(uuid.UUID(text)) == text
    except ValueError:
        known = False
    if not known:
        raise DomainError("invalid_form", Kind.INVALID, "load the page anew and send it again")
    return text
