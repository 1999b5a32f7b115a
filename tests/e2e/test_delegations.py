"""A district recalls a permit from a community office while the city runs: what comes afterwards,
and what is not decided yet, goes to the district."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import delegations_pb2 as pb
from dasan.districts.v1 import events_pb2
from dasan.districts.v1.delegations_pb2_grpc import DelegationServiceStub

from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.support.callers import metadata
from tests.support.city import ANSWER, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

# 종로구 창신제1동, of which no other test speaks.
DONG, DISTRICT, SERVICE = "1111067000", "d-11110", "bulky-waste"
OFFICE = f"o-{DONG}"
# The notice that districts gives routing, and two looks.
RETURNED_WITHIN = 60.0


async def asked_there(city: City) -> Asked:
    return await city.ask(
        Kind.CASE,
        {"text": "대형폐기물 배출", "category": SERVICE, "place": {"dong_code": DONG}},
    )


async def given(city: City, asked: Asked, attempt: int = 1, within: float = 20.0) -> Any:
    await city.told(asked.inquiry_id, f"CaseOpened:1:{attempt}", within=within)
    return (await city.told(asked.inquiry_id, f"InquiryAssigned:1:{attempt}")).message


async def test_a_recall_counts_for_what_comes_and_takes_back_what_is_not_decided(
    city: City,
) -> None:
    before = await asked_there(city)
    assert (await given(city, before)).office_id == OFFICE
    today = datetime.now(UTC).astimezone(city.pack.timezone).date().isoformat()
    me = metadata(city.stack.office_keys()[DISTRICT])
    async with grpc.aio.insecure_channel(city.stack.grpc_address("districts")) as channel:
        register = DelegationServiceStub(channel)
        there = pb.FindCompetentRequest(service_code=SERVICE, place_code=DONG)
        found = await register.FindCompetent(there, metadata=me, timeout=5)
        assert (found.office_id, found.grant_id > 0) == (OFFICE, True)
        recall = pb.RecallDelegationRequest(
            service_code=SERVICE,
            grant_id=found.grant_id,
            valid_from=today,
            effect=events_pb2.RECALL_EFFECT_RETURN,
            reason="인력 부족",
            officer_code="J-17",
            command_id="recall-e2e",
        )
        await register.RecallDelegation(recall, metadata=me, timeout=5)
        await register.RecallDelegation(recall, metadata=me, timeout=5)
        found = await register.FindCompetent(there, metadata=me, timeout=5)
        assert (found.office_id, found.reason) == (DISTRICT, pb.COMPETENCE_REASON_RECALLED)
        assert [one.step for one in found.history] == [
            pb.DELEGATION_STEP_GRANTED,
            pb.DELEGATION_STEP_RECALLED,
        ]
    # Routing hears of it within a second.
    offices: list[str] = []

    async def at_the_district() -> bool:
        asked = await asked_there(city)
        offices.append((await given(city, asked)).office_id)
        if offices[-1] == DISTRICT:
            await city.office(DISTRICT).decide(
                asked.inquiry_id, events_pb2.PERMIT_DECISION_GRANTED, ANSWER
            )
        return offices[-1] == DISTRICT

    await eventually(at_the_district, 10.0, "the district gets what comes")
    back = await given(city, before, attempt=2, within=RETURNED_WITHIN)
    assert (back.office_id, back.rule, back.delegated_by) == (DISTRICT, "suggested_office", "")
    declined = (await city.told(before.inquiry_id, "CaseDeclined:1:1")).message
    assert (declined.office_id, declined.suggested_office_id) == (OFFICE, DISTRICT)
    await city.office(DISTRICT).decide(
        before.inquiry_id, events_pb2.PERMIT_DECISION_GRANTED, ANSWER
    )
    permit = (await city.told(before.inquiry_id, "PermitDecided:1")).message
    assert (permit.office_id, permit.delegated_by) == (DISTRICT, "")
