"""Takes what a citizen says about an inquiry that is there: open → limits → one durable write. What
is said again is given back as it is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from services.cities import City
from services.common.aggregates.update import Cause, Settled, Update
from services.common.kernel import Change
from services.intake.application.limits import Limits
from services.intake.application.opening import Opening
from services.intake.domain.acts import ActOrder
from services.intake.domain.model import CitizenAct, Inquiry, Supplement
from services.intake.domain.supplement import SupplementInquiry

Order = TypeVar("Order")
Said = TypeVar("Said")
OrderIn = TypeVar("OrderIn", contravariant=True)


class Rule(Protocol[OrderIn]):
    """What is decided of an order; None where it changes nothing."""

    def __call__(
        self,
        state: Inquiry | None,
        *,
        inquiry_id: str,
        order: OrderIn,
        city: City,
        now: datetime,
    ) -> Change[Inquiry, Any] | None:
        """The change, or the rule's refusals."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Generic[Said]):
    """What is stored. The same said again gets the very same."""

    inquiry_id: str
    receipt_number: str
    said: Said


class StoreOnce(Generic[Order, Said]):
    """Answers only after what was said and the event that tells it are stored together."""

    def __init__(
        self,
        *,
        rule: Rule[Order],
        said_before: Callable[[Inquiry, Order], Said | None],
        city: City,
        opening: Opening,
        submit: Callable[[Update[Inquiry]], Awaitable[Settled[Inquiry]]],
        limits: Limits,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`said_before` gives what an order repeats; None where there is none."""
        self._rule = rule
        self._said_before = said_before
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
        order: Order,
        *,
        sender: str | None,
        traceparent: str = "",
    ) -> Stored[Said]:
        """Stores what whoever has the receipt's secret says.

        `sender` is the address that it came from, None for a known caller, who has no limit. Raises
        what `Opening` and the rule raise, TooMany beyond a limit, and UNAVAILABLE when it could not
        be stored. What is stored already is given back whatever the limits say.
        """
        opened = await self._opening.by_receipt(receipt_number, secret)
        return await self._take(*opened, order, sender, traceparent)

    async def by_link(
        self, token: str, order: Order, *, sender: str, traceparent: str = ""
    ) -> Stored[Said]:
        """The same by the token of the receipt's link."""
        opened = await self._opening.by_link(token)
        return await self._take(*opened, order, sender, traceparent)

    async def _take(
        self,
        inquiry_id: str,
        state: Inquiry,
        order: Order,
        sender: str | None,
        traceparent: str,
    ) -> Stored[Said]:
        if (stored := self._said_before(state, order)) is not None:
            return _stored(inquiry_id, state, stored)
        taken, now = self._limits.take(sender=sender, contact=None), self._clock()

        def rule(state: Inquiry | None) -> Change[Inquiry, Any] | None:
            return self._rule(state, inquiry_id=inquiry_id, order=order, city=self._city, now=now)

        # The cause has an id of its own: what comes again must be compared with what is stored, not
        # skipped as handled.
        cause = Cause(id=self._new_id(), correlation_id=inquiry_id, traceparent=traceparent)
        try:
            settled = await self._submit(Update(target=inquiry_id, cause=cause, decide=rule))
        except BaseException:
            taken.give_back()
            raise
        if not settled.applied:
            taken.give_back()
        assert settled.state is not None, "what was opened is there"
        stored = self._said_before(settled.state, order)
        assert stored is not None, "what was settled is stored"
        return _stored(inquiry_id, settled.state, stored)


def _stored(inquiry_id: str, state: Inquiry, said: Said) -> Stored[Said]:
    return Stored(
        inquiry_id=inquiry_id, receipt_number=state.record.matter.receipt_number, said=said
    )


SupplyAnswers = StoreOnce[SupplementInquiry, Supplement]
"""Takes what the citizen answers when asked back."""
TakeActs = StoreOnce[ActOrder, CitizenAct]
"""Takes what the citizen does about a matter that an office has. The office's side is not asked, as
it may be away: what becomes of it is decided at the case, and heard by `follow`."""
