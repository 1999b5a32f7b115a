"""Finds the inquiry that a citizen's secret or link opens; nothing else opens one."""

from __future__ import annotations

from services.common.kernel import DomainError, Kind
from services.intake.application.links import StatusLinks
from services.intake.application.ports import Finder
from services.intake.domain import receipts
from services.intake.domain.model import Inquiry


class Opening:
    """Needs the receipt number and the secret, or the token of the inquiry's link."""

    def __init__(self, *, finder: Finder, links: StatusLinks) -> None:
        self._finder = finder
        self._links = links

    async def by_receipt(self, receipt_number: str, secret: str) -> tuple[str, Inquiry]:
        """The inquiry's id and state.

        Raises `invalid_receipt_number` for a number that does not check, `unknown_receipt`
        (NOT_FOUND) for no such inquiry and for a wrong secret alike, and UNAVAILABLE.
        """
        found = await self._finder.by_receipt(receipts.read(receipt_number))
        if found is None or not self._links.opens(found[0], secret):
            raise DomainError(
                "unknown_receipt", Kind.NOT_FOUND, "no inquiry has this receipt number and secret"
            )
        return found

    async def by_link(self, token: str) -> tuple[str, Inquiry]:
        """The same by the token of a link; raises `unknown_link` (NOT_FOUND), UNAVAILABLE."""
        inquiry_id = self._links.inquiry_of(token)
        state = None if inquiry_id is None else await self._finder.by_id(inquiry_id)
        if inquiry_id is None or state is None:
            raise DomainError("unknown_link", Kind.NOT_FOUND, "no inquiry has this link")
        return inquiry_id, state
