"""The load: citizens, offices and respondents of whole lifecycles, at a constant rate.

Open loop: a request is due at its time whether or not the city has answered the ones before, and
its waiting counts from that time. Reads a `Target` and then `Trial`s from standard input, writes
what comes of each to standard output.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import sys
import time
from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import uvloop
from dasan.districts.v1.events_pb2 import PERMIT_DECISION_GRANTED

from deploy.local import tied
from services import cities
from services.cities import Ambiguous, Place, Resolved
from services.cities.catalogue.model import Workload
from simulation.actors import figures as published
from simulation.actors.citizens import Citizens
from simulation.actors.intake_client import NotTaken
from simulation.actors.offices import OfficeClient
from simulation.bench.http_client import HttpClient, Response
from simulation.bench.protocol import Begun, Result, Sent, Target, Trial
from simulation.judge.history import Fact
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from simulation.numbers import quantile
from simulation.outside import Outside

_BODIES = 1_000
# Connections: many, as a city has many citizens. A connection answers one request at a time; with
# few, requests would wait for each other and miss the batch that could have taken them.
_CONNECTIONS = 256
_ERRORS_KEPT = 20
_ANSWER = "The matter was examined on site and settled."
_SCORE = b'{"score":5,"comment":""}'


class FastDoor:
    """Posts an inquiry once: under load a citizen's software that sent again would hide a failure.

    Raises `NotTaken` whatever the reason."""

    def __init__(self, intake: str) -> None:
        self._client = HttpClient(intake, _CONNECTIONS)

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt."""
        written = json.dumps(body, ensure_ascii=False).encode()
        answer = await _created("post", self._client.post("/v1/inquiries", written, key=key))
        receipt: Mapping[str, Any] = json.loads(answer.body)
        return receipt

    async def close(self) -> None:
        """Lets go of the connections."""
        self._client.close()


class Load:
    """The drivers of a city under load, and when each inquiry came how far.

    Times are seconds of this process's clock, by inquiry.
    """

    def __init__(self, target: Target, bodies: Sequence[Mapping[str, Any]]) -> None:
        self.outside = Outside(
            target.ways, door=FastDoor(target.ways.intake), on_fact=self.hear, on_end=self.end
        )
        self.sent = 0
        self.late_sends: list[float] = []
        self.due: dict[str, float] = {}
        self.acknowledged: dict[str, float] = {}
        self.at_office: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self._target = target
        self._bodies = bodies
        self._survey = HttpClient(target.survey, _CONNECTIONS)
        self._run = f"bench-{time.time_ns():x}"

    def begin(self) -> None:
        """Forgets what was measured; every inquiry so far has ended."""
        self.outside.forget()
        self.sent = 0
        self.late_sends.clear()
        for times in (self.due, self.acknowledged, self.at_office, self.ended):
            times.clear()

    def post(self, due: float) -> None:
        """Sends one inquiry that was due at this time."""
        self.late_sends.append(time.monotonic() - due)
        self.sent += 1
        body = self._bodies[self.sent % len(self._bodies)]
        self.outside.start(self._post(due, f"{self._run}-{self.sent}-{due}", body))

    def hear(self, fact: Fact) -> None:
        """Notes when an office has the case; who is invited to a survey answers it at once."""
        if fact.label == "CaseOpened:1:1":
            self.at_office[fact.inquiry_id] = time.monotonic()
        elif fact.label == "MessageDelivered:survey:1":
            self.outside.start(self._answer_survey(f"{fact.inquiry_id}-{fact.message.round}"))

    def end(self, asked: Asked) -> None:
        """Notes when a lifecycle has ended."""
        self.ended[asked.inquiry_id] = time.monotonic()

    async def work(self, office: OfficeClient, item: Any) -> None:
        """An office that takes and ends every case at once."""
        seen = (await office.accept(item.inquiry_id)).version
        if item.permit:
            await office.decide(
                item.inquiry_id, PERMIT_DECISION_GRANTED, _ANSWER, expected_version=seen
            )
        else:
            await office.answer(item.inquiry_id, _ANSWER, expected_version=seen)

    def close(self) -> None:
        """Lets go of the connections to survey."""
        self._survey.close()

    async def _post(self, due: float, key: str, body: Mapping[str, Any]) -> None:
        asked = await self.outside.ask(Kind.CASE, body, key=key)
        self.due[asked.inquiry_id] = due
        self.acknowledged[asked.inquiry_id] = time.monotonic()
        # Everybody answers the survey, so a life ends only with that event.
        self.outside.survey_answered(asked)

    async def _answer_survey(self, survey_id: str) -> None:
        secret = self._target.survey_secret.encode()
        digest = hmac.digest(secret, survey_id.encode(), hashlib.sha256)
        token = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        path = f"/v1/surveys/{survey_id}/{token}/answer"
        await _created("survey", self._survey.post(path, _SCORE))


async def _created(what: str, sending: Awaitable[Response]) -> Response:
    """The response to a POST that must have created something; raises `NotTaken`."""
    try:
        answer = await sending
    except OSError as error:
        raise NotTaken(f"{what}: {error}") from error
    if answer.status != 201:
        raise NotTaken(f"{what}: {answer.status} {answer.body[:200]!r}")
    return answer


async def measure(load: Load, trial: Trial) -> Result:
    """Carries out one trial; writes `Begun` and `Sent` on the way."""
    load.begin()
    tell(Begun())
    began = time.monotonic()
    total = int(trial.rate * trial.seconds)
    backlog: list[tuple[float, int]] = []
    for number in range(total):
        due = began + number / trial.rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        load.post(due)
        if number % max(1, int(trial.rate / 4)) == 0:
            backlog.append((due - began, load.sent - len(load.ended)))
    in_time, left = len(load.ended), load.sent - len(load.ended)
    tell(Sent(ended=in_time))
    sent_at = time.monotonic()
    await load.outside.rest(within_seconds=trial.drain_seconds)
    return Result(
        rate=trial.rate,
        seconds=trial.seconds,
        sent=load.sent,
        acknowledged=len(load.acknowledged),
        ended_in_time=in_time,
        ended=len(load.ended),
        events=load.outside.lives.events,
        growth=growth([point for point in backlog if point[0] >= trial.seconds / 2]),
        backlog=left,
        drained_in=time.monotonic() - sent_at,
        late_sends=quantile(load.late_sends, 0.99),
        ack=_p50_p99(_since_due(load, load.acknowledged)),
        office=_p50_p99(_since_due(load, load.at_office)),
        complete=_p50_p99(_since_due(load, load.ended)),
        faults=tuple(map(str, load.outside.faults()[:_ERRORS_KEPT])),
        errors=tuple(load.outside.problems()[:_ERRORS_KEPT]),
    )


def _since_due(load: Load, times: Mapping[str, float]) -> list[float]:
    """Seconds from the time at which each inquiry was due to its time in `times`."""
    return [at - load.due[inquiry_id] for inquiry_id, at in times.items() if inquiry_id in load.due]


def growth(points: Sequence[tuple[float, int]]) -> float:
    """The slope of the least-squares line through (seconds, backlog) points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def tell(line: Begun | Sent | Result) -> None:
    """Writes one line to the bench."""
    sys.stdout.write(line.model_dump_json() + "\n")
    sys.stdout.flush()


async def serve() -> None:
    """Reads trials until standard input ends."""
    loop = asyncio.get_running_loop()
    target = Target.model_validate_json(await loop.run_in_executor(None, sys.stdin.readline))
    pack = cities.load(target.ways.city)
    load = Load(target, bodies(pack, datetime.now(pack.timezone).date()))
    async with load.outside:
        await load.outside.open_offices(load.work)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            tell(await measure(load, Trial.model_validate_json(line)))
    load.close()


def bodies(pack: cities.City, today: date) -> list[Mapping[str, Any]]:
    """Inquiries for offices, in the city's mix, that routing can settle without asking back."""
    figures = published.of_city(pack.id).model_copy(
        update={"first_call_resolution": 0.0, "contact_share": {"case": 1.0}}
    )
    citizens = Citizens(city=pack, figures=figures, today=today, chance=random.Random(75))
    found: list[Mapping[str, Any]] = []
    while len(found) < _BODIES:
        body = citizens.ask().body
        if _routable(body, pack, today):
            found.append(body)
    return found


def _routable(body: Mapping[str, Any], pack: cities.City, day: date) -> bool:
    """Whether words and place name one office, so that no person has to ask back."""
    understood = pack.understand(body["text"])
    code = body["category"] or (understood.guesses[0].service if understood.sure else None)
    if code is None or pack.service(code).workload is Workload.CITY:
        return code is not None
    place = body["place"] or {}
    where = Place(
        lat=place.get("lat"),
        lon=place.get("lon"),
        code=place.get("dong_code"),
        address=place.get("address"),
    )
    found = pack.locate(where, day)
    if isinstance(found, Ambiguous):
        # Of a permit it is asked which dong: the district may have delegated it there.
        return found.district is not None and not pack.service(code).permit
    return isinstance(found, Resolved)


def _p50_p99(values: Sequence[float]) -> tuple[float, float]:
    return quantile(values, 0.5), quantile(values, 0.99)


if __name__ == "__main__":
    tied.let_others_finish()
    uvloop.run(serve())
