"""Satisfaction by the hour, in a Faust table rebuilt from its changelog after a restart.

The table holds one entry for each inquiry and hour, under the same key as the events, so that both
lie in the same partition and an event that comes twice changes nothing. It is a view of the
partitions this process reads; the whole truth is in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import faust
from faust.windows import TumblingWindow

from services.common import contracts
from services.survey.application.ports import WindowFigure
from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.satisfaction import Figure

HOUR = timedelta(hours=1)
# The running hour and the one before it; whatever is older may go.
KEPT = 2 * HOUR


class SatisfactionWindows:
    """Tumbling hours. `record` is to be called while the stream iterates over the event, or Faust
    wouldn't know which partition of the changelog the entry belongs to."""

    def __init__(self, app: faust.App, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._table: Any = app.Table(
            "satisfaction", partitions=contracts.PARTITIONS, on_recover=self._recovered
        )
        self._hours = TumblingWindow(HOUR, expires=KEPT)
        self._windows = self._table.using_window(self._hours)

    @property
    def changelog(self) -> str:
        """The topic the table is rebuilt from; declared, because Faust may not create topics."""
        name: str = self._table.changelog_topic_name
        return name

    def record(self, event: SurveyInvited | SurveyAnswered) -> None:
        """Enters an invitation or an answer into the hour in which it happened."""
        match event:
            case SurveyInvited():
                self._enter(event.inquiry_id, event.invited_at, {"invited": True})
            case SurveyAnswered():
                self._enter(event.inquiry_id, event.answered_at, {"score": event.score})

    def _enter(self, inquiry_id: str, at: datetime, known: dict[str, Any]) -> None:
        hour = self._hours.current(at.timestamp())
        before = self._table.get((inquiry_id, hour), {})
        after = {**before, **known}
        if after != before:
            self._windows[inquiry_id][hour] = after

    def figures(self, now: datetime) -> Sequence[WindowFigure]:
        """The running hour and the one before it, newest first."""
        self._drop_stale(now)
        newest, _ = self._hours.current(now.timestamp())
        starts = [newest, newest - HOUR.total_seconds()]
        figures = {start: Figure() for start in starts}
        for (_, (start, _)), entry in self._table.items():
            if start in figures:
                figures[start] = figures[start].plus(_figure(entry))
        return [_window(start, figures[start]) for start in starts]

    async def _recovered(self) -> None:
        self._drop_stale(self._clock())

    def _drop_stale(self, now: datetime) -> None:
        """Faust forgets by itself only what it entered, not what it recovered."""
        for key in [k for k in self._table if self._hours.stale(k[1][1], now.timestamp())]:
            self._table.data.pop(key, None)


def _figure(entry: dict[str, Any]) -> Figure:
    score = entry.get("score")
    return Figure(
        invited=int(entry.get("invited", False)),
        answered=int(score is not None),
        score_sum=score or 0,
    )


def _window(start: float, figure: Figure) -> WindowFigure:
    begun = datetime.fromtimestamp(start, UTC)
    return WindowFigure(start=begun, end=begun + HOUR, city=figure)
