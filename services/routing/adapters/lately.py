"""What all services told lately, from their topics; that of sealed matters is not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from services.common.bus.brokers import Brokers
from services.common.consuming.recent import Recent
from services.common.events.wire import Wire
from services.routing.domain.lately import FLOW, SURVEYS, Lately
from services.routing.domain.told import (
    Answered,
    AnsweredOnCall,
    Assigned,
    Declined,
    Delivered,
    Invited,
    Opened,
    Received,
    Said,
    Told,
    Unrouted,
)

HEARD: Mapping[str, type[Told]] = {
    "dasan.intake.v1.InquiryReceived": Received,
    "dasan.intake.v1.CallAnswered": AnsweredOnCall,
    "dasan.routing.v1.InquiryAssigned": Assigned,
    "dasan.routing.v1.InquiryUnrouted": Unrouted,
    "dasan.districts.v1.CaseOpened": Opened,
    "dasan.districts.v1.CaseDeclined": Declined,
    "dasan.districts.v1.CaseAnswered": Answered,
    "dasan.notify.v1.MessageDelivered": Delivered,
    "dasan.survey.v1.SurveyInvited": Invited,
    "dasan.survey.v1.SurveyAnswered": Said,
}
_SURVEYS = (Invited, Said)


class ToldLately:
    """The tally of the board."""

    heard: Mapping[str, timedelta] = {
        name: SURVEYS if told in _SURVEYS else FLOW for name, told in HEARD.items()
    }

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.lately = Lately()
        self._clock = clock

    def add(self, event: Told) -> None:
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
