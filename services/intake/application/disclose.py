"""Gives personal data to another service, for a stated purpose, and keeps a note of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.common.aggregates.update import Store
from services.common.edge.access import Caller
from services.common.kernel import DomainError, Kind
from services.intake.application.ports import Access, AccessLog
from services.intake.domain.model import Inquiry

MOST = 500
_OFFICE_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The inquiries found, by id in the order asked, and the ids that intake does not hold."""

    found: dict[str, Inquiry]
    missing: tuple[str, ...]


class Disclose:
    """Gives data only after the note is stored, and only from the database: a process's memory
    would still hold data that was erased."""

    def __init__(
        self, *, store: Store[Inquiry], log: AccessLog, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._log = log
        self._clock = clock

    async def disclose(
        self,
        inquiry_ids: Sequence[str],
        *,
        caller: Caller,
        purpose: str | None,
        what: str,
        office_id: str = "",
    ) -> Disclosed:
        """The inquiries asked for; `what` names the part the caller gets, `office_id` the office
        for which it asks.

        The caller needs the scope `<what>:<purpose>`. Raises INVALID without a purpose, or for more
        than MOST ids, FORBIDDEN without the scope, and UNAVAILABLE when the database is away or one
        of them is unreadable.
        """
        if purpose is None:
            raise _invalid("purpose", "say why; a purpose is required")
        caller.must(f"{what}:{purpose}")
        if len(office_id) > _OFFICE_LONGEST:
            raise _invalid("office_id", f"at most {_OFFICE_LONGEST} characters")
        if len(inquiry_ids) > MOST:
            raise _invalid("inquiry_ids", f"at most {MOST} at once")
        ids = tuple(dict.fromkeys(inquiry_ids))
        if not ids:
            return Disclosed(found={}, missing=())
        await self._log.note(
            Access(
                at=self._clock(),
                caller=caller.id,
                office_id=office_id,
                purpose=purpose,
                what=what,
                inquiry_ids=ids,
            )
        )
        stored = (await self._store.load(ids)).whole()
        found = {id_: stored[id_].state for id_ in ids if id_ in stored}
        return Disclosed(
            found={id_: state for id_, state in found.items() if state is not None},
            missing=tuple(id_ for id_ in ids if id_ not in stored),
        )


def _invalid(field: str, message: str) -> DomainError:
    return DomainError("invalid_request", Kind.INVALID, message, field=field)
