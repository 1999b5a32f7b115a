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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import uvloop

from deploy.local import tied
from services import cities
from services.cities import Ambiguous, Place, Resolved
from services.cities.model import Workload
from simulation.actors import figures as published
from simulation.actors.citizens import Citizens
from simulation.actors.offices import OfficeClient, OfficesAtWork
from simulation.bench.http_client import HttpClient, request
from simulation.bench.protocol import Begun, Result, Sent, Target, Trial
from simulation.judge.history import Fact, Lives, Observer
from simulation.judge.promises import Asked, Kind, judge, lacking
from simulation.numbers import quantile

_BODIES = 1_000
# Many, as a city has citizens: a connection answers one request at a time, and a request that waits
# for the one before it would not be in the batch that could take it.
_CONNECTIONS = 256
_ERRORS_KEPT = 20
_ANSWER = "The matter was examined on site and settled."
_SCORE = b'{"score":5,"comment":""}'


@dataclass(slots=True)
class Lifecycle:
    """One inquiry's way, in seconds of this process's clock; 0.0 is not yet."""

    due: float
    asked: Asked
    acknowledged: float
    at_office: float = 0.0
    ended: float = 0.0


@dataclass(slots=True)
class Load:
    """Everybody outside the city, and what became of what they asked."""

    city: Target
    bodies: Sequence[bytes]
    intake: HttpClient
    survey: HttpClient
    run: str
    lives: Lives = field(default_factory=Lives)
    lifecycles: dict[str, Lifecycle] = field(default_factory=dict)
    ended: int = 0
    sent: int = 0
    errors: list[str] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    _at_office: dict[str, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def begin(self) -> None:
        """Forgets what was measured; every inquiry so far has ended."""
        self.lifecycles.clear()
        self.lives = Lives()
        self.ended = self.sent = 0
        self.errors.clear()
        self.late.clear()

    def post(self, due: float) -> None:
        """Sends one inquiry that was due at this time."""
        self.late.append(time.monotonic() - due)
        self.sent += 1
        self._start(self._post(due, f"{self.run}-{self.sent}-{due}"))

    def hear(self, fact: Fact) -> None:
        """Takes in a fact from the bus."""
        if not self.lives.add(fact):
            return
        if fact.label == "CaseOpened:1":
            self._at_office[fact.inquiry_id] = time.monotonic()
        elif fact.label == "MessageDelivered:SURVEY:1":
            self._start(self._answer_survey(fact.inquiry_id))
        self._review(fact.inquiry_id)

    async def work(self, office: OfficeClient, item: Any) -> None:
        """An office that takes and ends every case at once."""
        await office.accept(item.inquiry_id)
        if item.permit:
            await office.decide(item.inquiry_id, True, _ANSWER)
        else:
            await office.answer(item.inquiry_id, _ANSWER)

    async def _post(self, due: float, key: str) -> None:
        host, port = self.city.intake
        body = self.bodies[self.sent % len(self.bodies)]
        try:
            answer = await self.intake.send(
                request("/v1/inquiries", f"{host}:{port}", body, key=key)
            )
        except OSError as error:
            self._failed(f"post: {error}")
            return
        if answer.status != 201:
            self._failed(f"post: {answer.status} {answer.body[:200]!r}")
            return
        receipt = json.loads(answer.body)
        inquiry_id = receipt["inquiry_id"]
        self.lifecycles[inquiry_id] = Lifecycle(
            due=due,
            acknowledged=time.monotonic(),
            asked=Asked(
                inquiry_id=inquiry_id,
                receipt_number=receipt["receipt_number"],
                secret="",
                kind=Kind.CASE,
                has_contact=True,
                service="",
                survey_answered=True,
            ),
        )
        self._review(inquiry_id)

    async def _answer_survey(self, inquiry_id: str) -> None:
        host, port = self.city.survey
        digest = hmac.digest(self.city.survey_secret.encode(), inquiry_id.encode(), hashlib.sha256)
        token = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        path = f"/v1/surveys/{inquiry_id}/{token}/answer"
        try:
            answer = await self.survey.send(request(path, f"{host}:{port}", _SCORE))
        except OSError as error:
            self._failed(f"survey: {error}")
            return
        if answer.status != 201:
            self._failed(f"survey: {answer.status} {answer.body[:200]!r}")

    def _review(self, inquiry_id: str) -> None:
        cycle, life = self.lifecycles.get(inquiry_id), self.lives.by_inquiry.get(inquiry_id)
        if cycle is None or life is None or cycle.ended or lacking(cycle.asked, life):
            return
        cycle.ended = time.monotonic()
        cycle.at_office = self._at_office.pop(inquiry_id)
        self.ended += 1
        self.moved.set()

    def _failed(self, what: str) -> None:
        self.moved.set()
        if len(self.errors) < _ERRORS_KEPT:
            self.errors.append(what)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


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
            backlog.append((due - began, load.sent - load.ended))
    in_time, left = load.ended, load.sent - load.ended
    tell(Sent(ended=in_time))
    drained_in = await _drain(load, trial.drain_seconds)
    cycles = list(load.lifecycles.values())
    done = [cycle for cycle in cycles if cycle.ended]
    verdicts = [judge(c.asked, load.lives.by_inquiry.get(c.asked.inquiry_id)) for c in cycles]
    faults = [str(verdict) for verdict in verdicts if verdict is not None]
    return Result(
        rate=trial.rate,
        seconds=trial.seconds,
        sent=load.sent,
        acknowledged=len(cycles),
        ended_in_time=in_time,
        ended=len(done),
        events=load.lives.events,
        growth=growth([point for point in backlog if point[0] >= trial.seconds / 2]),
        backlog=left,
        drained_in=drained_in,
        late_sends=quantile(load.late, 0.99),
        ack=_p50_p99([c.acknowledged - c.due for c in cycles]),
        office=_p50_p99([c.at_office - c.due for c in done]),
        complete=_p50_p99([c.ended - c.due for c in done]),
        faults=tuple(faults[:_ERRORS_KEPT]),
        errors=tuple(load.errors),
    )


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
    city = Target.model_validate_json(await loop.run_in_executor(None, sys.stdin.readline))
    pack = cities.load(city.city)
    today = datetime.now(pack.timezone).date()
    load = Load(
        city=city,
        bodies=bodies(pack, today),
        intake=HttpClient(*city.intake, _CONNECTIONS),
        survey=HttpClient(*city.survey, _CONNECTIONS),
        run=f"bench-{time.time_ns():x}",
    )
    observer = Observer(city.bootstrap, load.hear)
    await observer.start()
    floor = OfficesAtWork(
        address=city.districts,
        secret=city.office_secret,
        offices=[office.id for office in pack.offices_on(today)],
        work=load.work,
    )
    await floor.start()
    try:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            tell(await measure(load, Trial.model_validate_json(line)))
    finally:
        await floor.stop()
        await observer.stop()
        load.intake.close()
        load.survey.close()


def bodies(pack: cities.City, today: date) -> list[bytes]:
    """Inquiries for offices, in the city's mix, that routing can settle without asking back."""
    figures = published.of_city(pack.id).model_copy(
        update={"first_call_resolution": 0.0, "contact_share": {"case": 1.0}}
    )
    citizens = Citizens(city=pack, figures=figures, today=today, chance=random.Random(75))
    found: list[bytes] = []
    while len(found) < _BODIES:
        body = citizens.ask().body
        if _routable(body, pack, today):
            found.append(json.dumps(body, ensure_ascii=False).encode())
    return found


def _routable(body: Mapping[str, Any], pack: cities.City, day: date) -> bool:
    """Whether words and place name one office, so that no person has to ask back."""
    matches = pack.classify(body["text"])
    code = body["category"] or (matches[0].service if matches else None)
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
    return isinstance(found, Resolved | Ambiguous) and found.district is not None


async def _drain(load: Load, most: float) -> float:
    began = time.monotonic()
    try:
        async with asyncio.timeout(most):
            while load.ended + len(load.errors) < load.sent:
                load.moved.clear()
                await load.moved.wait()
    except TimeoutError:
        return most
    return time.monotonic() - began


def _p50_p99(values: Sequence[float]) -> tuple[float, float]:
    return quantile(values, 0.5), quantile(values, 0.99)


if __name__ == "__main__":
    tied.let_others_finish()
    uvloop.run(serve())
