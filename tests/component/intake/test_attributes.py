"""The form of an application: checked at receipt, kept with the words, given only to the office."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub

from services.common.edge.grpc_kit import GrpcServer, channel
from services.common.run.service import running
from services.intake.domain.model import Attribute
from tests.support.callers import metadata
from tests.support.kit import part

from .conftest import World

SHOP = {"trade_name": "다산상회", "domain": "shop.example.kr", "sells": "책", "corporation": False}
APPLIES = {"text": "통신판매업 신고합니다", "category": "mail-order", "attributes": SHOP}


@pytest.fixture
async def stub(world: World) -> AsyncIterator[Any]:
    address = f"127.0.0.1:{world.settings.intake_grpc_port}"
    async with running([part(world.service, GrpcServer)]), channel(address) as connection:
        yield ContactsServiceStub(connection)


async def test_a_form_is_kept_with_the_words(world: World) -> None:
    receipt = await world.receipt(**APPLIES)
    state = world.store.documents[receipt["inquiry_id"]].state
    assert state is not None
    assert state.record.asked.attributes == (
        Attribute(code="trade_name", value="다산상회"),
        Attribute(code="domain", value="shop.example.kr"),
        Attribute(code="sells", value="책"),
        Attribute(code="corporation", value="no"),
    )


async def test_nothing_of_a_form_is_told_on_the_bus(world: World) -> None:
    await world.post(APPLIES)
    (told,) = world.store.told()
    for word in ("다산상회", "shop.example", "trade_name"):
        assert word.encode() not in told.data


async def test_who_sends_no_form_is_received_all_the_same(world: World) -> None:
    """An office may not refuse to receive an application (Petitions Act 9)."""
    assert (await world.post({"text": "신고합니다", "category": "mail-order"})).status_code == 201


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"attributes": {}}, ["trade_name", "domain", "sells", "corporation"]),
        ({"attributes": {**SHOP, "colour": "red"}}, ["colour"]),
        ({"attributes": {**SHOP, "corporation": "no"}}, ["corporation"]),
        ({"attributes": {**SHOP, "trade_name": "가" * 101}}, ["trade_name"]),
        ({"category": None}, [""]),
        ({"category": "noise"}, [""]),
    ],
)
async def test_a_faulty_form_is_refused_with_each_field_named(
    world: World, change: dict[str, Any], fields: list[str]
) -> None:
    response = await world.post({**APPLIES, **change})
    assert response.status_code == 422
    told = response.json()
    assert told["type"] == "urn:dasan:invalid_request"
    assert [fault["field"] for fault in told["errors"]] == [
        f"attributes.{field}".rstrip(".") for field in fields
    ]
    assert not world.store.documents


@pytest.mark.parametrize("value", [None, 1.5, [1], {"a": 1}, 10**16, "a" * 1001])
async def test_a_value_that_no_form_takes_is_refused(world: World, value: object) -> None:
    response = await world.post({**APPLIES, "attributes": {**SHOP, "sells": value}})
    assert response.status_code == 422


async def test_another_form_under_the_same_key_is_another_request(world: World) -> None:
    """Also where only a no has become a yes."""
    first = await world.post(APPLIES, key="k")
    again = await world.post({**APPLIES, "attributes": dict(reversed(SHOP.items()))}, key="k")
    other = await world.post({**APPLIES, "attributes": {**SHOP, "corporation": True}}, key="k")
    assert first.json() == again.json()
    assert other.status_code == 409


async def test_the_office_gets_the_form_and_routing_does_not(world: World, stub: Any) -> None:
    receipt = await world.receipt(**APPLIES)
    given = {}
    for caller, purpose in (("districts", pb.PURPOSE_HANDLE), ("routing", pb.PURPOSE_ROUTE)):
        asked = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=purpose)
        [words] = (await stub.GetWords(asked, metadata=metadata(caller))).words
        given[caller] = {one.code: one.value for one in words.attributes}
    assert given["districts"] == {**SHOP, "corporation": "no"}
    assert given["routing"] == {}


async def test_the_catalogue_says_which_fields_a_form_has(world: World) -> None:
    services = (await world.client.get("/v1/services?lang=en")).json()["services"]
    forms = {service["code"]: service["form"] for service in services}
    assert forms["noise"] == []
    fields = {field["code"]: field for field in forms["food-business"]}
    assert fields["floor_area"] == {
        "code": "floor_area",
        "name": "Floor area (m²)",
        "type": "integer",
        "required": True,
        "least": 1,
        "most": 100000,
        "choices": [],
    }
    assert fields["water"]["choices"][0] == {"code": "mains", "name": "Mains"}
