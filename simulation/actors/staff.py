"""How the simulated offices work: take a case after a while, hand it back in doubt, answer it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from dasan.districts.v1 import events_pb2, work_pb2

from services.cities import City
from simulation.actors.citizens import Phrases, thinking
from simulation.actors.figures import Figures
from simulation.actors.offices import OfficeClient

_GRANTED_SHARE = 0.95


class Staff:
    """The people in all offices. `speed` is how many times faster than ours their day runs."""

    def __init__(
        self,
        *,
        city: City,
        figures: Figures,
        phrases: Mapping[str, Phrases],
        speed: float,
        chance: random.Random,
    ) -> None:
        self._city = city
        self._figures = figures
        self._language, self._phrases = next(iter(phrases.items()))
        self.speed = speed
        self._chance = chance

    async def work(self, office: OfficeClient, item: Any) -> None:
        """Handles one case from the moment it lies at the office."""
        if item.state == work_pb2.WORK_STATE_OPEN:
            await self._pause(self._figures.accept_minutes)
            if not item.binding and self._chance.random() < self._figures.decline_share:
                await office.decline(item.inquiry_id, events_pb2.DECLINE_REASON_NOT_COMPETENT)
                return
            await office.accept(item.inquiry_id)
        await self._pause(self._figures.answer_minutes)
        await office.words(item.inquiry_id)
        service = self._city.service(item.service_code).names[self._language]
        if item.permit:
            granted = self._chance.random() < _GRANTED_SHARE
            text = self._phrases.granted if granted else self._phrases.refused
            await office.decide(item.inquiry_id, granted, text.format(service=service))
        else:
            text = self._chance.choice(self._phrases.office_answers)
            await office.answer(item.inquiry_id, text.format(service=service))

    async def _pause(self, minutes: float) -> None:
        await asyncio.sleep(thinking(minutes, self.speed, self._chance))
