"""What the judge reads off a record and a stored document."""

from __future__ import annotations

from datetime import UTC, datetime

from dasan.notify.v1 import events_pb2

from simulation.judge.evidence import receipt_number_in, told_by
from simulation.judge.history import read_fact
from tests.support.events import told_record

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_a_record_says_which_aggregate_told_it_at_which_version() -> None:
    message = events_pb2.MessageDelivered(
        inquiry_id="i", delivery_id="i:survey:2:1", round=2, cause_event_id="e-1"
    )
    message.matter.receipt_number = "261126-00001-5"
    record = told_record(
        "dasan.notify.v1.MessageDelivered",
        "i",
        message.SerializeToString(),
        NOW,
        aggregate="i:survey:2:1",
        version=3,
    )
    fact = read_fact(record.headers, record.key, record.value)
    assert fact is not None
    assert (fact.inquiry_id, fact.label) == ("i", "MessageDelivered:survey:2")
    told = told_by(fact, "topic")
    assert (told.topic, told.teller, told.version) == ("topic", "/dasan/test i:survey:2:1", 3)
    assert (told.receipt_number, told.cause_event_id) == ("261126-00001-5", "e-1")


def test_the_receipt_number_is_found_wherever_a_state_keeps_its_matter() -> None:
    matter = {"receipt_number": "261126-00001-5", "language": "ko"}
    for state in (matter, {"matter": matter}, {"status": "open", "work": {"matter": matter}}):
        assert receipt_number_in(state) == "261126-00001-5"
    assert receipt_number_in({"status": "open", "past": [{"x": 1}]}) == ""
