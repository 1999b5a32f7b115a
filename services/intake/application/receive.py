"""Takes a request: check → number → one durable write → receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID, uuid5

from services.cities import City
from services.common.aggregates import Cause, Settled, Update
from services.intake.application.links import StatusLinks
from services.intake.application.ports import ReceiptNumbers
from services.intake.domain import receipts
from services.intake.domain.admit import E164, ReceiveInquiry, admit
from services.intake.domain.decide import receive
from services.intake.domain.model import Inquiry, Status, at_receipt

# Ids made from Idempotency-Keys live in a name space of their own; it must never change.
_KEYS = UUID("0192d3a4-5b6c-7d8e-9f01-23456789abcd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the citizen gets at once. It says how things stood at receipt, so that a repeated
    request gets the very same."""

    inquiry_id: str
    receipt_number: str
    status_url: str
    status_secret: str
    expected_answer_on: date
    expected_answer_by: datetime
    status: Status


class ReceiveInquiries:
    """Answers only after the inquiry and the event that tells it are stored together."""

    def __init__(
        self,
        *,
        city: City,
        submit: Callable[[Update[Inquiry]], Awaitable[Settled[Inquiry]]],
        numbers: ReceiptNumbers,
        links: StatusLinks,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        e164: E164,
    ) -> None:
        self._city = city
        self._submit = submit
        self._numbers = numbers
        self._links = links
        self._clock = clock
        self._new_id = new_id
        self._e164 = e164

    async def receive(
        self,
        order: ReceiveInquiry,
        *,
        key: str | None = None,
        caller: str = "",
        traceparent: str = "",
    ) -> Receipt:
        """The receipt; the same one for the same `key` and order.

        Each caller has a key space of its own; those without a credential (`caller` "") share one.

        Raises Refused for faults, `idempotency_key_reused` for another order under the key, and
        UNAVAILABLE when it could not be stored.
        """
        now = self._clock()
        admitted = admit(order, self._city, now, self._e164)
        inquiry_id = self._new_id() if key is None else _id_from(key, caller)
        day = now.astimezone(self._city.timezone).date()
        rule = partial(
            receive,
            inquiry_id=inquiry_id,
            receipt_number=receipts.write(day, await self._numbers.next(day)),
            fingerprint=None if key is None else fingerprint(order),
            admitted=admitted,
        )
        # The cause is this request, not the key: a repeated one must be compared, not skipped.
        cause = Cause(id=self._new_id(), correlation_id=inquiry_id, traceparent=traceparent)
        settled = await self._submit(
            Update(target=inquiry_id, cause=cause, decide=rule, fresh=True)
        )
        assert settled.state is not None
        return self._receipt(inquiry_id, settled.state)

    def _receipt(self, inquiry_id: str, state: Inquiry) -> Receipt:
        number = state.record.matter.receipt_number
        by = state.record.asked.expected_answer_by
        return Receipt(
            inquiry_id=inquiry_id,
            receipt_number=number,
            status_url=self._links.url(inquiry_id, number),
            status_secret=self._links.secret(inquiry_id),
            expected_answer_on=by.astimezone(self._city.timezone).date(),
            expected_answer_by=by,
            status=at_receipt(state),
        )


def _id_from(key: str, caller: str) -> str:
    # A line break is in no header, so no key without a caller is one with.
    return str(uuid5(_KEYS, f"{caller}\n{key}" if caller else key))


def fingerprint(order: ReceiveInquiry) -> str:
    """Tells one request from another: a digest of its fields, absent ones left out so that a
    later version with more fields still knows the requests of an earlier."""
    fields = json.dumps(_present(asdict(order)), sort_keys=True, default=str)
    return hashlib.sha256(fields.encode()).hexdigest()


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: _present(value) if isinstance(value, dict) else value
        for name, value in fields.items()
        if value is not None
    }
