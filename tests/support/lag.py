"""How far a consumer group is behind, asked from outside."""

from __future__ import annotations

from collections.abc import Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError


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
