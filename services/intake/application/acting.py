"""Takes what the citizen does about a matter that an office has: open → limits → one durable
write. What becomes of it is decided at the case, and heard by `follow`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.cities import City
from services.common.aggregates.update import Cause, Settled, Update
from services.intake.application.limits import Limits
from services.intake.application.opening import Opening
from services.intake.domain.acts import ActOrder, act, done_before
from services.intake.domain.model import CitizenAct, Inquiry


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAct:
    """An act that is stored. The same act again gets the very same."""

    inquiry_id: str
    receipt_number: str
    act: CitizenAct


class TakeActs:
    """Answers only after the act, its words and the event that tells it are stored together. The
    office's side is not asked: it may be away."""

    def __init__(
        self,
        *,
        city: City,
        opening: Opening,
        submit: Callable[[Update[Inquiry]], Awaitable[Settled[Inquiry]]],
        limits: Limits,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._opening = opening
        self._submit = submit
        self._limits = limits
        self._clock = clock
        self._new_id = new_id

    async def by_receipt(
        self,
        receipt_number: str,
        secret: str,
        order: ActOrder,
        *,
        sender: str | None,
        traceparent: str = "",
    ) -> StoredAct:
        """Stores the act of whoever has the receipt's secret.

        `sender` is the address that it came from, None for a known caller, who has no limit. Raises
        what `Opening` and `acts.act` raise, TooMany beyond a limit, and UNAVAILABLE when it could
        not be stored. An act that is stored already is given back whatever the limits say.
        """
        opened = await self._opening.by_receipt(receipt_number, secret)
        return await self._take(*opened, order, sender, traceparent)

    async def by_link(
        self, token: str, order: ActOrder, *, sender: str, traceparent: str = ""
    ) -> StoredAct:
        """The same by the token of the receipt's link."""
        opened = await self._opening.by_link(token)
        return await self._take(*opened, order, sender, traceparent)

    async def _take(
        self,
        inquiry_id: str,
        state: Inquiry,
        order: ActOrder,
        sender: str | None,
        traceparent: str,
    ) -> StoredAct:
        if (stored := done_before(state, order)) is not None:
            return _stored(inquiry_id, state, stored)
        taken = self._limits.take(sender=sender, contact=None)
        rule = partial(act, inquiry_id=inquiry_id, order=order, city=self._city, now=self._clock())
        # The cause has an id of its own: an act that comes again must be compared with the stored
        # one, not skipped as handled.
        cause = Cause(id=self._new_id(), correlation_id=inquiry_id, traceparent=traceparent)
        try:
            settled = await self._submit(Update(target=inquiry_id, cause=cause, decide=rule))
        except BaseException:
            taken.give_back()
            raise
        if not settled.applied:
            taken.give_back()
        assert settled.state is not None, "what was opened is there"
        stored = done_before(settled.state, order)
        assert stored is not None, "what was settled is stored"
        return _stored(inquiry_id, settled.state, stored)


def _stored(inquiry_id: str, state: Inquiry, stored: CitizenAct) -> StoredAct:
    return StoredAct(
        inquiry_id=inquiry_id,
        receipt_number=state.record.matter.receipt_number,
        act=stored,
    )
