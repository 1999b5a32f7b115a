"""Times as the database keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

from services.common.kernel import Kind, TimedOut, to_milliseconds
from services.common.process import clock


def test_a_time_is_cut_not_rounded() -> None:
    late = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert to_milliseconds(late) == late.replace(microsecond=999_000)
    assert to_milliseconds(to_milliseconds(late)) == to_milliseconds(late)


def test_the_clock_of_services_gives_what_the_database_keeps() -> None:
    assert all(now == to_milliseconds(now) for now in (clock.utc_now() for _ in range(100)))


def test_a_question_that_took_too_long_may_pass() -> None:
    error = TimedOut("intake_slow", "try again")
    assert (error.slug, error.kind) == ("intake_slow", Kind.UNAVAILABLE)
