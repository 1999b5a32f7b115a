"""What is done to a city: a backup under load, then databases set back to it, and people who ask
again for what was forgotten.

Works on a running stack and its `Outside`, so that a test can do it to a city that it has already.
Every step is a command that a person would give. Nothing else may be asked of the city meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import PERMIT_DECISION_GRANTED
from kafka.errors import KafkaError

from deploy.local import backup, by_hand
from deploy.local.stack import LocalStack
from services.common.events import contracts
from simulation.actors.offices import OfficeClient
from simulation.judge import evidence
from simulation.judge.history import Fact, read_fact
from simulation.judge.lifecycles import Kind
from simulation.outside import Outside
from simulation.rehearsal.verdict import Verdict, judge

ANSWER = "The matter was examined on site and settled."
_LOOK_EVERY_SECONDS = 0.5
_LETTERS_EVERY_SECONDS = 10.0
_FIGURES = {"routing": "/v1/workload", "survey": "/v1/satisfaction"}
# Whose own words and hands a fact needs: nobody but a person can bring these back.
_BY_A_PERSON = ("InquiryReceived", "CallAnswered", "CaseAccepted", "CaseDeclined", "CaseAnswered")


class NotConverged(Exception):
    """The city did not come to where it must; the message has the first faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """One database, or all, set back. Times in seconds: `away_seconds` from the loss until every
    service was ready again, `converged_seconds` until the judge had nothing to say any more.

    `forgotten` counts by service what was named before the services started; `asked_again` the
    inquiries that people had to post once more.
    """

    what: str
    away_seconds: float
    converged_seconds: float
    forgotten: Mapping[str, int]
    asked_again: int
    verdict: Verdict


@dataclass(slots=True)
class Drill:
    """One rehearsal. `say` hears of each step."""

    stack: LocalStack
    outside: Outside
    bodies: Sequence[tuple[Kind, Mapping[str, Any]]]
    say: Callable[[str], None] = lambda text: None
    _asked: dict[str, tuple[str, Kind, Mapping[str, Any]]] = field(default_factory=dict)
    _forgotten: set[str] = field(default_factory=set)
    _again: set[str] = field(default_factory=set)

    async def flow(self, count: int, per_second: float) -> None:
        """People ask at a constant rate; returns when all were acknowledged."""
        began = time.monotonic()

        async def one(number: int) -> None:
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            kind, body = self.bodies[(len(self._asked) + number) % len(self.bodies)]
            key = str(uuid4())
            asked = await self.outside.ask(kind, body, key=key)
            self._asked[asked.inquiry_id] = (key, kind, body)

        await asyncio.gather(*(one(number) for number in range(count)))

    async def back_up(self, folder: Path) -> backup.Backup:
        """Copies all databases while the city works."""
        made = await asyncio.to_thread(
            backup.make,
            folder,
            mongo=self.stack.database.url,
            brokers=self.stack.brokers,
            services=contracts.services(),
        )
        seconds = (made.ended - made.began).total_seconds()
        documents = sum(one.documents for one in made.collections)
        self.say(f"backup: {documents:,} documents in {seconds:.1f} s, the city at work")
        return made

    async def rebuild_views(self, within_seconds: float = 60.0) -> None:
        """Restarts the services that keep views: each must show from its log what it showed before.

        Raises NotConverged.
        """
        before = await self._figures(within_seconds)
        await self._stop(tuple(_FIGURES))
        await self._start(tuple(_FIGURES))
        after = await self._figures(within_seconds)
        if after != before:
            raise NotConverged(f"the views show {after}, and showed {before}")
        self.say("views: the same figures after they were rebuilt from their logs")

    async def set_back(
        self, folder: Path, services: Sequence[str], *, within_seconds: float = 150.0
    ) -> Restored:
        """Loses the databases of these services, restores the copy in `folder` (an absolute path),
        and waits for the city to converge. Raises NotConverged, BackupUnusable and
        StillRunning."""
        what = "all databases" if len(services) > 1 else f"the database of {services[0]}"
        self.say(f"set back: {what}")
        began = time.monotonic()
        await self.outside.close_offices()
        await self._stop(services)
        found = await asyncio.to_thread(
            backup.restore, folder, mongo=self.stack.database.url, services=services
        )
        await self._each(services, "rewind", "--backup", str(folder))
        named = await self._named(services, found.began.isoformat())
        await self._start(services)
        ready = time.monotonic()
        # Anew, and not from where they were: a watch that goes on after a time would never hear of
        # a case that was set back to before it.
        await self.outside.open_offices(settle)
        since = datetime.now(UTC).isoformat()
        again = await self._ask_again(named.get("intake", ()))
        self.say(f"  all ready again; {again} inquiries asked again")
        verdict = await self.converged(within_seconds, letters_since=since if again else None)
        self.say(f"  converged; {verdict.again} facts told a second time")
        return Restored(
            what=what,
            away_seconds=ready - began,
            converged_seconds=time.monotonic() - began,
            forgotten={service: len(facts) for service, facts in named.items()},
            asked_again=again,
            verdict=verdict,
        )

    def _verdict(self) -> Verdict:
        """The judge's word over everything that was asked here, as the city is now."""
        return judge(
            self.outside.asked,
            evidence.read(self.stack),
            list(self._facts()),
            self._forgotten,
            self._again,
        )

    def _facts(self) -> list[Fact]:
        records = evidence.records(self.stack.broker.bootstrap, contracts.life_topics())
        read = (read_fact(one.headers, one.key, one.value) for one in records)
        return [fact for fact in read if fact is not None]

    async def _named(
        self, services: Sequence[str], since: str
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What each service says it has forgotten, while all stand still."""
        said = await self._each(services, "forgotten", "--since", since, "--json")
        named = {
            service: [json.loads(line) for line in text.splitlines()]
            for service, text in said.items()
        }
        for service, facts in named.items():
            self._forgotten |= {fact["event"] for fact in facts}
            if facts:
                by_hand_only = sum(
                    fact["type"].rpartition(".")[2] in _BY_A_PERSON for fact in facts
                )
                self.say(
                    f"  {service} has forgotten {len(facts)} facts of "
                    f"{len({fact['aggregate'] for fact in facts})} documents, {by_hand_only} of "
                    "them a person's"
                )
        return named

    async def _ask_again(self, facts: Sequence[Mapping[str, Any]]) -> int:
        """Whoever asked posts again what intake has forgotten, under the same key."""
        wanted = {fact["aggregate"] for fact in facts}
        for inquiry_id in sorted(wanted):
            key, kind, body = self._asked[inquiry_id]
            again = await self.outside.ask(kind, body, key=key)
            if again.inquiry_id != inquiry_id:
                raise NotConverged(f"{inquiry_id} became another inquiry when it was asked again")
        self._again |= wanted
        return len(wanted)

    async def _each(self, services: Sequence[str], *words: str) -> Mapping[str, str]:
        """What each service's command prints. Raises NotConverged when one could not do it."""

        async def one(service: str) -> str:
            done = await asyncio.to_thread(
                by_hand.run,
                service,
                words,
                mongo=self.stack.database.url,
                kafka=self.stack.broker.bootstrap,
                quiet=True,
            )
            if done.returncode not in (0, 1):
                said = (done.stdout + done.stderr)[-500:]
                raise NotConverged(f"{service} {words[0]} ended with {done.returncode}: {said}")
            return done.stdout

        return dict(zip(services, await asyncio.gather(*map(one, services)), strict=True))

    async def converged(self, within_seconds: float, letters_since: str | None = None) -> Verdict:
        """Waits until all is read and the judge has nothing to say; raises NotConverged.

        What waited in vain for an inquiry that intake had forgotten lies among the dead letters:
        those of `letters_since` are returned meanwhile, as a person would.
        """
        until = time.monotonic() + within_seconds
        look_for_letters_at = time.monotonic() + _LETTERS_EVERY_SECONDS
        while True:
            missing = await self._behind()
            if not missing:
                verdict = await asyncio.to_thread(self._verdict)
                if not verdict.faults:
                    return verdict
                missing = "; ".join(verdict.faults[:5])
                if letters_since is not None and time.monotonic() > look_for_letters_at:
                    await self._each(contracts.services(), "replay", "--since", letters_since)
                    look_for_letters_at = time.monotonic() + _LETTERS_EVERY_SECONDS
            if time.monotonic() > until:
                raise NotConverged(f"not within {within_seconds:g} s: {missing}")
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _behind(self) -> str:
        """Which groups have not read everything; empty once all have."""
        try:
            lags = await asyncio.to_thread(evidence.lags, self.stack)
        except KafkaError:
            return "the broker does not say how far the groups are"
        return ", ".join(f"{group} lags by {lag}" for group, lag in lags.items() if lag)

    async def _figures(self, within_seconds: float) -> Mapping[str, Any]:
        """What the views show, once each has read its log and the same is shown twice."""
        until = time.monotonic() + within_seconds
        shown: Mapping[str, Any] = {}
        async with httpx.AsyncClient(timeout=15.0, trust_env=False) as client:
            while time.monotonic() < until:
                found: dict[str, Any] = {}
                for service, path in _FIGURES.items():
                    answer = await client.get(f"{self.stack.http_url(service)}{path}")
                    if answer.is_success:
                        found[service] = _without_time(answer.json())
                if len(found) == len(_FIGURES) and found == shown:
                    return found
                shown = found
                # A figure is counted anew when it is two seconds old.
                await asyncio.sleep(2.5)
        raise NotConverged("a view is not there")

    async def _stop(self, services: Sequence[str]) -> None:
        for service in services:
            self.stack[service].request_stop()
        for service in services:
            await asyncio.to_thread(self.stack[service].await_stop)

    async def _start(self, services: Sequence[str]) -> None:
        for service in services:
            await asyncio.to_thread(self.stack[service].launch)
        for service in services:
            await asyncio.to_thread(self.stack[service].await_ready)


def _without_time(figure: Any) -> Any:
    """A figure without as of when it is."""
    if not isinstance(figure, dict):
        return figure
    return {name: value for name, value in figure.items() if name not in ("as_of", "at")}


async def settle(office: OfficeClient, item: Any) -> None:
    """What an office does with a case: takes it, reads it as it then is, and ends it."""
    if item.state == work_pb2.WORK_STATE_OPEN:
        await office.accept(item.inquiry_id)

    async def end(case: Any) -> None:
        id_, seen = case.item.inquiry_id, case.item.version
        if case.item.permit:
            await office.decide(id_, PERMIT_DECISION_GRANTED, ANSWER, expected_version=seen)
        else:
            await office.answer(id_, ANSWER, expected_version=seen)

    await office.on_newest(item.inquiry_id, end)
