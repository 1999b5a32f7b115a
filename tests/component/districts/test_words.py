"""What intake holds of a citizen's words reaches districts whole, over a real port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from dasan.common.v1 import acts_pb2
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1 import contacts_pb2_grpc

from deploy.local.ports import HOST
from services.districts.adapters.intake import IntakeWords
from services.districts.application.ports import CitizenWords
from services.districts.domain.case.events import CitizenActKind

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


class Contacts(contacts_pb2_grpc.ContactsServiceServicer):
    """Holds the words of inquiry `a`, and notes for whom they are asked."""

    def __init__(self, place: pb.Place | None) -> None:
        self.asked: list[pb.GetWordsRequest] = []
        self.words = pb.Words(inquiry_id="a", text="Here", place=place)

    async def GetWords(self, request: pb.GetWordsRequest, context: Any) -> pb.GetWordsResponse:
        self.asked.append(request)
        if list(request.inquiry_ids) != ["a"]:
            return pb.GetWordsResponse(missing=request.inquiry_ids)
        return pb.GetWordsResponse(words=[self.words])


async def words(contacts: Contacts, inquiry_id: str = "a") -> CitizenWords | None:
    server = grpc.aio.server()
    contacts_pb2_grpc.add_ContactsServiceServicer_to_server(contacts, server)
    port = server.add_insecure_port(f"{HOST}:0")
    await server.start()
    try:
        options = [("grpc.enable_http_proxy", 0)]
        async with grpc.aio.insecure_channel(f"{HOST}:{port}", options=options) as channel:
            return await IntakeWords(channel).of(inquiry_id, "o-mill")
    finally:
        await server.stop(None)


@pytest.mark.parametrize(
    ("place", "address", "dong_code", "point"),
    [
        (pb.Place(address="3 Mill Lane"), "3 Mill Lane", "", (None, None)),
        (pb.Place(dong_code="1111053000"), "", "1111053000", (None, None)),
        (pb.Place(lat=37.5, lon=127.0), "", "", (37.5, 127.0)),
        (
            pb.Place(address="3 Mill Lane", dong_code="w2", lat=37.5, lon=127.0),
            "3 Mill Lane",
            "w2",
            (37.5, 127.0),
        ),
        (pb.Place(lat=37.5), "", "", (None, None)),
        (None, "", "", (None, None)),
    ],
)
async def test_every_form_of_place_is_taken_over(
    place: pb.Place | None, address: str, dong_code: str, point: tuple[float | None, float | None]
) -> None:
    contacts = Contacts(place)
    found = await words(contacts)
    assert found == CitizenWords(
        text="Here", address=address, dong_code=dong_code, lat=point[0], lon=point[1]
    )
    [asked] = contacts.asked
    assert (asked.purpose, asked.office_id) == (pb.PURPOSE_HANDLE, "o-mill")


async def test_the_form_is_taken_over_in_its_order() -> None:
    contacts = Contacts(None)
    filled = [pb.Attribute(code="width", value="3"), pb.Attribute(code="goods", value="책")]
    contacts.words.attributes.extend(filled)
    found = await words(contacts)
    assert found is not None
    assert found.attributes == (("width", "3"), ("goods", "책"))


async def test_what_the_citizen_did_since_is_taken_over_and_what_is_newer_is_left_out() -> None:
    contacts = Contacts(None)
    newer: Any = 77
    for number, kind in enumerate((acts_pb2.CITIZEN_ACT_KIND_MORE_TIME, newer), start=1):
        contacts.words.acts.append(
            pb.CitizenAct(number=number, kind=kind, round=1, request=1, days=5, acted_at=AT)
        )
    found = await words(contacts)
    assert found is not None
    [act] = found.acts
    assert (act.number, act.kind, act.days) == (1, CitizenActKind.MORE_TIME, 5)
    assert act.acted_at == AT


async def test_what_intake_does_not_hold_is_none() -> None:
    assert await words(Contacts(None), "b") is None
