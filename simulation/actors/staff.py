"""How the simulated offices work: take a case after a while, hand it back in doubt, answer it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_NOT_COMPETENT,
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED,
)

from services.cities import City
from simulation.actors.citizens import Draw, Phrases, thinking
from simulation.actors.figures import Figures
from simulation.actors.offices import OfficeClient

_DECISIONS = Draw(
    {
        PERMIT_DECISION_GRANTED: 0.85,
        PERMIT_DECISION_GRANTED_CONDITIONALLY: 0.1,
        PERMIT_DECISION_REFUSED: 0.05,
    }
)


class Staff:
    """The people in all offices. `speed` is how many times faster than ours their day runs.

    `designate` names the competent office for an inquiry (its id) that lies with the arbitration
    desk.
    """

    def __init__(
        self,
        *,
        city: City,
        figures: Figures,
        phrases: Mapping[str, Phrases],
        speed: float,
        chance: random.Random,
        designate: Callable[[str], Awaitable[None]],
    ) -> None:
        self._city = city
        self._figures = figures
        self._language, self._phrases = next(iter(phrases.items()))
        self.speed = speed
        self._chance = chance
        self._designate = designate

    async def work(self, office: OfficeClient, item: Any) -> None:
        """Handles one case from the moment it lies at the office."""
        if item.to_designate:
            await self._pause(self._figures.accept_minutes)
            await self._designate(item.inquiry_id)
            return
        if item.state == work_pb2.WORK_STATE_OPEN:
            await self._pause(self._figures.accept_minutes)
            # Nobody else may see a sealed matter, so that nobody else could designate an office.
            may_decline = not item.binding and item.service_code not in self._city.sealed
            if may_decline and self._chance.random() < self._figures.decline_share:
                await office.decline(item.inquiry_id, DECLINE_REASON_NOT_COMPETENT)
                return
            await office.accept(item.inquiry_id)
        await self._pause(self._figures.answer_minutes)
        await office.on_newest(item.inquiry_id, partial(self._end, office))

    async def _end(self, office: OfficeClient, case: Any) -> None:
        """Answers or decides what was just read."""
        item = case.item
        service = self._city.service(item.service_code).names[self._language]
        if item.permit:
            decision, text = self._decision(service)
            await office.decide(
                item.inquiry_id,
                decision,
                text.format(service=service),
                officer=self._phrases.officer,
                expected_version=item.version,
            )
        else:
            text = self._chance.choice(self._phrases.office_answers)
            await office.answer(
                item.inquiry_id,
                text.format(service=service),
                officer=self._phrases.officer,
                expected_version=item.version,
            )

    def _decision(self, service: str) -> tuple[int, str]:
        """A decision on a matter of this name, and what the citizen is told."""
        decision = _DECISIONS(self._chance)
        written = self._phrases.decisions_on(service)
        texts = {
            PERMIT_DECISION_GRANTED: written.granted,
            PERMIT_DECISION_GRANTED_CONDITIONALLY: written.granted_conditionally,
            PERMIT_DECISION_REFUSED: written.refused,
        }
        return decision, texts[decision]

    async def _pause(self, minutes: float) -> None:
        await asyncio.sleep(thinking(minutes, self.speed, self._chance))
