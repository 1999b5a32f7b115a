"""Which receipt numbers the bus knows of: what a counter out of an old backup does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from google.protobuf.message import DecodeError

from services.common.bus.brokers import Brokers
from services.common.bus.forgotten import told_by
from services.common.events import contracts
from services.intake.domain import receipts


def highest_told(brokers: Brokers, since: datetime) -> Mapping[date, int]:
    """The highest number of each day that intake has told since then.

    Blocks; raises KafkaError and `audit.NotRead`.
    """
    found: dict[date, int] = {}
    for envelope in told_by("intake", brokers, since):
        message: Any = contracts.events()[envelope.type].message()
        try:
            message.ParseFromString(envelope.data)
            day, number = receipts.parts(message.matter.receipt_number)
        except (DecodeError, ValueError):
            continue
        found[day] = max(number, found.get(day, 0))
    return found
