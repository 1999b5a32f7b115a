"""Assignments as routing tells them, put on the bus by the bench in routing's stead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from dasan.common.v1.matter_pb2 import (
    CHANNEL_WEB,
    PETITION_KIND_OTHER,
    WORKLOAD_DISTRICT,
    Matter,
)
from dasan.routing.v1.events_pb2 import InquiryAssigned

from services.common.events import contracts

# An office has a week to answer, and two days to take it.
DUE_IN = timedelta(days=7)
TAKE_IN = timedelta(days=2)
_TYPE = "dasan.routing.v1.InquiryAssigned"


def assignment(inquiry_id: str, office_id: str, service_code: str, *, permit: bool) -> bytes:
    """The first assignment of an inquiry that was received just now."""
    now = datetime.now(UTC)
    event = InquiryAssigned(
        inquiry_id=inquiry_id,
        matter=Matter(
            receipt_number=f"{now:%y%m%d}-{uuid4().int % 100_000:05d}-X",
            channel=CHANNEL_WEB,
            language="ko",
            service_code=service_code,
            kind=PETITION_KIND_OTHER,
            permit=permit,
            has_contact=True,
        ),
        round=1,
        attempt=1,
        office_id=office_id,
        workload=WORKLOAD_DISTRICT,
        rule="district_of_place",
        period="",
    )
    for stamp, at in (
        (event.matter.received_at, now),
        (event.clock_from, now),
        (event.assigned_at, now),
        (event.due_at, now + DUE_IN),
        (event.take_by, now + TAKE_IN),
    ):
        stamp.FromDatetime(at)
    return event.SerializeToString()


class Assigner:
    """Puts assignments on the bus; an async context manager."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._producer.stop()

    async def assign(
        self, inquiry_id: str, office_id: str, service_code: str, *, permit: bool = False
    ) -> None:
        """Gives the event to the client of the bus, which sends it at once."""
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid4()),
            "ce_source": "dasan/routing",
            "ce_type": _TYPE,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_subject": inquiry_id,
            "ce_partitionkey": inquiry_id,
            "ce_aggregateversion": "1",
            "ce_correlationid": inquiry_id,
            "ce_causationid": "",
            "content-type": "application/protobuf",
        }
        await self._producer.send(
            contracts.events()[_TYPE].topic,
            key=inquiry_id.encode(),
            value=assignment(inquiry_id, office_id, service_code, permit=permit),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
