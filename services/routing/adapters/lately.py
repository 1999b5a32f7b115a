"""What all services told lately, from their topics; that of sealed matters is not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from services.common.bus.brokers import Brokers
from services.common.consuming.recent import Recent
from services.common.events.wire import Wire
from services.routing.domain.heard import (
    CallAnswered,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    MessageDelivered,
    SurveyAnswered,
    SurveyInvited,
)
from services.routing.domain.lately import FLOW, SURVEYS, Lately

HEARD: Mapping[str, type[Heard]] = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.intake.v1.CallAnswered": CallAnswered,
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.InquiryUnrouted": InquiryUnrouted,
    "dasan.districts.v1.CaseOpened": CaseOpened,
    "dasan.districts.v1.CaseDeclined": CaseDeclined,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.notify.v1.MessageDelivered": MessageDelivered,
    "dasan.survey.v1.SurveyInvited": SurveyInvited,
    "dasan.survey.v1.SurveyAnswered": SurveyAnswered,
}
_SURVEYS = (SurveyInvited, SurveyAnswered)


class ToldLately:
    """The tally of the board."""

    heard: Mapping[str, timedelta] = {
        name: SURVEYS if told in _SURVEYS else FLOW for name, told in HEARD.items()
    }

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lately = Lately()
        self._clock = clock

    def add(self, event: Heard) -> None:
        """Counts a fact now."""
        self.lately.add(event, self._clock())


class LiveNews:
    """What was told lately; whole at every replica."""

    def __init__(self, recent: Recent[ToldLately]) -> None:
        self._recent = recent

    def lately(self) -> Lately:
        """What was told lately, as far as it is read; raises DomainError UNAVAILABLE
        `view_away`."""
        return self._recent.tally().lately

    @property
    def lag(self) -> int | None:
        """How many records waited to be read a moment ago; None while nobody knows."""
        return self._recent.lag


def recent_news(brokers: Brokers, clock: Callable[[], datetime]) -> Recent[ToldLately]:
    """The reader of what is told, as a part of routing."""
    return Recent(
        "news",
        service="routing",
        brokers=brokers,
        wire=Wire(dict(HEARD)),
        tally=partial(ToldLately, clock),
        clock=clock,
    )
