"""The register of delegations: what a district orders, and what everybody may ask."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from services.cities import City, Office, OfficeKind
from services.common.aggregates.command_id import cause_id
from services.common.aggregates.update import Aggregates, Cause, Stored, Update
from services.common.kernel import DomainError, Kind, StaleVersion
from services.common.process import telemetry
from services.districts.application.offices import Directory
from services.districts.application.ports import DelegationReads
from services.districts.application.telling import tell_marked
from services.districts.domain.delegation import competence, decide
from services.districts.domain.delegation.commands import Command
from services.districts.domain.delegation.competence import Competent, Happened
from services.districts.domain.delegation.model import Delegation, Period, delegation_id, periods

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list shows; empty lets everything through."""

    district: str = ""
    service_code: str = ""
    office_id: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who is competent for a permit at a place on a day, who decides today what was received then,
    and what led to it: days and steps of the office of the place, or of all of the district."""

    service_code: str
    on: date
    competent: Competent
    pending: Competent
    periods: Sequence[Period]
    history: Sequence[Happened]


class Delegations:
    """Load → decide → save for delegations, and the questions about them."""

    def __init__(
        self,
        *,
        city: City,
        aggregates: Aggregates[Delegation],
        reads: DelegationReads,
        directory: Directory,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._directory = directory
        self._aggregates = aggregates
        self._reads = reads
        self._clock = clock
        self._new_id = new_id
        self._seeded = False

    async def seed(self) -> None:
        """Enters what the city's pack has and the registry has not, unless it has done so. What the
        registry has is never touched. Raises DomainError UNAVAILABLE."""
        if self._seeded:
            return
        keys = sorted({(one.district, one.service) for one in self._city.delegations})
        updates = [
            Update(
                target=delegation_id(district, service),
                cause=Cause(id=f"seed:{delegation_id(district, service)}"),
                decide=partial(
                    decide.seed,
                    city=self._city,
                    district=district,
                    service_code=service,
                    now=self._clock(),
                ),
            )
            for district, service in keys
        ]
        settled = await self._aggregates.settle(updates)
        for one in settled:
            if one.error is not None:
                raise one.error
        self._seeded = True
        log.info("delegations.seeded", extra={"seeded": sum(one.applied for one in settled)})

    async def wake(self, ids: Sequence[str], now: datetime) -> None:
        """Tells these delegations once more, as a person asked by hand; raises DomainError
        UNAVAILABLE."""
        await tell_marked(
            ids,
            self._aggregates,
            decide.tell_again,
            now=now,
            clock=self._clock,
            new_id=self._new_id,
        )

    async def carry_out(self, office_id: str, command: Command) -> Stored[Delegation]:
        """The delegation once the command of its district is stored.

        Raises DomainError: `not_a_district` (FORBIDDEN) besides those of `decide.carry_out`,
        `invalid_command_id` (INVALID) and StaleVersion.
        """
        city = self._directory.city_on(self._today())
        district = self._district(city, office_id)
        target = delegation_id(str(district.district), command.service_code)
        update: Update[Delegation] = Update(
            target=target,
            cause=Cause(
                id=self._cause_id(office_id, command),
                correlation_id=target,
                traceparent=telemetry.current_traceparent(),
            ),
            decide=lambda state: decide.carry_out(
                state,
                command=command,
                entry=decide.Entry(city=city, district=district, now=self._clock()),
            ),
            expected_version=command.expected_version,
        )
        [settled] = await self._aggregates.settle([update])
        if settled.error is not None:
            expected = command.expected_version
            conflict = settled.error.kind is Kind.CONFLICT
            if conflict and expected is not None and settled.version != expected:
                raise StaleVersion(settled.version)
            raise settled.error
        return Stored(id=target, version=settled.version, state=settled.state)

    def _cause_id(self, office_id: str, command: Command) -> str:
        if not command.command_id:
            return self._new_id()
        said = repr(replace(command, command_id="", expected_version=None))
        return cause_id(office_id, type(command).__name__, command.command_id, said)

    def _district(self, city: City, office_id: str) -> Office:
        office = city.offices.get(office_id)
        if office is None or office.kind is not OfficeKind.DISTRICT:
            raise DomainError(
                "not_a_district", Kind.FORBIDDEN, "only a district acts on its delegations"
            )
        if not office.validity.holds(self._today()):
            raise DomainError("office_closed", Kind.FORBIDDEN, "the district's office is not open")
        return office

    def _today(self) -> date:
        """The day in the city."""
        return self._clock().astimezone(self._city.timezone).date()

    async def page(
        self, wanted: Wanted, after: str, limit: int
    ) -> tuple[Sequence[Stored[Delegation]], bool]:
        """At most so many delegations with an id above `after`, by id, and whether more follow."""
        found = [
            stored
            for stored in await self._reads.all(wanted.district, wanted.service_code)
            if stored.id > after and stored.state is not None and _fits(stored.state, wanted)
        ]
        return found[:limit], len(found) > limit

    async def get(self, district: str, service_code: str) -> Stored[Delegation]:
        """One delegation; raises `unknown_delegation` (NOT_FOUND)."""
        stored = await self._stored(district, service_code)
        if stored is None:
            raise decide.unknown_delegation()
        return stored

    async def competent(self, service_code: str, place_code: str, on: date | None) -> Answer:
        """Who is competent for a permit at a dong or district on a day, today where none is named.

        Raises DomainError `unknown_service`, `not_a_permit`, `unknown_dong` (INVALID).
        """
        competence.must_be_permit(self._city, service_code)
        today = self._today()
        place = competence.place_of(self._directory.city_on(today), place_code)
        day = on or today
        stored = await self._stored(str(place.district.district), service_code)
        delegation = None if stored is None else stored.state
        office = place.dong_office
        shown = None if office is None else office.id
        return Answer(
            service_code=service_code,
            on=day,
            competent=competence.competent(delegation, place, day, day),
            pending=competence.competent(delegation, place, day, max(day, today)),
            periods=[
                period
                for period in (periods(delegation) if delegation is not None else ())
                if shown in (None, period.office_id)
            ],
            history=[
                step
                for step in (competence.history(delegation) if delegation is not None else ())
                if shown in (None, step.office_id)
            ],
        )

    async def _stored(self, district: str, service_code: str) -> Stored[Delegation] | None:
        id_ = delegation_id(district, service_code)
        return (await self._aggregates.store.load([id_])).get(id_)


def _fits(delegation: Delegation, wanted: Wanted) -> bool:
    if not wanted.office_id and wanted.on is None:
        return True
    return any(
        wanted.office_id in ("", period.office_id)
        and (wanted.on is None or period.days.holds(wanted.on))
        for period in periods(delegation)
    )
