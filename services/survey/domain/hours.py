"""What one survey adds to the satisfaction of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.satisfaction import Figure

HOUR = timedelta(hours=1)
# Hours shown: the running one and the one before it. Older ones may be forgotten.
SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlySurvey:
    """One survey in one hour: whether it was opened then, and the score if answered then.

    `start` is the beginning of the hour in seconds since 1970.
    """

    start: int
    invited: bool = False
    score: int | None = None

    @property
    def figure(self) -> Figure:
        """What it adds to its hour."""
        return Figure(
            invited=int(self.invited),
            answered=int(self.score is not None),
            score_sum=self.score or 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFigure:
    """Satisfaction of one hour. `start` is included, `end` is not; both aware UTC."""

    start: datetime
    end: datetime
    city: Figure


def hour_of(at: datetime) -> int:
    """The beginning of the hour of a time, in seconds since 1970."""
    seconds = int(at.timestamp())
    return seconds - seconds % int(HOUR.total_seconds())


def happened_at(event: SurveyInvited | SurveyAnswered) -> datetime:
    """The time that decides into which hour the event is counted."""
    match event:
        case SurveyInvited():
            return event.invited_at
        case SurveyAnswered():
            return event.answered_at


def apply(event: SurveyInvited | SurveyAnswered, entry: HourlySurvey | None) -> HourlySurvey:
    """The survey's hour after the event, whatever came before and however often."""
    entry = entry or HourlySurvey(start=hour_of(happened_at(event)))
    match event:
        case SurveyInvited():
            return replace(entry, invited=True)
        case SurveyAnswered():
            return replace(entry, score=event.score)


def figures(entries: Iterable[HourlySurvey], now: datetime) -> Sequence[WindowFigure]:
    """The running hour and the one before it, newest first."""
    newest = now.replace(minute=0, second=0, microsecond=0)
    starts = [newest - number * HOUR for number in range(SHOWN)]
    by_start = {hour_of(start): Figure() for start in starts}
    for entry in entries:
        if entry.start in by_start:
            by_start[entry.start] = by_start[entry.start].plus(entry.figure)
    return [
        WindowFigure(start=start, end=start + HOUR, city=by_start[hour_of(start)])
        for start in starts
    ]
