"""Offices that are recorded, renamed and closed while cases lie there: whoever works, asks, counts
or verifies goes by the record, not by the pack.

With the pack's offices instead, a new office could be asked nothing, its undecided permits would
stay after a recall, no holiday would move its dates, its documents would show its id; and what lies
at an office that closes would lie there for ever.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import cases_pb2, delegations_pb2, events_pb2
from dasan.districts.v1 import work_pb2 as work
from dasan.districts.v1.delegations_pb2_grpc import DelegationServiceStub
from dasan.districts.v1.permits_pb2 import (
    DOCUMENT_FORMAT_HTML,
    DOCUMENT_STANDING_REVOKED,
    GetDocumentRequest,
    RecordCollectionRequest,
    RevokePermitRequest,
)
from dasan.districts.v1.permits_pb2_grpc import PermitServiceStub

from services.cities import DayOff, Period
from services.common.edge.access import KnownCallers, digest
from services.districts.application.returns import NOTICE
from services.districts.domain.case.events import (
    CaseDeclined,
    DeadlineRecounted,
    DeclineReason,
    PermitCollected,
)
from services.districts.domain.case.model import Declined, Open
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.model import Form, Name
from tests.component.districts.offices import (
    TOWN,
    Hurried,
    Service,
    answer_request,
    as_office,
    assigned,
    decide_request,
    refusal,
    serving,
)
from tests.component.districts.test_desk import at_the_desk, holds, offered
from tests.support import callers
from tests.support.calendars import with_days_off

NEW, MILL, WEST, HILL = "o-new", "o-mill", "d-west", "o-hill"
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)
STALL = "market-stall"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """Districts with the pack's offices recorded, and a new one beside them."""
    known = {digest(one.id): one for one in callers.known([*TOWN.offices, NEW]).all()}
    async with serving(Service(callers=KnownCallers(known))) as started:
        await started.replica.districts.offices.seed()
        await started.replica.districts.directory.look()
        await record(started, NEW, dong="new", names=("New Office", "새주민센터"))
        yield started


async def record(
    service: Service,
    office_id: str,
    *,
    dong: str,
    names: tuple[str, str],
    starts: date = TODAY,
    ends: date | None = None,
    successors: tuple[str, ...] = (),
) -> None:
    """What the administrator records from a day on."""
    english, korean = names
    both = (Name(language="en", text=english), Name(language="ko", text=korean))
    form = Form(
        starts=starts,
        ends=ends,
        names=both,
        area=both,
        district="west",
        dong=dong,
        successors=successors,
    )
    command = RecordOffice(
        office_id=office_id,
        form=form,
        reason="a test",
        by="city-admin",
        command_id="",
        expected_version=None,
    )
    await service.replica.districts.offices.record(command)


async def close(service: Service, *successors: str) -> None:
    """Today is the mill's last day."""
    names = ("Mill Office", "물레동주민센터")
    await record(service, MILL, dong="mill", names=names, ends=TODAY, successors=successors)


def given_back(service: Service, inquiry_id: str) -> CaseDeclined:
    [told] = [one for one in service.told(inquiry_id) if isinstance(one, CaseDeclined)]
    return told


def lies(service: Service, inquiry_id: str) -> Any:
    return service.store.documents[inquiry_id].state


class TestAsking:
    async def ask(self, service: Service, office_id: str) -> Any:
        request = cases_pb2.ConsultRequest(
            inquiry_id="a", consulted_office_id=office_id, text="Is it yours?", days=3
        )
        async with service.replica.acting() as acts:
            return await acts.Consult(request, metadata=as_office(MILL))

    async def test_an_office_that_was_recorded_is_asked_and_answers(self, service: Service) -> None:
        await service.assign(assigned("a"))
        await service.offices.Accept(work.AcceptRequest(inquiry_id="a"), metadata=as_office(MILL))
        await self.ask(service, NEW)
        async with service.replica.acting() as acts:
            asked = await acts.ListConsultations(
                cases_pb2.ListConsultationsRequest(), metadata=as_office(NEW)
            )
            [one] = asked.consultations
            answer = cases_pb2.AnswerConsultationRequest(
                inquiry_id="a", number=one.number, text="It is."
            )
            await acts.AnswerConsultation(answer, metadata=as_office(NEW))

    async def test_one_that_has_closed_is_not(self, service: Service) -> None:
        await service.assign(assigned("a"))
        await service.offices.Accept(work.AcceptRequest(inquiry_id="a"), metadata=as_office(MILL))
        await record(service, NEW, dong="new", names=("New Office", "새주민센터"), ends=TODAY)
        await service.later(timedelta(days=1))
        code, trailing = await refusal(self.ask(service, NEW))
        assert (code, trailing["dasan-slug"], trailing["dasan-field"]) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "office_closed",
            "consulted_office_id",
        )

    async def test_the_desk_offers_those_that_are_open(self, service: Service) -> None:
        await record(service, HILL, dong="hill", names=("Hill", "언덕"), ends=TODAY)
        await service.later(timedelta(days=1))
        await service.assign(assigned("a", WEST))
        await service.offices.Accept(work.AcceptRequest(inquiry_id="a"), metadata=as_office(WEST))
        holds(service, "a")
        page = await (await at_the_desk(service, WEST)).see("/desk/cases/a/consult")
        assert f'value="{NEW}"' in page
        assert "New Office" in page
        assert f'value="{HILL}"' not in page


@asynccontextmanager
async def calling(service: Service) -> AsyncIterator[grpc.aio.Channel]:
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        yield channel


async def delegate(service: Service, office_id: str, *, back: bool = False) -> None:
    """The district grants the stalls to an office; `back`: and recalls that with RETURN."""
    said: Any = {"service_code": STALL, "office_ids": [office_id], "officer_code": "W-1"}
    ready = delegations_pb2.RecordReadinessRequest(
        monthly_capacity=9, checked_on=str(TODAY), trained_on=str(TODAY), **said
    )
    grant = delegations_pb2.GrantDelegationRequest(
        legal_basis="town rule 7", valid_from=str(TODAY), **said
    )
    recall = delegations_pb2.RecallDelegationRequest(
        service_code=STALL,
        grant_id=1,
        valid_from=str(TODAY),
        effect=events_pb2.RECALL_EFFECT_RETURN,
        reason="too few people",
        officer_code="W-1",
    )
    async with calling(service) as channel:
        register = DelegationServiceStub(channel)
        await register.RecordReadiness(ready, metadata=as_office(WEST))
        await register.GrantDelegation(grant, metadata=as_office(WEST))
        if back:
            await register.RecallDelegation(recall, metadata=as_office(WEST))


async def test_a_recall_takes_back_what_lies_at_an_office_that_was_recorded(
    service: Service,
) -> None:
    await delegate(service, NEW, back=True)
    await service.assign(assigned("stall", NEW, permit=True))
    await service.later(NOTICE)
    await service.replica.districts.returns.once()
    assert isinstance(lies(service, "stall"), Declined)
    assert given_back(service, "stall").suggested_office_id == WEST


class TestAnOfficeCloses:
    """From the day after its last one nothing stays there."""

    async def at_mill(self, service: Service) -> None:
        await delegate(service, MILL)
        await service.assign(
            assigned("stall", permit=True),
            assigned("own"),
            assigned("bound", binding=True),
            assigned("desk", rule="arbitration", binding=True),
            assigned("done"),
        )
        request = answer_request(inquiry_id="done", text="Done.")
        await service.offices.Answer(request, metadata=as_office(MILL))

    async def test_its_work_goes_on_until_the_last_day_is_over(self, service: Service) -> None:
        await self.at_mill(service)
        await close(service, NEW)
        await service.replica.districts.returns.once()
        assert all(isinstance(lies(service, id_), Open) for id_ in ("stall", "own", "bound"))

    async def test_then_delegated_permits_go_to_the_district_and_the_rest_to_the_successor(
        self, service: Service
    ) -> None:
        await self.at_mill(service)
        await close(service, NEW)
        await service.later(timedelta(days=1))
        replicas = [service.replica, await service.another()]
        for replica in (*replicas, *replicas):
            await replica.districts.returns.once()
        told = [given_back(service, id_) for id_ in ("stall", "own")]
        assert [(one.suggested_office_id, one.reason) for one in told] == [
            (WEST, DeclineReason.NOT_COMPETENT),
            (NEW, DeclineReason.NOT_COMPETENT),
        ]
        assert lies(service, "done").status == "answered"
        # What arbitration gave there is arbitration's to give elsewhere; what lies with the desk
        # itself is on the coordinator's list.
        assert given_back(service, "bound").suggested_office_id == ""
        assert isinstance(lies(service, "desk"), Open)

    async def test_its_own_clerk_is_offered_what_it_may_do_now(self, service: Service) -> None:
        """Before, what arbitration gave there could not be declined."""
        holds(service, "bound")
        await self.at_mill(service)
        await close(service, NEW)
        before = await (await at_the_desk(service, MILL)).see("/desk/cases/bound")
        await service.later(timedelta(days=1))
        after = await (await at_the_desk(service, MILL)).see("/desk/cases/bound")
        assert offered(after) - offered(before) == {"Decline"}

    @pytest.mark.parametrize("successors", [(), (NEW, HILL)])
    async def test_without_one_successor_routing_finds_who_is_competent(
        self, service: Service, successors: tuple[str, ...]
    ) -> None:
        await self.at_mill(service)
        await close(service, *successors)
        await service.later(timedelta(days=1))
        await service.replica.districts.returns.once()
        assert given_back(service, "own").suggested_office_id == ""
        assert given_back(service, "stall").suggested_office_id == WEST

    async def test_what_comes_late_goes_too(self, service: Service) -> None:
        await close(service, NEW)
        await service.later(timedelta(days=1))
        await service.replica.districts.returns.once()
        await service.assign(assigned("late"))
        await service.replica.districts.returns.once()
        assert given_back(service, "late").suggested_office_id == NEW


class TestWhatAClosedOfficeIssued:
    """It is handed out, shown and taken back by who follows, and by nobody else."""

    OFFICES = (*TOWN.offices, NEW)

    async def issue(self, service: Service, inquiry_id: str, *, delegated: bool) -> str:
        event = assigned(inquiry_id, permit=True)
        await service.assign(event if delegated else replace(event, delegated_by=""))
        request = decide_request(
            inquiry_id=inquiry_id,
            decision=events_pb2.PERMIT_DECISION_GRANTED,
            text="Granted.",
            to_be_collected=True,
        )
        done = await service.offices.DecidePermit(request, metadata=as_office(MILL))
        return str(done.item.document_no)

    async def refused_by_all_but(self, service: Service, one: str, call: Any) -> Any:
        """What the call by that office is answered with; every other office is told nothing."""
        for office_id in self.OFFICES:
            if office_id == one:
                continue
            code, trailing = await refusal(call(metadata=as_office(office_id)))
            known = "unknown_document" if office_id == MILL else "unknown_case"
            assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.NOT_FOUND, known)
        return await call(metadata=as_office(one))

    @pytest.mark.parametrize(
        ("delegated", "successors", "keeper"),
        [
            (False, (NEW,), NEW),
            (True, (NEW,), WEST),
            (False, (NEW, HILL), WEST),
            (False, (), WEST),
        ],
    )
    async def test_who_follows_has_it(
        self, service: Service, delegated: bool, successors: tuple[str, ...], keeper: str
    ) -> None:
        number = await self.issue(service, "stall", delegated=delegated)
        await close(service, *successors)
        await service.later(timedelta(days=1))
        shown = GetDocumentRequest(inquiry_id="stall", format=DOCUMENT_FORMAT_HTML)
        collected = RecordCollectionRequest(inquiry_id="stall", command_id="c-1")
        revoked = RevokePermitRequest(
            inquiry_id="stall", document_no=number, reason="The stall is gone."
        )
        async with calling(service) as channel:
            permits = PermitServiceStub(channel)
            ask = self.refused_by_all_but
            paper = await ask(service, keeper, partial(permits.GetDocument, shown))
            assert "Mill" in paper.content.decode()
            for _ in range(2):
                done = await ask(service, keeper, partial(permits.RecordCollection, collected))
                assert done.permit.documents[0].HasField("collected_at")
                assert done.item.document_no == number
            gone = await ask(service, keeper, partial(permits.RevokePermit, revoked))
        assert gone.permit.documents[0].standing == DOCUMENT_STANDING_REVOKED
        acts = [one for one in service.told("stall") if isinstance(one, PermitCollected)]
        assert [one.office_id for one in acts] == [keeper]

    async def test_until_its_last_day_is_over_the_office_has_it_itself(
        self, service: Service
    ) -> None:
        await self.issue(service, "stall", delegated=True)
        await close(service, NEW)
        async with calling(service) as channel:
            permits = PermitServiceStub(channel)
            request = RecordCollectionRequest(inquiry_id="stall")
            code, trailing = await refusal(
                permits.RecordCollection(request, metadata=as_office(WEST))
            )
            assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.NOT_FOUND, "unknown_case")
            await permits.RecordCollection(request, metadata=as_office(MILL))

    async def test_over_http_it_is_the_same(self, service: Service) -> None:
        await self.issue(service, "stall", delegated=False)
        await close(service, NEW)
        await service.later(timedelta(days=1))
        transport = httpx.ASGITransport(service.replica.districts.web)
        async with httpx.AsyncClient(transport=transport, base_url="http://districts") as web:

            async def by(office_id: str) -> tuple[int, int]:
                headers = {"Authorization": f"Bearer {office_id}"}
                read = await web.get("/v1/work/stall/document?format=html", headers=headers)
                done = await web.post("/v1/work/stall/record-collection", json={}, headers=headers)
                return read.status_code, done.status_code

            assert {id_: await by(id_) for id_ in (MILL, WEST, HILL, NEW)} == {
                MILL: (404, 404),
                WEST: (404, 404),
                HILL: (404, 404),
                NEW: (200, 200),
            }


async def test_a_holiday_moves_the_dates_of_an_office_that_was_recorded(service: Service) -> None:
    week = TOWN.due(assigned("a").clock_from, Period.parse("7d")).at
    await service.assign(assigned("a", NEW, due_at=week, period="7d"))
    day = week.astimezone(TOWN.timezone).date()
    holiday = DayOff(day=day, names={"en": "Holiday", "ko": "임시공휴일"}, source="a test")
    service.city = with_days_off(TOWN, [holiday])
    started = await service.another()
    await started.districts.recount.once()
    [moved] = [one for one in service.told("a") if isinstance(one, DeadlineRecounted)]
    assert moved.due_at > week


async def test_a_document_says_what_its_office_was_called_when_it_decided(
    service: Service,
) -> None:
    await delegate(service, NEW)
    await service.assign(assigned("stall", NEW, permit=True))
    request = decide_request(
        inquiry_id="stall", decision=events_pb2.PERMIT_DECISION_GRANTED, text="Granted."
    )
    number = (await service.offices.DecidePermit(request, metadata=as_office(NEW))).item.document_no
    await service.later(timedelta(days=1))
    await record(service, NEW, dong="new", names=("Other Name", "다른이름"), starts=TOMORROW)
    transport = httpx.ASGITransport(service.replica.districts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://districts") as web:
        assert (await web.get(f"/v1/permits/{number}")).json()["office"] == "New Office"
    asked = GetDocumentRequest(inquiry_id="stall", format=DOCUMENT_FORMAT_HTML)
    async with calling(service) as channel:
        paper = await PermitServiceStub(channel).GetDocument(asked, metadata=as_office(NEW))
    assert "New Office" in paper.content.decode()
