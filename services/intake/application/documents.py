"""Gives a citizen the document of their permit. It is made out by districts, anew each time, and
kept nowhere here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.common.edge.limits import TooMany, WindowLimit
from services.intake.application.opening import Opening
from services.intake.application.ports import DocumentFormat, Documents, MadeOut

# Documents of one inquiry within a minute. Each is set anew, which takes a tenth of a second of a
# processor there. More: who holds one link can keep districts busy. Fewer: somebody who opens each
# form of each document is refused.
MOST_WITHIN_MINUTE = 20
_WITHIN = timedelta(minutes=1)


class ReadDocuments:
    """Needs what opens the inquiry; the case says whether the document is its own."""

    def __init__(
        self, *, opening: Opening, documents: Documents, clock: Callable[[], datetime]
    ) -> None:
        self._opening = opening
        self._documents = documents
        self._clock = clock
        self._limit = WindowLimit(MOST_WITHIN_MINUTE, _WITHIN)

    async def by_receipt(
        self, receipt_number: str, secret: str, number: str, format_: DocumentFormat
    ) -> MadeOut:
        """The document of that number, as bytes.

        Raises what `Opening` raises, `unknown_document` (NOT_FOUND), TooMany, and UNAVAILABLE.
        """
        inquiry_id, _ = await self._opening.by_receipt(receipt_number, secret)
        return await self._made_out(inquiry_id, number, format_)

    async def by_link(self, token: str, number: str, format_: DocumentFormat) -> MadeOut:
        """The same by the token of the receipt's link."""
        inquiry_id, _ = await self._opening.by_link(token)
        return await self._made_out(inquiry_id, number, format_)

    async def _made_out(self, inquiry_id: str, number: str, format_: DocumentFormat) -> MadeOut:
        now = self._clock()
        if (wait := self._limit.wait(inquiry_id, now)) is not None:
            message = "too many documents of this inquiry within a minute; wait"
            raise TooMany("too_many_documents", message, retry_after=wait)
        self._limit.take(inquiry_id, now)
        return await self._documents.made_out(inquiry_id, number, format_)
