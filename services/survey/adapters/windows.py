"""Satisfaction by the hour, as a live view over survey's own events.

The view has one entry for each survey and hour, so that an event that comes twice changes nothing.
It shows the last two hours; the whole truth is in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from services.common.bus.brokers import Brokers
from services.common.consuming.views import Pauses, ViewApp, moment
from services.survey.adapters.wire import wire
from services.survey.domain import hours
from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.hours import HOUR, SHOWN, HourlySurvey, WindowFigure


class HourlyProjection:
    """One entry for each survey and hour."""

    name = "satisfaction"
    heard: Sequence[str] = ("dasan.survey.v1.SurveyInvited", "dasan.survey.v1.SurveyAnswered")

    def key(self, event: SurveyInvited | SurveyAnswered) -> str:
        """The survey with the hour."""
        return f"{event.survey_id}/{hours.hour_of(hours.happened_at(event))}"

    def apply(
        self, event: SurveyInvited | SurveyAnswered, entry: HourlySurvey | None
    ) -> HourlySurvey:
        """See `hours.apply`."""
        return hours.apply(event, entry)

    def forget_at(self, entry: HourlySurvey) -> datetime:
        """When its hour is no longer shown."""
        return moment(entry.start) + SHOWN * HOUR

    def dump(self, entry: HourlySurvey) -> list[Any]:
        """The entry as JSON."""
        return [entry.start, entry.invited, entry.score]

    def load(self, dumped: list[Any]) -> HourlySurvey:
        """The entry of its JSON."""
        start, invited, score = dumped
        return HourlySurvey(start=start, invited=invited, score=score)


class SatisfactionWindows:
    """The figures of the last hours; whole at every replica."""

    def __init__(self, view: ViewApp[HourlySurvey]) -> None:
        self._view = view
        self._load = HourlyProjection().load

    def figures(self, now: datetime) -> Sequence[WindowFigure]:
        """The running hour and the one before it, newest first; raises DomainError UNAVAILABLE
        `view_away`."""
        return hours.figures(map(self._load, self._view.entries()), now)


def satisfaction_view(
    brokers: Brokers, clock: Callable[[], datetime], pauses: Pauses | None = None
) -> ViewApp[HourlySurvey]:
    """The view as a part of survey."""
    return ViewApp(
        service="survey",
        brokers=brokers,
        wire=wire(()),
        projection=HourlyProjection(),
        clock=clock,
        pauses=pauses,
    )
