"""The bus on Apache Kafka: kafka-python's blocking, idempotent producer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from services.common.bus.brokers import Brokers, Login
from services.common.publishing.outbox import Record, Sent

log = logging.getLogger(__name__)

# How long the producer tries to deliver a record: longer than a broker's restart. A record that
# waits longer stays in its outbox.
DELIVERY_TIMEOUT_MS = 60_000
# How long a call waits for the metadata of one topic. Longer: a missing topic delays the others
# more at each try. Shorter: a broker that has just started counts as away.
TOPIC_WAIT_MS = 2_000
# How long the first connection is tried before the broker counts as away.
CONTACT_MS = 5_000
# How long `close` may take.
CLOSE_SECONDS = 1.0

# Errors about a single record that another try would not change.
_REFUSALS = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTimestampError,
    TypeError,
    ValueError,
)


class KafkaBus:
    """Connects on the first send. A producer that failed is replaced, so that an idempotent
    sequence it can no longer continue never blocks the ones after it; and so is one that logged in
    with what has changed since."""

    def __init__(self, brokers: Brokers, client_id: str) -> None:
        self._brokers = brokers
        self._client_id = client_id
        self._producer: KafkaProducer | None = None
        self._login: Login | None = None
        self._lock = threading.Lock()

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Says for each record what became of it, after the broker's word on each.

        Goes in waves: the first record of each key, then the second, so that no later one is there
        without the earlier. Blocks as long as a broker that is away may take to come back.
        """
        with self._lock:
            call = _Call(records)
            try:
                producer = self._connected()
                for wave in _waves(records):
                    call.send(producer, wave)
            except KafkaError as error:
                log.warning("bus.send_failed", extra={"error": type(error).__name__})
                call.broken = True
            if call.broken:
                self._drop()
            return call.outcomes()

    def close(self) -> None:
        """Lets go of the connections, within a second; a call that still sends is left alone."""
        if self._lock.acquire(timeout=CLOSE_SECONDS):
            try:
                self._drop()
            finally:
                self._lock.release()

    def _connected(self) -> KafkaProducer:
        login = self._brokers.login()
        if login is not self._login:
            self._drop()
        if self._producer is None:
            self._login = login
            self._producer = KafkaProducer(
                **login.client(),
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                metrics_enabled=False,
                bootstrap_timeout_ms=CONTACT_MS,
                max_block_ms=TOPIC_WAIT_MS,
                request_timeout_ms=15_000,
                delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
                reconnect_backoff_max_ms=1_000,
            )
        return self._producer

    def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=CLOSE_SECONDS)
        except KafkaError:
            # A producer with records to send gives them up by itself; nobody waits for it.
            patience = DELIVERY_TIMEOUT_MS / 1000 + 5
            threading.Thread(target=producer.close, args=(patience,), daemon=True).start()


class _Call:
    """The records of one call and what has become of each."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._found: dict[int, Sent] = {}
        self._topics_away: set[str] = set()
        self._stopped: set[tuple[str, bytes]] = set()
        self.broken = False

    def outcomes(self) -> list[Sent]:
        """One outcome for each record; NOT_NOW for those that were never tried."""
        return [self._found.get(at, Sent.NOT_NOW) for at in range(len(self._records))]

    def send(self, producer: KafkaProducer, wave: Sequence[int]) -> None:
        """Sends the records at these places, of which no two have the same topic and key."""
        futures = {}
        for at in wave:
            future = self._begin(producer, at)
            if future is not None:
                futures[at] = future
        self._flush(producer)
        for at, future in futures.items():
            self._note(at, self._outcome(future))
        # A record that is too large may have made its whole batch fail.
        refused = [at for at in futures if self._found[at] is Sent.REFUSED]
        if len(futures) > 1 and not self.broken:
            for at in refused:
                self._again_alone(producer, at)

    def _begin(self, producer: KafkaProducer, at: int) -> Any | None:
        record = self._records[at]
        if self.broken or record.topic in self._topics_away or _lane(record) in self._stopped:
            self._note(at, Sent.NOT_NOW)
            return None
        try:
            return producer.send(
                record.topic, value=record.value, key=record.key, headers=list(record.headers)
            )
        except _REFUSALS:
            self._note(at, Sent.REFUSED)
        except KafkaError as error:
            # The broker told nothing of this topic in time: it is missing, or closed to us.
            log.warning(
                "bus.topic_away", extra={"topic": record.topic, "error": type(error).__name__}
            )
            self._topics_away.add(record.topic)
            self._note(at, Sent.NOT_NOW)
        return None

    def _again_alone(self, producer: KafkaProducer, at: int) -> None:
        self._stopped.discard(_lane(self._records[at]))
        future = self._begin(producer, at)
        if future is not None:
            self._flush(producer)
            self._note(at, self._outcome(future))

    def _flush(self, producer: KafkaProducer) -> None:
        try:
            producer.flush(timeout=DELIVERY_TIMEOUT_MS / 1000 + 5)
        except KafkaTimeoutError:
            self.broken = True

    def _outcome(self, future: Any) -> Sent:
        if future.is_done and future.succeeded():
            return Sent.TAKEN
        if future.is_done and isinstance(future.exception, _REFUSALS):
            return Sent.REFUSED
        self.broken = True
        return Sent.NOT_NOW

    def _note(self, at: int, sent: Sent) -> None:
        self._found[at] = sent
        if sent is not Sent.TAKEN:
            self._stopped.add(_lane(self._records[at]))


def _lane(record: Record) -> tuple[str, bytes]:
    return record.topic, record.key


def _waves(records: Sequence[Record]) -> Iterator[list[int]]:
    """The places of the records: first of each topic and key, then second, and so on. Records
    without a key have no order to keep."""
    waves: list[list[int]] = []
    counts: dict[tuple[str, bytes], int] = {}
    for at, record in enumerate(records):
        turn = counts.get(_lane(record), 0) if record.key else 0
        counts[_lane(record)] = turn + 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(at)
    return iter(waves)
