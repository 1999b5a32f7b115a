"""The record of offices: seeded from the city's pack, changed by command, known to every replica.

The pack only seeds. Once in the life of a process, and by one of all replicas at a time, each
office of its pack that is not recorded, or whose form in the pack is new, is recorded. A round that
was cut off begins anew and finds only what is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.cities import City, Names, Validity
from services.cities import Office as PackOffice
from services.common.aggregates.command_id import cause_id
from services.common.aggregates.update import Aggregates, Cause, Stored, Update
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.districts.application.ports import OfficeReads
from services.districts.application.telling import tell_marked
from services.districts.domain.office import decide
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.decide import Surroundings
from services.districts.domain.office.model import Form, Name, Office, Origin

log = logging.getLogger(__name__)

# So many offices are recorded by one write. More: other saves of this process wait longer. Fewer:
# more statements.
RECORDED_TOGETHER = 100


class Directory:
    """All recorded offices, in memory: those of the pack until they are read.

    What another replica recorded is known here after the next look.
    """

    def __init__(self, city: City, aggregates: Aggregates[Office], reads: OfficeReads) -> None:
        self._city = city
        self._as_recorded: tuple[date, City] | None = None
        self._aggregates = aggregates
        self._reads = reads
        self._stored: dict[str, Stored[Office]] = {}
        self._packed = {id_: office.district or "" for id_, office in city.offices.items()}

    async def look(self) -> None:
        """Reads what has changed since the last look; raises DomainError UNAVAILABLE."""
        versions = await self._reads.versions()
        changed = [
            id_
            for id_, version in versions.items()
            if id_ not in self._stored or self._stored[id_].version != version
        ]
        if changed:
            self.knows((await self._aggregates.store.load(changed)).values())
        for id_ in self._stored.keys() - versions.keys():
            del self._stored[id_]  # the database was set back
            self._as_recorded = None

    def knows(self, offices: Iterable[Stored[Office]]) -> None:
        """Takes in these states."""
        for stored in offices:
            if stored.state is not None:
                self._stored[stored.id] = stored
                self._as_recorded = None

    def __contains__(self, office_id: object) -> bool:
        """Whether it is an office of this city, closed ones included."""
        return office_id in self._stored or office_id in self._packed

    def district_of(self, office_id: str, day: date) -> str:
        """The code of the district that an office belongs to on a day, a closed one as it did last;
        empty for a department of the city and for an unknown office."""
        stored = self._stored.get(office_id)
        if stored is None or stored.state is None:
            return self._packed.get(office_id, "")
        return (stored.state.on(day) or stored.state.forms[-1]).district

    def names_of(self, office_id: str, day: date) -> Names | None:
        """What an office was called on a day, by language, a closed one as it was last; None for
        one that nobody knows."""
        stored = self._stored.get(office_id)
        if stored is None or stored.state is None:
            office = self._city.offices.get(office_id)
            return None if office is None else office.names
        form = stored.state.on(day) or stored.state.forms[-1]
        return {name.language: name.text for name in form.names}

    def city_on(self, day: date) -> City:
        """The city with its offices as they are recorded; each as it is on that day, and valid as
        long as it exists in any form."""
        if self._as_recorded is None or self._as_recorded[0] != day:
            states = (one.state for one in self._stored.values())
            recorded = {
                office.id: [_form_of_pack(office, form) for form in office.forms]
                for office in states
                if office is not None
            }
            self._as_recorded = (day, self._city.with_offices(recorded, day))
        return self._as_recorded[1]

    def all(self) -> Sequence[Stored[Office]]:
        """What is recorded, in no order."""
        return list(self._stored.values())


class Offices:
    """Load → decide → save for offices."""

    def __init__(
        self,
        *,
        city: City,
        aggregates: Aggregates[Office],
        directory: Directory,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._aggregates = aggregates
        self._directory = directory
        self._clock = clock
        self._new_id = new_id
        self._seeded = False

    async def seed(self) -> None:
        """Records what this process's pack says, unless it has done so. Raises DomainError
        UNAVAILABLE."""
        if self._seeded:
            return
        recorded = 0
        packed = list(self._city.office_forms.items())
        for start in range(0, len(packed), RECORDED_TOGETHER):
            updates = [
                self._seeding(id_, forms)
                for id_, forms in packed[start : start + RECORDED_TOGETHER]
            ]
            settled = await self._aggregates.settle(updates)
            for one in settled:
                if one.error is not None:
                    raise one.error
            recorded += sum(one.applied for one in settled)
        self._seeded = True
        log.info("offices.seeded", extra={"recorded": recorded, "offices": len(packed)})

    def _seeding(self, office_id: str, packed: Sequence[PackOffice]) -> Update[Office]:
        forms = tuple(map(_form_of, packed))
        return Update(
            target=office_id,
            cause=Cause(id=f"pack:{decide.mark_of(forms)}", correlation_id=office_id),
            decide=lambda state: decide.seed(
                state, office_id=office_id, kind=packed[0].kind, forms=forms, now=self._clock()
            ),
        )

    async def record(self, command: RecordOffice) -> Stored[Office]:
        """The office once the command is stored.

        Raises DomainError: those of `decide.record`, `invalid_command_id` (INVALID), StaleVersion,
        UNAVAILABLE.
        """
        around = Surroundings(
            languages=self._city.languages,
            today=self.today(),
            named=await self._named(command.form),
        )
        update = Update(
            target=command.office_id,
            cause=Cause(
                id=self._cause_id(command),
                correlation_id=command.office_id,
                traceparent=telemetry.current_traceparent(),
            ),
            decide=lambda state: decide.record(
                state, command=command, around=around, now=self._clock()
            ),
            expected_version=command.expected_version,
        )
        [settled] = await self._aggregates.settle([update])
        if settled.error is not None:
            raise settled.error
        stored = await self.stored(command.office_id)
        self._directory.knows([stored])
        return stored

    async def stored(self, office_id: str) -> Stored[Office]:
        """One recorded office; raises DomainError `unknown_office` (NOT_FOUND), UNAVAILABLE."""
        stored = (await self._aggregates.store.load([office_id])).get(office_id)
        if stored is None:
            raise unknown_office()
        return stored

    async def _named(self, form: Form) -> Mapping[str, Office]:
        """The offices that a form names, as they are recorded now."""
        ids = {*form.successors[: decide.MOST_SUCCESSORS], f"d-{form.district}"}
        found = (await self._aggregates.store.load(ids)).whole()
        return {id_: one.state for id_, one in found.items() if one.state is not None}

    def _cause_id(self, command: RecordOffice) -> str:
        if not command.command_id:
            return self._new_id()
        said = repr(replace(command, command_id="", expected_version=None, by=""))
        return cause_id(command.by, "RecordOffice", command.command_id, said)

    async def wake(self, office_ids: Sequence[str], now: datetime) -> None:
        """Tells these offices once more, as a person asked by hand; raises DomainError
        UNAVAILABLE."""
        await tell_marked(
            office_ids,
            self._aggregates,
            decide.tell_again,
            now=now,
            clock=self._clock,
            new_id=self._new_id,
        )

    def today(self) -> date:
        """The day in the city."""
        return self._clock().astimezone(self._city.timezone).date()


def unknown_office() -> DomainError:
    """The refusal of an id that nobody has recorded."""
    return DomainError("unknown_office", Kind.NOT_FOUND, "no office has this id", field="office_id")


def _form_of(office: PackOffice) -> Form:
    """A form of the pack."""
    return Form(
        starts=office.validity.start,
        ends=office.validity.end,
        names=_names(office.names),
        area=_names(office.area),
        district=office.district or "",
        dong=office.dong or "",
        successors=office.successors,
        capacity=office.capacity,
        phone=office.phone,
        origin=Origin.PACK,
    )


def _form_of_pack(office: Office, form: Form) -> PackOffice:
    """A form as the city's library knows offices."""
    return PackOffice(
        id=office.id,
        kind=office.kind,
        names={name.language: name.text for name in form.names},
        area={name.language: name.text for name in form.area},
        district=form.district or None,
        dong=form.dong or None,
        validity=Validity(start=form.starts, end=form.ends),
        successors=form.successors,
        capacity=form.capacity,
        phone=form.phone,
    )


def _names(names: Mapping[str, str]) -> tuple[Name, ...]:
    return tuple(Name(language=language, text=text) for language, text in names.items() if text)
