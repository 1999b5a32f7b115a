"""Which receipt numbers the bus knows of: what a counter out of an old backup does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from google.protobuf.message import DecodeError

from services.common.bus.audit import records_since
from services.common.bus.brokers import Brokers
from services.common.events import contracts
from services.intake.adapters.wire import TOLD
from services.intake.domain import receipts


def highest_told(brokers: Brokers, since: datetime) -> Mapping[date, int]:
    """The highest number of each day that intake has told since then.

    Blocks; raises KafkaError and `audit.NotRead`.
    """
    topics = {contracts.events()[name].topic for name in TOLD} | {contracts.SEALED_TOPIC}
    found: dict[date, int] = {}
    for record in records_since(brokers, topics, since):
        name = dict(record.headers).get("ce_type", b"").decode(errors="replace")
        if name not in TOLD:
            continue
        message: Any = contracts.events()[name].message()
        try:
            message.ParseFromString(record.value or b"")
            day, number = receipts.parts(message.matter.receipt_number)
        except (DecodeError, ValueError):
            continue
        found[day] = max(number, found.get(day, 0))
    return found
