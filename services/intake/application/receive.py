"""Takes a request: check → limits → number → one durable write → receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID, uuid5

from services.cities import City
from services.common.aggregates.update import Cause, Settled, Store, Update
from services.common.kernel import DomainError
from services.intake.application.limits import Limits
from services.intake.application.links import StatusLinks
from services.intake.application.ports import ReceiptNumbers
from services.intake.application.urgent import Urgent, urgent
from services.intake.domain import receipts
from services.intake.domain.admit import Admitted, Reach, ReceiveInquiry, admit
from services.intake.domain.decide import KEY_REUSED, check_same, receive
from services.intake.domain.model import Inquiry, Status, at_receipt

# Ids made from Idempotency-Keys live in a name space of their own; it must never change.
_KEYS = UUID("0192d3a4-5b6c-7d8e-9f01-23456789abcd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the citizen gets at once. It says how things stood at receipt, so that a repeated
    request gets the very same. `language` is what the citizen wishes."""

    inquiry_id: str
    receipt_number: str
    status_url: str
    status_secret: str
    expected_answer_on: date
    expected_answer_by: datetime
    provisional: bool
    status: Status
    language: str
    urgent: Urgent | None


class ReceiveInquiries:
    """Answers only after the inquiry and the event that tells it are stored together. `present`
    gives the city of now: an answer that came with the inquiry may be of any office of it."""

    def __init__(
        self,
        *,
        present: Callable[[], City],
        store: Store[Inquiry],
        submit: Callable[[Update[Inquiry]], Awaitable[Settled[Inquiry]]],
        numbers: ReceiptNumbers,
        links: StatusLinks,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        reach: Reach,
        limits: Limits,
    ) -> None:
        self._present = present
        self._store = store
        self._submit = submit
        self._numbers = numbers
        self._links = links
        self._clock = clock
        self._new_id = new_id
        self._reach = reach
        self._limits = limits

    @property
    def _city(self) -> City:
        return self._present()

    async def receive(
        self,
        order: ReceiveInquiry,
        *,
        key: str | None = None,
        caller: str = "",
        verifies: bool = False,
        sender: str = "",
        traceparent: str = "",
    ) -> Receipt:
        """The receipt; the same one for the same `key` and request.

        Each caller has a space of keys of its own. Requests without a credential (`caller` is "")
        share one space; the limits tell them apart by `sender`, the address that the request came
        from, and what happened before they may not tell. `verifies` as of `admit`. A request that
        is already stored under the key gets its receipt whatever the checks would say now: neither
        a newer catalogue nor a limit takes it back.

        Raises Refused for faults, TooMany beyond a limit, `idempotency_key_reused` for another
        request under the key, and UNAVAILABLE when it could not be stored.
        """
        inquiry_id = self._new_id() if key is None else _id_from(key, caller)
        if order.category is None:
            await self._city.read_ahead([order.text])
        now = self._clock()
        try:
            admitted = admit(
                order, self._city, now, self._reach, verifies=verifies, records=bool(caller)
            )
            taken = self._limits.take(
                sender=None if caller else sender, contact=admitted.asked.contact
            )
        except DomainError:
            if key is not None and (stored := await self._stored(inquiry_id, order)) is not None:
                return self._receipt(inquiry_id, stored)
            raise
        try:
            settled = await self._settle(inquiry_id, order, admitted, key, now, traceparent)
        except BaseException:
            taken.give_back()
            raise
        if not settled.applied:
            taken.give_back()
        assert settled.state is not None
        return self._receipt(inquiry_id, settled.state)

    async def _stored(self, inquiry_id: str, order: ReceiveInquiry) -> Inquiry | None:
        """The inquiry that is stored under a key, or None. Called only when a check fails: a
        request that passes them is compared in its own write."""
        stored = (await self._store.load([inquiry_id])).whole()
        if inquiry_id not in stored or (state := stored[inquiry_id].state) is None:
            return None
        check_same(state, request_digest(order))
        return state

    async def _settle(
        self,
        inquiry_id: str,
        order: ReceiveInquiry,
        admitted: Admitted,
        key: str | None,
        now: datetime,
        traceparent: str,
    ) -> Settled[Inquiry]:
        """What became of the request; a number that it did not need is another's.

        Where nobody knows whether it was stored, its number stays a gap.
        """
        day = now.astimezone(self._city.timezone).date()
        number = await self._numbers.next(day)
        receipt_number = receipts.write(day, number)
        rule = partial(
            receive,
            inquiry_id=inquiry_id,
            receipt_number=receipt_number,
            request_digest=None if key is None else request_digest(order),
            admitted=admitted,
        )
        # The cause has an id of its own, not the key's: a repeated request must be compared with
        # the stored one, not skipped as handled.
        cause = Cause(id=self._new_id(), correlation_id=inquiry_id, traceparent=traceparent)
        update = Update(target=inquiry_id, cause=cause, decide=rule, fresh=True)
        try:
            settled = await self._submit(update)
        except DomainError as error:
            # Another conflict may be over this very number, and it must not come again.
            if error.slug == KEY_REUSED:
                self._numbers.give_back(day, number)
            raise
        stored = settled.state
        # A write whose answer was lost is found stored, and then the number is its own.
        if stored is not None and stored.record.matter.receipt_number != receipt_number:
            self._numbers.give_back(day, number)
        return settled

    def _receipt(self, inquiry_id: str, state: Inquiry) -> Receipt:
        number = state.record.matter.receipt_number
        by = state.record.asked.expected_answer_by
        return Receipt(
            inquiry_id=inquiry_id,
            receipt_number=number,
            status_url=self._links.url(inquiry_id),
            status_secret=self._links.secret(inquiry_id),
            expected_answer_on=by.astimezone(self._city.timezone).date(),
            expected_answer_by=by,
            provisional=state.record.asked.provisional,
            status=at_receipt(state),
            language=state.record.matter.language,
            urgent=urgent(self._city, state.record.asked.danger),
        )


def _id_from(key: str, caller: str) -> str:
    # No header can hold a line break, so a key that was sent without a caller never equals one with
    # a caller.
    return str(uuid5(_KEYS, f"{caller}\n{key}" if caller else key))


def request_digest(order: ReceiveInquiry) -> str:
    """Tells one request from another: a digest of its fields. Absent ones, and those that say no,
    are left out, so that a later version with more fields still knows the requests of an
    earlier."""
    fields = json.dumps(_present(asdict(order)), sort_keys=True, default=str)
    return hashlib.sha256(fields.encode()).hexdigest()


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: _present(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None and value is not False
    }
