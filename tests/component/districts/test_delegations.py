"""The register of delegations as districts serves it: commands, questions, seeding, and cases that
a recall gives back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import cases_pb2, events_pb2, work_pb2
from dasan.districts.v1 import delegations_pb2 as pb
from dasan.districts.v1.delegations_pb2_grpc import DelegationServiceStub

from services.common.aggregates.marking import marking
from services.common.aggregates.ticker import Ticker
from services.common.process.clock import new_id
from services.districts.application.returns import NOTICE
from services.districts.application.telling import mark_for_telling
from services.districts.domain.case.events import (
    CaseDeclined,
    ConsultationAnswered,
    DeadlineRecounted,
    DeclineReason,
    RecountCause,
    SupplementUnanswered,
)
from services.districts.domain.case.model import Declined, Open, State, state_of
from services.districts.domain.delegation.events import DelegationRecorded
from tests.component.districts.offices import (
    WIRE,
    Hurried,
    Service,
    as_office,
    assigned,
    in_seoul,
    refusal,
    serving,
)
from tests.support.callers import header
from tests.support.kit import part

WEST, EAST = as_office("d-west"), as_office("d-east")
STALL = "market-stall"
TODAY, TOMORROW = "2026-11-23", "2026-11-24"


@asynccontextmanager
async def registry(service: Service) -> AsyncIterator[DelegationServiceStub]:
    """A stub of the register of a service that runs."""
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        yield DelegationServiceStub(channel)


@pytest.fixture
async def stub(service: Service) -> AsyncIterator[DelegationServiceStub]:
    async with registry(service) as found:
        yield found


def ready(**said: Any) -> pb.RecordReadinessRequest:
    values: dict[str, Any] = {
        "service_code": STALL,
        "office_ids": ["o-mill"],
        "monthly_capacity": 30,
        "checked_on": TODAY,
        "trained_on": TODAY,
        "officer_code": "W-1",
    }
    return pb.RecordReadinessRequest(**{**values, **said})


def grant(**said: Any) -> pb.GrantDelegationRequest:
    values: dict[str, Any] = {
        "service_code": STALL,
        "office_ids": ["o-mill"],
        "legal_basis": "town rule 7",
        "valid_from": TODAY,
        "officer_code": "W-1",
    }
    return pb.GrantDelegationRequest(**{**values, **said})


def recall(effect: int = events_pb2.RECALL_EFFECT_UNSPECIFIED, **said: Any) -> Any:
    values: dict[str, Any] = {
        "service_code": STALL,
        "grant_id": 1,
        "valid_from": TODAY,
        "effect": effect,
        "reason": "too few people",
        "officer_code": "W-1",
    }
    return pb.RecallDelegationRequest(**{**values, **said})


async def granted(stub: DelegationServiceStub, **said: Any) -> pb.Delegation:
    await stub.RecordReadiness(ready(), metadata=WEST)
    answer = await stub.GrantDelegation(grant(**said), metadata=WEST)
    found: pb.Delegation = answer.delegation
    return found


def told(service: Service) -> list[DelegationRecorded]:
    found = [WIRE.decode(e.type, e.key, e.data) for e in service.delegations.told()]
    return [event for event in found if isinstance(event, DelegationRecorded)]


async def test_readiness_then_a_grant_then_who_is_competent(
    service: Service, stub: DelegationServiceStub
) -> None:
    status, trailing = await refusal(stub.GrantDelegation(grant(), metadata=WEST))
    assert (status, trailing["dasan-slug"]) == (grpc.StatusCode.FAILED_PRECONDITION, "not_ready")
    delegation = await granted(stub)
    assert (delegation.delegation_id, delegation.version) == ("delegation:west:market-stall", 2)
    found = await stub.FindCompetent(
        pb.FindCompetentRequest(service_code=STALL, place_code="mill"), metadata=EAST
    )
    assert (found.office_id, found.legal_basis, found.on) == ("o-mill", "town rule 7", TODAY)
    assert found.reason == pb.COMPETENCE_REASON_DELEGATED
    assert [step.step for step in found.history] == [
        pb.DELEGATION_STEP_READINESS,
        pb.DELEGATION_STEP_GRANTED,
    ]
    assert {step.officer_code for step in found.history} == {""}  # another district asks
    own = await stub.GetDelegation(
        pb.GetDelegationRequest(district_code="west", service_code=STALL), metadata=WEST
    )
    assert {step.officer_code for step in own.history} == {"W-1"}
    last = max(told(service), key=lambda event: event.revision)
    assert (last.revision, [p.office_id for p in last.periods]) == (2, ["o-mill"])


async def test_only_the_district_itself_acts_on_its_delegations(
    service: Service, stub: DelegationServiceStub
) -> None:
    await granted(stub)
    for caller, slug in ((as_office("o-mill"), "not_a_district"), (EAST, "foreign_office")):
        _, trailing = await refusal(stub.RecordReadiness(ready(), metadata=caller))
        assert trailing["dasan-slug"] == slug
    # The same number at another district is another grant, or none.
    status, trailing = await refusal(stub.RecallDelegation(recall(), metadata=EAST))
    assert (status, trailing["dasan-slug"]) == (grpc.StatusCode.NOT_FOUND, "unknown_grant")
    status, _ = await refusal(stub.RecallDelegation(recall(), metadata=as_office("nobody")))
    assert status is grpc.StatusCode.UNAUTHENTICATED
    assert set(service.delegations.documents) == {"delegation:west:market-stall"}
    assert service.delegations.documents["delegation:west:market-stall"].version == 2


async def test_a_command_sent_again_has_the_effect_of_one(
    service: Service, stub: DelegationServiceStub
) -> None:
    await stub.RecordReadiness(ready(), metadata=WEST)
    first = await stub.GrantDelegation(grant(command_id="a"), metadata=WEST)
    again = await stub.GrantDelegation(grant(command_id="a"), metadata=WEST)
    assert first == again
    status, trailing = await refusal(stub.GrantDelegation(grant(command_id="b"), metadata=WEST))
    assert trailing["dasan-slug"] == "overlapping_grant"
    status, trailing = await refusal(
        stub.RecallDelegation(recall(expected_version=1), metadata=WEST)
    )
    assert (status, trailing["dasan-version"]) == (grpc.StatusCode.ABORTED, "2")
    status, trailing = await refusal(stub.GrantDelegation(grant(expected_version=1), metadata=WEST))
    assert (status, trailing["dasan-version"]) == (grpc.StatusCode.ABORTED, "2")


@pytest.mark.parametrize(
    ("said", "slug", "field"),
    [
        ({"valid_from": "tomorrow"}, "invalid_date", "valid_from"),
        ({"valid_from": "20261124"}, "invalid_date", "valid_from"),
        ({"valid_from": TOMORROW, "valid_until": TODAY}, "dates_out_of_order", "valid_until"),
        ({"legal_basis": ""}, "no_legal_basis", "legal_basis"),
        ({"office_ids": ["o-hill"]}, "foreign_office", "office_ids"),
        ({"service_code": "lamp"}, "not_delegable", "service_code"),
        ({"command_id": "x" * 65}, "invalid_command_id", "command_id"),
    ],
)
async def test_bad_input_is_named(
    stub: DelegationServiceStub, said: dict[str, Any], slug: str, field: str
) -> None:
    status, trailing = await refusal(stub.GrantDelegation(grant(**said), metadata=WEST))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert (trailing["dasan-slug"], trailing["dasan-field"]) == (slug, field)


async def test_suspended_resumed_and_cancelled(stub: DelegationServiceStub) -> None:
    await granted(stub)
    suspended = await stub.SuspendDelegation(
        pb.SuspendDelegationRequest(
            service_code=STALL, grant_id=1, valid_from=TODAY, reason="audit", officer_code="W-1"
        ),
        metadata=WEST,
    )
    assert list(suspended.delegation.periods) == []
    resumed = await stub.ResumeDelegation(
        pb.ResumeDelegationRequest(
            service_code=STALL, grant_id=1, valid_from=TOMORROW, officer_code="W-1"
        ),
        metadata=WEST,
    )
    assert [period.valid_from for period in resumed.delegation.periods] == [TOMORROW]
    await stub.RecordReadiness(ready(office_ids=["o-quay"]), metadata=WEST)
    await stub.GrantDelegation(grant(office_ids=["o-quay"], valid_from=TOMORROW), metadata=WEST)
    cancelled = await stub.CancelDelegation(
        pb.CancelDelegationRequest(
            service_code=STALL, grant_id=2, reason="wrong office", officer_code="W-1"
        ),
        metadata=WEST,
    )
    assert [one.cancelled for one in cancelled.delegation.grants] == [False, True]


async def test_the_pack_seeds_once_and_never_again() -> None:
    service = in_seoul()
    async with serving(service), registry(service) as stub:
        seed = service.replica.districts.delegations.seed
        await seed()
        count = len(service.delegations.documents)
        pairs = {(one.service, one.district) for one in service.city.delegations}
        assert count == len(pairs) > 20
        jongno = as_office("d-11110")
        await stub.RecallDelegation(recall(service_code="bulky-waste"), metadata=jongno)
        version = service.delegations.documents["delegation:11110:bulky-waste"].version
        await (await service.another()).districts.delegations.seed()
        assert service.delegations.documents["delegation:11110:bulky-waste"].version == version


async def test_after_the_database_was_set_back_a_person_has_every_delegation_told_again(
    service: Service, stub: DelegationServiceStub
) -> None:
    """The bus holds a recall that the database has forgotten; whoever follows the register must
    come to what it says now. Marked twice and by two replicas, each is told once."""
    await granted(stub)
    [key] = service.delegations.documents
    before = service.delegations.documents[key]
    service.now += timedelta(seconds=1)
    await stub.RecallDelegation(recall(), metadata=WEST)
    lost = max(told(service), key=lambda event: event.recorded_at)
    service.delegations.documents[key] = before
    service.now += timedelta(seconds=1)
    aggregates = marking(
        "districts", service.delegations, wire=WIRE, clock=lambda: service.now, new_id=new_id
    )
    for _ in range(2):
        assert (
            await mark_for_telling([key], aggregates, clock=lambda: service.now, new_id=new_id) == 1
        )
    await service.later(timedelta(seconds=1))
    for replica in (service.replica, await service.another()):
        await part(replica.districts, Ticker, "delegations_ticker").tick()
    [holds] = [event for event in told(service) if event.recorded_at > lost.recorded_at]
    assert holds.periods != lost.periods
    assert [period.office_id for period in holds.periods] == ["o-mill"]
    assert await service.delegations.waking(service.now + timedelta(days=9), 10) == []


async def test_lists_page_by_page_with_filters() -> None:
    service = in_seoul()
    async with serving(service), registry(service) as stub:
        await service.replica.districts.delegations.seed()
        metadata = as_office("o-1111053000")
        found, token, pages = [], "", 0
        while pages == 0 or token:
            page = await stub.ListDelegations(
                pb.ListDelegationsRequest(page_size=4, page_token=token), metadata=metadata
            )
            found += [one.delegation_id for one in page.delegations]
            token, pages = page.next_page_token, pages + 1
        assert found == sorted(service.delegations.documents)
        assert pages == -(-len(found) // 4)
        of_one = await stub.ListDelegations(
            pb.ListDelegationsRequest(office_id="o-1111053000", on=TODAY), metadata=metadata
        )
        assert {one.district_code for one in of_one.delegations} == {"11110"}
        status, _ = await refusal(
            stub.ListDelegations(pb.ListDelegationsRequest(page_size=201), metadata=metadata)
        )
        assert status is grpc.StatusCode.INVALID_ARGUMENT


async def test_who_was_competent_over_http(service: Service, stub: DelegationServiceStub) -> None:
    await granted(stub)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service.replica.districts.web),
        base_url="http://districts",
        headers=header("d-west"),
    ) as http:
        found = await http.get(
            "/v1/competence", params={"service": STALL, "dong": "mill", "on": TODAY}
        )
        assert found.status_code == 200, found.text
        body = found.json()
        assert (body["office_id"], body["reason"]) == ("o-mill", "delegated")
        assert [step["step"] for step in body["history"]] == ["readiness", "granted"]
        wrong = await http.get("/v1/competence", params={"service": STALL, "dong": "moon"})
        assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:dasan:unknown_dong")
        nobody = await http.get(
            "/v1/competence",
            params={"service": STALL, "dong": "mill"},
            headers={"Authorization": "Bearer x"},
        )
        assert nobody.status_code == 401


class TestCasesInFlight:
    async def at_mill(self, service: Service, stub: DelegationServiceStub) -> None:
        await granted(stub)
        await service.assign(
            assigned("stall", permit=True),
            assigned("bound", permit=True, binding=True),
            assigned("other"),
            assigned("own", "d-west", permit=True),
        )

    async def test_a_recall_leaves_them_by_default(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.at_mill(service, stub)
        await stub.RecallDelegation(recall(), metadata=WEST)
        await service.later(NOTICE)
        await service.replica.districts.returns.once()
        states = {id_: stored.state for id_, stored in service.store.documents.items()}
        assert all(isinstance(state, Open) for state in states.values())

    async def test_one_that_returns_gives_back_just_those_of_the_delegation(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.at_mill(service, stub)
        await stub.RecallDelegation(recall(events_pb2.RECALL_EFFECT_RETURN), metadata=WEST)
        returns = service.replica.districts.returns
        await returns.once()
        assert isinstance(service.store.documents["stall"].state, Open)  # routing may not know yet
        await service.later(NOTICE)
        await returns.once()
        states = {id_: stored.state for id_, stored in service.store.documents.items()}
        assert isinstance(states["stall"], Declined)
        assert all(isinstance(states[id_], Open) for id_ in ("bound", "other", "own"))
        [declined] = [e for e in service.told("stall") if isinstance(e, CaseDeclined)]
        assert (declined.office_id, declined.reason, declined.suggested_office_id) == (
            "o-mill",
            DeclineReason.NOT_COMPETENT,
            "d-west",
        )

    async def test_twice_by_another_replica_and_for_a_case_that_comes_late(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.at_mill(service, stub)
        await stub.RecallDelegation(recall(events_pb2.RECALL_EFFECT_RETURN), metadata=WEST)
        await service.later(NOTICE)
        other = await service.another()
        await service.replica.districts.returns.once()
        version = service.store.documents["stall"].version
        await other.districts.returns.once()
        assert service.store.documents["stall"].version == version
        await service.assign(assigned("late", permit=True))
        await other.districts.returns.once()
        assert isinstance(service.store.documents["late"].state, Declined)

    async def test_from_the_day_of_the_recall_on(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.at_mill(service, stub)
        await stub.RecallDelegation(
            recall(events_pb2.RECALL_EFFECT_RETURN, valid_from=TOMORROW), metadata=WEST
        )
        await service.later(NOTICE)
        await service.replica.districts.returns.once()
        assert isinstance(service.store.documents["stall"].state, Open)  # its day has not come
        await service.later(timedelta(days=1))
        await service.replica.districts.returns.once()
        assert isinstance(service.store.documents["stall"].state, Declined)


class TestWhatIsWaitedForAtARecall:
    """The period counts on by law, and what is waited for goes along to the district."""

    async def given_back(self, service: Service, stub: DelegationServiceStub) -> None:
        """The stall's case, recalled with what waits, and opened at the district by routing."""
        await stub.RecallDelegation(recall(events_pb2.RECALL_EFFECT_RETURN), metadata=WEST)
        await service.later(NOTICE)
        for _ in range(2):
            await service.replica.districts.returns.once()
        assert isinstance(service.store.documents["stall"].state, Declined)
        again = assigned("stall", "d-west", attempt=2, permit=True, period="7d")
        for _ in range(2):
            await service.assign(again)

    async def taken(self, service: Service, stub: DelegationServiceStub) -> None:
        await granted(stub)
        await service.assign(assigned("stall", permit=True, period="7d"))
        request = work_pb2.AcceptRequest(inquiry_id="stall")
        await service.offices.Accept(request, metadata=as_office("o-mill"))

    async def test_a_supplement_comes_to_the_district_and_the_clock_stood_still(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.taken(service, stub)
        async with service.replica.acting() as acts:
            asked = cases_pb2.RequestSupplementRequest(inquiry_id="stall", text="A plan.", days=9)
            before = await acts.RequestSupplement(asked, metadata=as_office("o-mill"))
            await self.given_back(service, stub)
            case = service.store.documents["stall"].state
            assert case is not None
            assert state_of(case) is State.SUPPLEMENT_REQUESTED
            gone = cases_pb2.ReceiveSupplementRequest(inquiry_id="stall")
            status, _ = await refusal(acts.ReceiveSupplement(gone, metadata=as_office("o-mill")))
            assert status is grpc.StatusCode.FAILED_PRECONDITION
            await service.later(timedelta(days=3))
            came = (await acts.ReceiveSupplement(gone, metadata=WEST)).item
        assert came.case_state == work_pb2.CASE_STATE_OPENED
        assert came.due_at.ToDatetime() > before.item.due_at.ToDatetime()

    async def test_one_that_never_comes_lapses_at_the_district(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.taken(service, stub)
        async with service.replica.acting() as acts:
            asked = cases_pb2.RequestSupplementRequest(inquiry_id="stall", text="A plan.", days=1)
            await acts.RequestSupplement(asked, metadata=as_office("o-mill"))
        await self.given_back(service, stub)
        await service.later(timedelta(days=5))
        for _ in range(2):
            await part(service.replica.districts, Ticker, "ticker").tick()
        told = service.told("stall")
        [unanswered] = [one for one in told if isinstance(one, SupplementUnanswered)]
        assert unanswered.office_id == "d-west"
        causes = [one.cause for one in told if isinstance(one, DeadlineRecounted)]
        assert causes.count(RecountCause.SUPPLEMENTED) == 1

    async def test_the_office_that_was_asked_answers_the_district(
        self, service: Service, stub: DelegationServiceStub
    ) -> None:
        await self.taken(service, stub)
        async with service.replica.acting() as acts:
            question = cases_pb2.ConsultRequest(
                inquiry_id="stall", consulted_office_id="d-east", text="And you?", days=3
            )
            await acts.Consult(question, metadata=as_office("o-mill"))
            await self.given_back(service, stub)
            asked = await acts.ListConsultations(
                cases_pb2.ListConsultationsRequest(), metadata=EAST
            )
            [one] = asked.consultations
            answer = cases_pb2.AnswerConsultationRequest(
                inquiry_id="stall", number=one.number, text="No."
            )
            for _ in range(2):
                await acts.AnswerConsultation(answer, metadata=EAST)
            history = await acts.GetHistory(
                cases_pb2.GetHistoryRequest(inquiry_id="stall"), metadata=WEST
            )
        assert [one.answer for one in history.consultations] == ["No."]
        [told] = [e for e in service.told("stall") if isinstance(e, ConsultationAnswered)]
        assert (told.office_id, told.consulted_office_id) == ("d-west", "d-east")
