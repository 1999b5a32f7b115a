"""The record of offices by gRPC."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import grpc
from dasan.districts.v1 import offices_pb2 as pb
from dasan.districts.v1.offices_pb2_grpc import OfficesServiceServicer

from services.cities import OfficeKind
from services.common.aggregates.update import Stored
from services.common.edge import grpc_kit
from services.common.edge.access import Caller, Callers
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind
from services.districts.application.offices import Directory, Offices
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.model import Form, Hours, Name, Office, Origin, Team, listed
from services.districts.entrypoints.days import day_or_none
from services.districts.entrypoints.office_callers import WORK

Context = grpc.aio.ServicerContext[Any, Any]

OFFICES = "dasan.districts.v1.OfficesService"
# The scope of the city's administrator, who says what the offices are.
ADMINISTRATION = "offices"
PAGE = 100
MOST_ON_PAGE = 500

_KINDS = {
    OfficeKind.CITY: pb.OFFICE_KIND_CITY,
    OfficeKind.DISTRICT: pb.OFFICE_KIND_DISTRICT,
    OfficeKind.DONG: pb.OFFICE_KIND_DONG,
}
_ORIGINS = {
    Origin.PACK: pb.OFFICE_ORIGIN_PACK,
    Origin.COMMAND: pb.OFFICE_ORIGIN_COMMAND,
}


class OfficesServicer(OfficesServiceServicer):
    """Serves what is recorded of offices, and takes the administrator's changes."""

    def __init__(self, *, offices: Offices, directory: Directory, callers: Callers) -> None:
        self._offices = offices
        self._directory = directory
        self._callers = callers

    @grpc_kit.unary
    async def GetOffice(
        self, request: pb.GetOfficeRequest, context: Context
    ) -> pb.GetOfficeResponse:
        """One office with all of its forms."""
        self._reader(context)
        stored = await self._offices.stored(request.office_id)
        return pb.GetOfficeResponse(office=_recorded(stored))

    @grpc_kit.unary
    async def ListOffices(
        self, request: pb.ListOfficesRequest, context: Context
    ) -> pb.ListOfficesResponse:
        """The offices of a day, a page of them."""
        self._reader(context)
        day = day_or_none(request.on, "on") or self._offices.today()
        size = _page_size(request.page_size)
        versions = {one.state.id: one for one in self._directory.all() if one.state is not None}
        states = [one.state for one in versions.values() if one.state is not None]
        after = _after(request.page_token)
        found = [one for one in listed(states, day, request.district) if one.id > after]
        page = found[:size]
        return pb.ListOfficesResponse(
            offices=[_recorded(versions[one.id], day) for one in page],
            next_page_token=f"after:{page[-1].id}" if len(found) > size else "",
        )

    @grpc_kit.unary
    async def RecordOffice(
        self, request: pb.RecordOfficeRequest, context: Context
    ) -> pb.RecordOfficeResponse:
        """What an office is from a day on."""
        caller = self._callers.of(grpc_kit.key_of(context))
        caller.must(ADMINISTRATION)
        stored = await self._offices.record(
            RecordOffice(
                office_id=request.office_id,
                form=_form(request.form),
                reason=plain_words(request.reason),
                by=caller.id,
                command_id=request.command_id,
                expected_version=request.expected_version or None,
            )
        )
        return pb.RecordOfficeResponse(office=_recorded(stored))

    @grpc_kit.unary
    async def GetOfficeHistory(
        self, request: pb.GetOfficeHistoryRequest, context: Context
    ) -> pb.GetOfficeHistoryResponse:
        """Who recorded what, when and why."""
        self._reader(context)
        stored = await self._offices.stored(request.office_id)
        assert stored.state is not None, "what is stored has a state"
        return pb.GetOfficeHistoryResponse(
            entries=[
                pb.OfficeEntry(
                    recorded_at=entry.recorded_at,
                    recorded_by=entry.recorded_by,
                    reason=entry.reason,
                    forms=map(_form_message, entry.forms),
                )
                for entry in stored.state.history
            ]
        )

    def _reader(self, context: Context) -> Caller:
        """Whoever calls; raises `not_allowed` (FORBIDDEN) without one of the two scopes."""
        caller = self._callers.of(grpc_kit.key_of(context))
        if ADMINISTRATION not in caller.scopes:
            caller.must(WORK)
        return caller


def _recorded(stored: Stored[Office], day: date | None = None) -> pb.RecordedOffice:
    """The office with all of its forms, or with that of a day."""
    office = stored.state
    assert office is not None, "what is stored has a state"
    forms = office.forms if day is None else filter(None, [office.on(day)])
    return pb.RecordedOffice(
        office_id=office.id,
        kind=_KINDS[office.kind],
        forms=map(_form_message, forms),
        version=stored.version,
    )


def _form_message(form: Form) -> pb.OfficeForm:
    return pb.OfficeForm(
        starts=form.starts.isoformat() if form.starts else "",
        ends=form.ends.isoformat() if form.ends else "",
        names=_name_messages(form.names),
        area=_name_messages(form.area),
        district=form.district,
        dong=form.dong,
        successors=form.successors,
        teams=[pb.OfficeTeam(code=t.code, names=_name_messages(t.names)) for t in form.teams],
        duty_hours=[
            pb.OfficeHours(weekday=one.weekday, opens=one.opens, closes=one.closes)
            for one in form.duty_hours
        ],
        capacity=form.capacity or 0,
        languages=form.languages,
        phone=form.phone,
        email=form.email,
        address=form.address,
        origin=_ORIGINS[form.origin],
    )


def _name_messages(names: Sequence[Name]) -> list[pb.OfficeName]:
    return [pb.OfficeName(language=name.language, text=name.text) for name in names]


def _form(message: pb.OfficeForm) -> Form:
    return Form(
        starts=day_or_none(message.starts, "form.starts"),
        ends=day_or_none(message.ends, "form.ends"),
        names=_names(message.names),
        area=_names(message.area),
        district=message.district,
        dong=message.dong,
        successors=tuple(dict.fromkeys(message.successors)),
        teams=tuple(Team(code=team.code, names=_names(team.names)) for team in message.teams),
        duty_hours=tuple(
            Hours(weekday=one.weekday, opens=one.opens, closes=one.closes)
            for one in message.duty_hours
        ),
        capacity=message.capacity or None,
        languages=tuple(message.languages),
        phone=message.phone,
        email=message.email,
        address=plain_words(message.address),
        origin=Origin.COMMAND,
    )


def _names(names: Iterable[pb.OfficeName]) -> tuple[Name, ...]:
    return tuple(Name(language=one.language, text=plain_words(one.text)) for one in names)


def _page_size(asked: int) -> int:
    if asked > MOST_ON_PAGE:
        raise DomainError(
            "invalid_page_size", Kind.INVALID, f"at most {MOST_ON_PAGE}", field="page_size"
        )
    return asked or PAGE


def _after(token: str) -> str:
    """The id after which a page begins; empty: the first page."""
    if not token:
        return ""
    head, _, after = token.partition(":")
    if head != "after" or not after:
        raise DomainError(
            "invalid_page_token", Kind.INVALID, "must be of an earlier answer", field="page_token"
        )
    return after


__all__ = ["ADMINISTRATION", "OFFICES", "OfficesServicer"]
