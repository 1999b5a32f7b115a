"""What happened in the city lately: the flow of the last hour by the minute, how long inquiries
took to their offices, the last facts, and the satisfaction of those asked within a day.

The same figures come out of the same facts in whatever order they are told. Each fact counts in
the minute in which it happened, by the time that it says. No figure holds an id, a word or a place
finer than a district. Pure: the time comes in.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.cities import FIRST_ROUND, Matter
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

MINUTE = timedelta(minutes=1)
# How far back the flow is shown. Longer: more to read again at a start. Shorter: no trend is seen.
FLOW = timedelta(hours=1)
MINUTES = FLOW // MINUTE
# How far back surveys are counted. Citizens answer hours after they were asked: shorter, and the
# response rate is that of the quick ones. Longer: more to read again at a start.
SURVEYS = timedelta(hours=24)
# Facts shown one by one.
LAST = 12
# Surveys remembered: some 15 MB. A city that invites more in a day shows the figure of the last so
# many of them.
MOST_SURVEYS = 50_000
# A fact that says to happen later than this from now comes from a wrong clock and is left out.
AHEAD = timedelta(minutes=5)
# Below so many answers no interval is shown: the normal approximation needs some.
FEWEST_FOR_INTERVAL = 30
# Of the standard normal distribution: 95 % lie within so many deviations of the mean.
_Z95 = 1.96
# The message of notify that brings the citizen the answer.
_ANSWER = "answered"


class Step(StrEnum):
    """What the flow counts, in the order in which an inquiry goes through it."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    TOLD = "told"


class FactKind(StrEnum):
    """What is shown of a single fact."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    UNROUTED = "unrouted"
    DECLINED = "declined"
    ANSWERED = "answered"
    TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fact:
    """One fact in codes; what it does not say is empty."""

    at: datetime
    kind: FactKind
    service_code: str
    office_id: str
    district_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How many inquiries took each step in each of the last MINUTES, the oldest first; the last is
    the running minute."""

    ends: datetime
    by_step: Mapping[Step, Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From the receipt to the office, of those who came there within the hour; each within five per
    cent. None without any."""

    count: int
    median: timedelta | None
    p99: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """Of the citizens who were asked within SURVEYS: how many answered, and how satisfied they are
    on a scale where score 1 is 0 points and score 5 is 100."""

    invited: int
    answered: int
    points: float | None
    within: float | None
    """Half of the interval that holds the true mean with 95 %, in points; None where too few
    answered."""

    @property
    def response_rate(self) -> float | None:
        """Answered among invited, 0 to 1; None when nobody was invited."""
        return self.answered / self.invited if self.invited else None


@dataclass(slots=True)
class _Survey:
    noted_at: datetime
    invited_at: datetime | None = None
    score: int | None = None


class Lately:
    """Counts what is told; each fact is to come once."""

    def __init__(self) -> None:
        # By the number of the minute since 1970.
        self._steps: dict[Step, Counter[int]] = {step: Counter() for step in Step}
        self._waits: dict[int, Counter[int]] = {}
        self._last: list[Fact] = []
        self._surveys: OrderedDict[str, _Survey] = OrderedDict()

    def add(self, event: Heard, now: datetime) -> None:
        """Counts a fact at `now` (aware). One older than is shown is left out."""
        match event:
            case InquiryReceived(matter=matter):
                self._step(Step.RECEIVED, matter.received_at, now)
                self._note(FactKind.RECEIVED, matter, "", matter.received_at, now)
            case CallAnswered(matter=matter):
                self._step(Step.RECEIVED, matter.received_at, now)
                self._step(Step.ANSWERED, event.answered_at, now)
                self._note(FactKind.ANSWERED, matter, event.office_id, event.answered_at, now)
            case InquiryAssigned(matter=matter):
                # An office after a refusal is the same inquiry's: it was assigned before.
                if (event.round, event.attempt) == (FIRST_ROUND, 1):
                    self._step(Step.ASSIGNED, event.assigned_at, now)
                self._note(FactKind.ASSIGNED, matter, event.office_id, event.assigned_at, now)
            case InquiryUnrouted(matter=matter):
                self._note(FactKind.UNROUTED, matter, "", event.unrouted_at, now)
            case CaseOpened():
                if (event.round, event.attempt) == (FIRST_ROUND, 1):
                    self._wait(event.matter.received_at, event.opened_at, now)
            case CaseDeclined(matter=matter):
                self._note(FactKind.DECLINED, matter, event.office_id, event.entered_at, now)
            case CaseAnswered(matter=matter):
                self._step(Step.ANSWERED, event.entered_at, now)
                self._note(FactKind.ANSWERED, matter, event.office_id, event.entered_at, now)
            case MessageDelivered(matter=matter):
                if event.message == _ANSWER:
                    self._step(Step.TOLD, event.delivered_at, now)
                    self._note(FactKind.TOLD, matter, "", event.delivered_at, now)
            case SurveyInvited():
                self._survey(event.survey_id, now).invited_at = event.invited_at
            case SurveyAnswered():
                self._survey(event.survey_id, now).score = event.score

    def flow(self, now: datetime) -> Flow:
        """The flow of the hour up to `now`."""
        last = _minute(now)
        minutes = range(last - MINUTES + 1, last + 1)
        return Flow(
            ends=now,
            by_step={step: [self._steps[step][each] for each in minutes] for step in Step},
        )

    def latency(self, now: datetime) -> Latency:
        """How long those took who came to their offices in the hour up to `now`."""
        last = _minute(now)
        waits: Counter[int] = Counter()
        for minute in range(last - MINUTES + 1, last + 1):
            waits.update(self._waits.get(minute, ()))
        return Latency(
            count=waits.total(), median=_quantile(waits, 0.5), p99=_quantile(waits, 0.99)
        )

    def last(self) -> Sequence[Fact]:
        """The last facts, the newest first."""
        return self._last[::-1]

    def satisfaction(self, now: datetime) -> Satisfaction:
        """The satisfaction of those asked within SURVEYS before `now`."""
        asked = [
            survey
            for survey in self._surveys.values()
            if survey.invited_at is not None and now - survey.invited_at < SURVEYS
        ]
        return _satisfaction(
            len(asked), [survey.score for survey in asked if survey.score is not None]
        )

    def _step(self, step: Step, at: datetime, now: datetime) -> None:
        if not _shown(at, now):
            return
        minutes = self._steps[step]
        minutes[_minute(at)] += 1
        _forget(minutes, now)

    def _wait(self, received_at: datetime, opened_at: datetime, now: datetime) -> None:
        if not _shown(opened_at, now):
            return
        waited = max(timedelta(0), opened_at - received_at)
        self._waits.setdefault(_minute(opened_at), Counter())[_rounded(waited)] += 1
        _forget(self._waits, now)

    def _note(
        self, kind: FactKind, matter: Matter, office_id: str, at: datetime, now: datetime
    ) -> None:
        if not _shown(at, now):
            return
        fact = Fact(
            at=at,
            kind=kind,
            service_code=matter.service_code,
            office_id=office_id,
            district_code=matter.district_code,
        )
        insort(self._last, fact)
        del self._last[:-LAST]

    def _survey(self, survey_id: str, now: datetime) -> _Survey:
        survey = self._surveys.setdefault(survey_id, _Survey(noted_at=now))
        oldest = next(iter(self._surveys.values()))
        if len(self._surveys) > MOST_SURVEYS or now - oldest.noted_at > SURVEYS:
            self._surveys.popitem(last=False)
        return survey


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


def _shown(at: datetime, now: datetime) -> bool:
    return now - FLOW < at < now + AHEAD


def _forget(minutes: Counter[int] | dict[int, Counter[int]], now: datetime) -> None:
    """Drops what is no longer shown, once there is more than is ever shown."""
    if len(minutes) > MINUTES + AHEAD // MINUTE + 1:
        first = _minute(now) - MINUTES + 1
        for minute in [each for each in minutes if each < first]:
            del minutes[minute]


def _rounded(waited: timedelta) -> int:
    """Milliseconds to two significant digits, so that any number of inquiries has few values."""
    milliseconds = waited // timedelta(milliseconds=1)
    if milliseconds < 100:
        return milliseconds
    return round(milliseconds, 2 - len(str(milliseconds)))


def _quantile(waits: Mapping[int, int], share: float) -> timedelta | None:
    """The least wait that so large a share of all did not exceed."""
    left = math.ceil(share * sum(waits.values()))
    for milliseconds, count in sorted(waits.items()):
        left -= count
        if left <= 0:
            return timedelta(milliseconds=milliseconds)
    return None


def _satisfaction(invited: int, scores: Sequence[int]) -> Satisfaction:
    count = len(scores)
    if not count:
        return Satisfaction(invited=invited, answered=0, points=None, within=None)
    points = [(score - 1) / 4 * 100 for score in scores]
    mean = sum(points) / count
    within = None
    if count >= FEWEST_FOR_INTERVAL:
        variance = sum((each - mean) ** 2 for each in points) / (count - 1)
        within = _Z95 * math.sqrt(variance / count)
    return Satisfaction(invited=invited, answered=count, points=mean, within=within)
