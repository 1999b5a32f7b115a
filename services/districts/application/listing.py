"""The work that lies at one office, page by page, what is due first first.

A page token names the last case of its page. It holds no secret and is not signed: the office of
the call decides what may be seen. Its digest keeps a caller from going on with other filters, or
with another office's token, and taking the result for the rest of a list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.common.aggregates.update import Loaded, Stored
from services.common.kernel import DomainError, Kind
from services.districts.application import opaque
from services.districts.application.ports import CaseReads, DueAfter, WorkFilter
from services.districts.domain.case.model import Case, Item, item_for

DEFAULT_SIZE = 50
# Larger: one caller holds more cases in memory at once. Smaller: a long list takes more calls.
LARGEST_SIZE = 500
# Raised when what follows it in a token changes; a token of another format is refused, and its
# caller begins with the first page.
_FORMAT = "1"
_MARK_DIGITS = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage:
    """Some of the office's work, and the token of the next page; "" after the last."""

    items: Sequence[Item]
    next_token: str


class WorkLists:
    """Lists of the work at an office; the office is the caller's, never an argument it chose."""

    def __init__(self, reads: CaseReads) -> None:
        self._reads = reads

    async def page(
        self, office_id: str, wanted: WorkFilter, *, size: int = 0, token: str = ""
    ) -> WorkPage:
        """The page after the one that gave the token, `size` items long (0: DEFAULT_SIZE).

        Raises DomainError `invalid_page_size`, `invalid_page_token` (INVALID), and UNAVAILABLE:
        `unreadable` for a page with a case that this version cannot read, which would be missing.
        """
        if not 0 <= size <= LARGEST_SIZE:
            raise DomainError(
                "invalid_page_size",
                Kind.INVALID,
                f"must be from 1 to {LARGEST_SIZE}, or 0 for {DEFAULT_SIZE}",
                field="page_size",
            )
        size = size or DEFAULT_SIZE
        after = _read(token, office_id, wanted) if token else None
        # One more than the page holds: it says whether there is a next one.
        found = await self._reads.due(office_id, wanted, after=after, most=size + 1)
        page = _whole(found[:size])
        more = len(found) > size
        return WorkPage(
            items=[item for one in page if (item := _seen(one, office_id)) is not None],
            next_token=_token(page[-1], office_id, wanted) if more else "",
        )


def _whole(found: Sequence[Stored[Case]]) -> Sequence[Stored[Case]]:
    Loaded({}, [one.id for one in found if one.state is None]).whole()
    return found


def _seen(stored: Stored[Case], office_id: str) -> Item | None:
    return item_for(stored.state, office_id, stored.version) if stored.state is not None else None


def _token(last: Stored[Case], office_id: str, wanted: WorkFilter) -> str:
    assert last.state is not None, "a page is whole"
    milliseconds = (last.state.work.due_at - _EPOCH) // _MILLISECOND
    place = f"{milliseconds}|{last.id}"
    return opaque.write(f"{_FORMAT}|{_mark(place, office_id, wanted)}|{place}")


def _read(token: str, office_id: str, wanted: WorkFilter) -> DueAfter:
    format_, _, rest = (opaque.read(token) or "").partition("|")
    mark, _, place = rest.partition("|")
    if format_ != _FORMAT or mark != _mark(place, office_id, wanted):
        raise _invalid()
    try:
        milliseconds, inquiry_id = place.split("|", 1)
        return DueAfter(due_at=_EPOCH + int(milliseconds) * _MILLISECOND, inquiry_id=inquiry_id)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error


def _mark(place: str, office_id: str, wanted: WorkFilter) -> str:
    said = (
        place,
        office_id,
        sorted(stage.value for stage in wanted.stages),
        wanted.due_before,
        wanted.kind and wanted.kind.value,
        wanted.service_code,
        wanted.permit_only,
        # Only where it is set, so that the tokens of lists without it stay good through an upgrade.
        *([wanted.assignee] if wanted.assignee else []),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:_MARK_DIGITS]


def _invalid() -> DomainError:
    return DomainError(
        "invalid_page_token",
        Kind.INVALID,
        "send the token of the page before with the same filters, or none for the first page",
        field="page_token",
    )
