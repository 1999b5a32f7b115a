"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, the protobuf bytes as value.

Written here, not by a library: the cloudevents Kafka binding turns protobuf bytes into text when
they happen to be UTF-8. Source: CloudEvents Kafka Protocol Binding 1.0.2, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CONTENT_TYPE = "application/protobuf"


class Undecodable(ValueError):
    """A record that is no CloudEvent of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event with everything a consumer needs to place it.

    `aggregate` is the id of the document that told the event, `version` the version of that
    document at the time: each change of the document raises it, and the events of one change share
    it. `traceparent` is the context of its creation (W3C Trace Context), empty when there was none.
    `sealed` says that it travels on the topic of sealed matters; of a consumed record it is not
    known, and false.
    """

    id: str
    source: str
    type: str
    time: datetime
    key: str
    aggregate: str
    version: int
    correlation_id: str
    causation_id: str
    traceparent: str
    data: bytes
    sealed: bool = False

    def headers(self) -> list[tuple[str, bytes]]:
        """The Kafka headers of the record."""
        pairs = [
            ("ce_specversion", "1.0"),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_time", self.time.isoformat()),
            ("ce_subject", self.aggregate),
            ("ce_partitionkey", self.key),
            ("ce_aggregateversion", str(self.version)),
            ("ce_correlationid", self.correlation_id),
            ("ce_causationid", self.causation_id),
            ("content-type", CONTENT_TYPE),
        ]
        if self.traceparent:
            pairs.append(("traceparent", self.traceparent))
        return [(name, value.encode()) for name, value in pairs]

    def document(self) -> dict[str, Any]:
        """The entry of an outbox."""
        return {
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time,
            "key": self.key,
            "aggregate": self.aggregate,
            "version": self.version,
            "correlation": self.correlation_id,
            "causation": self.causation_id,
            "traceparent": self.traceparent,
            "data": self.data,
            "sealed": self.sealed,
        }


def from_document(entry: Mapping[str, Any]) -> Envelope:
    """An outbox entry as it was saved."""
    return Envelope(
        id=entry["id"],
        source=entry["source"],
        type=entry["type"],
        time=aware(entry["time"]),
        key=entry["key"],
        aggregate=entry["aggregate"],
        version=entry["version"],
        correlation_id=entry["correlation"],
        causation_id=entry["causation"],
        traceparent=entry["traceparent"],
        data=bytes(entry["data"]),
        # A version that knew no sealed matters wrote none; its replicas run on during an upgrade.
        sealed=entry.get("sealed", False),
    )


def from_record(
    key: bytes | None, headers: Iterable[tuple[str, bytes | None]], value: bytes | None
) -> Envelope:
    """The envelope of a consumed record; raises Undecodable naming the attribute at fault."""
    try:
        # Kafka allows a header without a value; none of ours lacks one.
        attributes = {name: (text or b"").decode() for name, text in headers}
    except (UnicodeDecodeError, AttributeError) as error:
        raise Undecodable("headers are not text") from error
    if value is None:
        raise Undecodable("no value")
    for required in ("ce_id", "ce_source", "ce_type"):
        if not attributes.get(required):
            raise Undecodable(f"{required} is missing")
    if attributes.get("content-type") != CONTENT_TYPE:
        raise Undecodable("content-type is not application/protobuf")
    try:
        return Envelope(
            id=attributes["ce_id"],
            source=attributes["ce_source"],
            type=attributes["ce_type"],
            time=aware(datetime.fromisoformat(attributes["ce_time"])),
            key=(key or b"").decode(),
            aggregate=attributes.get("ce_subject", ""),
            version=int(attributes.get("ce_aggregateversion", "0")),
            correlation_id=attributes.get("ce_correlationid", ""),
            causation_id=attributes.get("ce_causationid", ""),
            traceparent=attributes.get("traceparent", ""),
            data=value,
        )
    except (KeyError, ValueError, OverflowError) as error:
        raise Undecodable("ce_time, ce_aggregateversion or the key is malformed") from error


def aware(time: datetime) -> datetime:
    """A time as UTC; one without a zone is taken as UTC, as the database stores it."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
