"""The bus on Apache Kafka: kafka-python's blocking, idempotent producer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from services.common.publisher import Record, Sent

log = logging.getLogger(__name__)

# Above the outage a broker restart may take; what waits longer is left to the outbox.
DELIVERY_TIMEOUT_MS = 60_000


class KafkaBus:
    """Connects on the first send. A producer that failed is replaced, so that an idempotent
    sequence it can no longer continue never blocks the ones after it."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: KafkaProducer | None = None
        self._lock = threading.Lock()

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Sends in order and waits for the broker's word on each."""
        with self._lock:
            try:
                producer = self._connected()
                futures = [
                    producer.send(r.topic, value=r.value, key=r.key, headers=list(r.headers))
                    for r in records
                ]
                producer.flush(timeout=DELIVERY_TIMEOUT_MS / 1000 + 5)
            except KafkaError as error:
                log.warning("bus.send_failed", extra={"error": type(error).__name__})
                self._drop()
                return [Sent.NOT_NOW] * len(records)
            sent = [future.is_done and future.succeeded() for future in futures]
            if not all(sent):
                log.warning("bus.not_delivered", extra={"records": len(sent) - sum(sent)})
                self._drop()
            return [Sent.TAKEN if taken else Sent.NOT_NOW for taken in sent]

    def close(self) -> None:
        """Lets go of the connections."""
        with self._lock:
            self._drop()

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                metrics_enabled=False,
                max_block_ms=5_000,
                request_timeout_ms=15_000,
                delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
                reconnect_backoff_max_ms=1_000,
            )
        return self._producer

    def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=1)


def lag(bootstrap: str, group: str, topics: Sequence[str]) -> int:
    """How many records of these topics the group has not committed; 0 when the broker is away.

    Asks without joining the group.
    """
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False
        )
    except KafkaError:
        return 0
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in topics
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = consumer.end_offsets(partitions)
        starts = consumer.beginning_offsets(partitions)
        committed = {p: consumer.committed(p) for p in partitions}
        return sum(max(0, ends[p] - max(committed[p] or 0, starts[p])) for p in partitions)
    except KafkaError:
        return 0
    finally:
        consumer.close()
