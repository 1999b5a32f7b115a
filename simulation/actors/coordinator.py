"""The districts' and the city's coordinators on the simulated day: they grant, suspend, resume and
recall delegations, and change the records of offices, over gRPC alone, while citizens ask.

Owns what is done where and in which order, and keeps for the judge what each district did and when
(`Powers`); it never asks the city who is competent to learn it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import grpc
from dasan.districts.v1 import (
    delegations_pb2,
    delegations_pb2_grpc,
    events_pb2,
    offices_pb2,
    offices_pb2_grpc,
)

from services.cities import City
from services.cities.catalogue.model import Office, OfficeKind
from simulation.actors.offices import until_stored
from simulation.judge.competence import Application, Days, Powers

_BASIS = "사무위임 조례 (모의)"
_REASON = "모의 훈련"
_OFFICER = "S-1"
GRANTED, RESUMED, STAYING, RETURNED = "mail-order", "bulky-waste", "bulky-waste", "lease-report"
"""The kinds of permits whose delegations change: granted anew; suspended and resumed; recalled so
that cases stay; recalled so that they go back."""
# Community offices of each district that a change is about.
_OFFICES_EACH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where what changes: the community offices of one district for each change, and the office
    whose record changes and the one that closes tomorrow."""

    granted: Sequence[Office]
    resumed: Sequence[Office]
    staying: Sequence[Office]
    returned: Sequence[Office]
    recorded: Office
    closing: Office
    successor: Office

    @classmethod
    def of(cls, city: City, today: date) -> Plan:
        """One for this city: each change in a district of its own that holds the power, or does not
        hold it, as the pack has it. Raises ValueError for a city with too few such districts."""
        free = sorted({str(one.district) for one in city.of_kind(OfficeKind.DONG, today)})

        def district(service: str, *, holds: bool) -> Sequence[Office]:
            for code in free:
                offices = [
                    one for one in city.of_kind(OfficeKind.DONG, today) if one.district == code
                ]
                some = offices[:_OFFICES_EACH]
                held = [city.delegate(service, code, one.dong, today) for one in some]
                enough = len(some) == _OFFICES_EACH
                if enough and all((one is not None) == holds for one in held):
                    free.remove(code)
                    return some
            raise ValueError(f"no district of {city.id} to change the delegation of {service} in")

        returned = district(RETURNED, holds=True)
        granted = district(GRANTED, holds=False)
        resumed, staying = (district(one, holds=True) for one in (RESUMED, STAYING))
        recorded, closing, successor = district(RESUMED, holds=True)
        return cls(
            granted=granted,
            resumed=resumed,
            staying=staying,
            returned=returned,
            recorded=recorded,
            closing=closing,
            successor=successor,
        )

    def changes(self) -> Sequence[tuple[str, Sequence[Office]]]:
        """The kinds of permits whose delegations change, each with the community offices."""
        return (
            (GRANTED, self.granted),
            (RESUMED, self.resumed),
            (STAYING, self.staying),
            (RETURNED, self.returned),
        )

    def changing(self) -> Mapping[str, Sequence[Office]]:
        """The community offices by the kind of permit whose delegation changes there."""
        found: dict[str, list[Office]] = {}
        for service, offices in self.changes():
            found.setdefault(service, []).extend(offices)
        return found


@dataclass(slots=True)
class Coordinator:
    """All of them. `keys` are those of the offices by their ids, `record_key` is of those who keep
    the record of offices. `done` counts what was done, `told` hears of it in words."""

    channel: grpc.aio.Channel
    city: City
    today: date
    plan: Plan
    keys: Mapping[str, str]
    record_key: str
    told: Callable[[str], None]
    powers: Powers = field(default_factory=Powers)
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _register: Any = field(init=False)
    _offices: Any = field(init=False)

    def __post_init__(self) -> None:
        self._register = delegations_pb2_grpc.DelegationServiceStub(self.channel)
        self._offices = offices_pb2_grpc.OfficesServiceStub(self.channel)
        for given in self.city.delegations:
            for office in self._holders(given.district, given.office):
                days = Days(since=given.validity.start, until=given.validity.end)
                self.powers.seed(given.service, office.id, days)

    def _holders(self, district: str, office_id: str | None) -> Iterator[Office]:
        """The community offices that a delegation of the pack gives its power to."""
        for office in self.city.of_kind(OfficeKind.DONG, self.today):
            if office.district == district and office_id in (None, office.id):
                yield office

    async def grant(self) -> None:
        """Community offices are made ready and get a power that they never had."""
        offices = [office.id for office in self.plan.granted]
        head, day = f"d-{self.plan.granted[0].district}", self.today.isoformat()
        ready = delegations_pb2.RecordReadinessRequest(
            service_code=GRANTED,
            office_ids=offices,
            monthly_capacity=60,
            checked_on=day,
            trained_on=day,
            officer_code=_OFFICER,
            command_id=str(uuid4()),
        )
        await self._call(self._register.RecordReadiness, ready, self.keys[head])
        granted = delegations_pb2.GrantDelegationRequest(
            service_code=GRANTED,
            office_ids=offices,
            legal_basis=_BASIS,
            valid_from=day,
            officer_code=_OFFICER,
            command_id=str(uuid4()),
        )
        sent_at = time.time()
        await self._call(self._register.GrantDelegation, granted, self.keys[head])
        stored_at = time.time()
        for office in offices:
            days = Days(since=self.today)
            self.powers.enter(GRANTED, office, days, sent_at=sent_at, stored_at=stored_at)
        self._note("granted", len(offices), f"{head} granted {GRANTED} to {', '.join(offices)}")

    async def suspend(self) -> None:
        """A power rests from today on: the district decides what is received."""
        await self._each(
            self.plan.resumed, RESUMED, "suspended", self._register.SuspendDelegation, _suspension
        )

    async def resume(self) -> None:
        """It holds again from today on."""
        await self._each(
            self.plan.resumed, RESUMED, "resumed", self._register.ResumeDelegation, _resumption
        )

    async def recall_staying(self) -> None:
        """A power ends; the offices finish what they have."""
        stay = _recall(events_pb2.RECALL_EFFECT_STAY)
        recall = self._register.RecallDelegation
        await self._each(self.plan.staying, STAYING, "recalled, cases stay", recall, stay)

    async def recall_returning(self) -> None:
        """A power ends; the district takes what is not decided."""
        back = _recall(events_pb2.RECALL_EFFECT_RETURN)
        recall = self._register.RecallDelegation
        await self._each(self.plan.returned, RETURNED, "recalled, cases go back", recall, back)

    async def record(self) -> None:
        """An office gets another capacity and loses a team; another closes after today."""
        team = offices_pb2.OfficeTeam(
            code="permits",
            names=[
                offices_pb2.OfficeName(language=language, text="민원팀")
                for language in self.city.languages
            ],
        )
        recorded = self.plan.recorded.id
        await self._recorded(recorded, capacity=80, teams=[team])
        now = await self._recorded(recorded, capacity=40, teams=[])
        if (now.capacity, len(now.teams)) != (40, 0):
            self.faults.append(f"{recorded}: its record has another capacity or team than it was")
        self._note("capacity changed", 2, f"{recorded} answers 40 matters a day")
        self._note("team closed", 1, f"{recorded} has one team fewer")
        closing, sent_at = self.plan.closing.id, time.time()
        await self._recorded(
            closing, ends=self.today.isoformat(), successors=[self.plan.successor.id]
        )
        self.powers.close(closing, self.today, sent_at=sent_at, stored_at=time.time())
        self._note("office closes", 1, f"{closing} closes after today")

    async def compare(self) -> int:
        """Asks the city who is competent on three days wherever something changed, and compares
        with what was done; returns how many answers were compared. What differs is a fault."""
        compared = 0
        reader = self.keys[f"d-{self.plan.granted[0].district}"]
        offices = {*self.plan.changing(), RESUMED}
        places = [(code, one) for code, all_ in self.plan.changing().items() for one in all_]
        places += [(code, self.plan.closing) for code in offices if self._had(code)]
        for service, office in places:
            for days in (-1, 0, 1):
                on = self.today + timedelta(days=days)
                asked = delegations_pb2.FindCompetentRequest(
                    service_code=service, place_code=str(office.dong), on=on.isoformat()
                )
                found = await self._call(self._register.FindCompetent, asked, reader)
                here = Application(
                    service=service,
                    dong_office=office.id,
                    district_office=f"d-{office.district}",
                    received_on=on,
                )
                # What is received on a day is asked for as that day itself sees it.
                right = self.powers.competent(here, time.time() + 3600, max(on, self.today))
                answer = found.pending_office_id if days < 0 else found.office_id
                compared += 1
                if answer not in right:
                    self.faults.append(
                        f"{service} at {office.id} on {on}: the city says {answer}, not {right}"
                    )
        return compared

    def _had(self, service: str) -> bool:
        return self.powers.now(service, self.plan.closing.id).since != date.max

    async def _each(
        self,
        offices: Sequence[Office],
        service: str,
        what: str,
        method: Any,
        make: Callable[[Coordinator, str, int, Days], tuple[Any, Days]],
    ) -> None:
        """Does the same to the grant of each of these offices."""
        head = f"d-{offices[0].district}"
        for office in offices:
            number = await self._grant_of(service, office)
            request, days = make(self, service, number, self.powers.now(service, office.id))
            sent_at = time.time()
            await self._call(method, request, self.keys[head])
            self.powers.enter(service, office.id, days, sent_at=sent_at, stored_at=time.time())
        self._note(what, len(offices), f"{head} {what}: {service} at {len(offices)} offices")

    async def _grant_of(self, service: str, office: Office) -> int:
        """The number of the office's grant, as the registry numbers it."""
        district = str(office.district)
        asked = delegations_pb2.GetDelegationRequest(district_code=district, service_code=service)
        found = await self._call(self._register.GetDelegation, asked, self.keys[f"d-{district}"])
        grants = found.delegation.grants
        return int(next(one.grant_id for one in grants if one.office_id == office.id))

    async def _recorded(self, office_id: str, **changes: Any) -> Any:
        """The office's newest form with these changes, from today on."""
        asked = offices_pb2.GetOfficeRequest(office_id=office_id)
        office = (await self._call(self._offices.GetOffice, asked, self.record_key)).office
        form = offices_pb2.OfficeForm()
        form.CopyFrom(office.forms[-1])
        form.starts = self.today.isoformat()
        for name, value in changes.items():
            form.ClearField(name)
            if isinstance(value, list):
                getattr(form, name).extend(value)
            else:
                setattr(form, name, value)
        request = offices_pb2.RecordOfficeRequest(
            office_id=office_id,
            form=form,
            reason=_REASON,
            command_id=str(uuid4()),
            expected_version=office.version,
        )
        stored = await self._call(self._offices.RecordOffice, request, self.record_key)
        return stored.office.forms[-1]

    async def _call(self, method: Any, request: Any, key: str) -> Any:
        async def metadata() -> tuple[tuple[str, str], ...]:
            return (("authorization", f"Bearer {key}"),)

        return await until_stored(method, request, metadata)

    def _note(self, what: str, times: int, words: str) -> None:
        self.done[what] += times
        self.told(words)


def _suspension(who: Coordinator, service: str, grant: int, days: Days) -> tuple[Any, Days]:
    request = delegations_pb2.SuspendDelegationRequest(**_on(who, service, grant), reason=_REASON)
    return request, replace(days, suspended=(*days.suspended, (who.today, None)))


def _resumption(who: Coordinator, service: str, grant: int, days: Days) -> tuple[Any, Days]:
    request = delegations_pb2.ResumeDelegationRequest(**_on(who, service, grant))
    # Resumed on its first day: it never rested.
    return request, replace(days, suspended=days.suspended[:-1])


def _recall(effect: Any) -> Callable[[Coordinator, str, int, Days], tuple[Any, Days]]:
    def recall(who: Coordinator, service: str, grant: int, days: Days) -> tuple[Any, Days]:
        request = delegations_pb2.RecallDelegationRequest(
            **_on(who, service, grant), effect=effect, reason=_REASON
        )
        back = effect == events_pb2.RECALL_EFFECT_RETURN
        return request, replace(days, recalled_from=who.today, returns=back)

    return recall


def _on(who: Coordinator, service: str, grant: int) -> dict[str, Any]:
    """What every step on a grant says."""
    return {
        "service_code": service,
        "grant_id": grant,
        "valid_from": who.today.isoformat(),
        "officer_code": _OFFICER,
        "command_id": str(uuid4()),
    }
