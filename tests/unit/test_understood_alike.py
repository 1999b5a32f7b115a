"""What intake makes of a citizen's words at receipt is what routing makes of them a moment later:
the date on the receipt does not move because two services read the same text in two ways."""

from __future__ import annotations

from datetime import UTC, datetime

from scripts.cities.examples import HELD_BACK, read
from services.cities import PACKS, Channel, Matter, load
from services.intake.domain.admit import expected_answer
from services.routing.domain.policy import Statement, route

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
EVERY = 40
"""One in so many of the sentences that no training saw."""
MATTER = Matter(
    receipt_number="261123-00042-0",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW,
    has_contact=False,
)


def test_the_date_on_the_receipt_is_the_one_that_routing_counts() -> None:
    seoul = load("seoul")
    strangers = [one for one in read(PACKS / "seoul" / "examples") if one.writer in HELD_BACK]
    texts = [one.text for one in strangers[::EVERY]]
    reported = "가로등이 꺼졌고, 그 일로 공무원이 뇌물을 받았어요"
    provisional = 0
    for text in (*texts, reported, "zzz"):
        matter, decision = route(
            seoul, seoul.rules, Statement(text=text), MATTER, today=NOW.date(), open_work={}
        )
        expected = expected_answer(seoul, None, text, Channel.WEB, NOW)
        code = "" if expected.service is None else expected.service.code
        assert (code, expected.due.at) == (matter.service_code, decision.due_at), text
        provisional += not code
    assert 2 < provisional < len(texts), "both kinds are among them"
