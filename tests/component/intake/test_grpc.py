"""Personal data for other services, over a real gRPC server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import answers_pb2, answers_pb2_grpc
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub

from deploy.local.ports import Ports
from services.common.edge.grpc_kit import GrpcServer, channel
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.intake.adapters.answers import DistrictsAnswers
from services.intake.domain.events import InquiryAssigned, ServiceAsked
from tests.support.callers import metadata
from tests.support.kit import part

from .conftest import START, World


@pytest.fixture
async def stub(world: World) -> AsyncIterator[Any]:
    address = f"127.0.0.1:{world.settings.intake_grpc_port}"
    async with running([part(world.service, GrpcServer)]), channel(address) as connection:
        yield ContactsServiceStub(connection)


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    trailing = dict(error.value.trailing_metadata() or ())
    return error.value.code(), str(trailing.get("dasan-field", ""))


async def test_contacts_of_many_with_the_missing_named(world: World, stub: Any) -> None:
    first = await world.receipt(
        contact={"name": "홍길동", "email": "a@example.org", "phone": "010-0000-0001"},
        language="en",
    )
    second = await world.receipt()
    response = await stub.GetContacts(
        pb.GetContactsRequest(
            inquiry_ids=[first["inquiry_id"], "nobody", second["inquiry_id"], first["inquiry_id"]],
            purpose=pb.PURPOSE_NOTIFY,
        ),
        metadata=metadata("notify"),
    )
    assert list(response.missing) == ["nobody"]
    found, anonymous = response.contacts
    assert found == pb.Contact(
        inquiry_id=first["inquiry_id"],
        receipt_number=first["receipt_number"],
        name="홍길동",
        email="a@example.org",
        phone="+821000000001",
        language="en",
        status_url=first["status_url"],
    )
    assert (anonymous.email, anonymous.phone) == ("", "")
    assert anonymous.receipt_number == second["receipt_number"]


async def test_words_and_places_as_they_were_given(world: World, stub: Any) -> None:
    receipts = [
        await world.receipt(text="가", place={"lat": 37.5663, "lon": 126.9779}),
        await world.receipt(text="나", place={"dong_code": "1111010100"}, category="pothole"),
        await world.receipt(text="다", place={"address": "세종대로 175"}),
        await world.receipt(text="라"),
    ]
    response = await stub.GetWords(
        pb.GetWordsRequest(
            inquiry_ids=[receipt["inquiry_id"] for receipt in receipts],
            purpose=pb.PURPOSE_ROUTE,
        ),
        metadata=metadata("routing"),
    )
    point, dong, address, nowhere = response.words
    assert [words.text for words in response.words] == ["가", "나", "다", "라"]
    assert point.place == pb.Place(lat=37.5663, lon=126.9779)
    assert dong.place == pb.Place(dong_code="1111010100")
    assert dong.service_code == "pothole"
    assert address.place == pb.Place(address="세종대로 175")
    assert not nowhere.HasField("place")


async def test_inquiries_are_known_again_without_their_words(world: World, stub: Any) -> None:
    contact = {"phone": "010-0000-0001"}
    asked = [await world.receipt(text="등이 나갔어요", contact=contact) for _ in range(2)]
    ids = [receipt["inquiry_id"] for receipt in (*asked, await world.receipt())]
    request = pb.GetLikenessesRequest(inquiry_ids=[*ids, "gone"], purpose=pb.PURPOSE_ROUTE)
    response = await stub.GetLikenesses(request, metadata=metadata("routing"))
    first, again, nobody = response.likenesses
    assert [one.inquiry_id for one in response.likenesses] == ids
    assert first.signature == again.signature != nobody.signature
    assert first.petitioner == again.petitioner != ""
    assert nobody.petitioner == ""
    assert list(response.missing) == ["gone"]
    assert world.log.noted[-1].what == "likeness"


@pytest.mark.parametrize("caller", ["districts", "notify", "desk"])
async def test_nobody_but_routing_learns_what_is_alike(
    world: World, stub: Any, caller: str
) -> None:
    request = pb.GetLikenessesRequest(inquiry_ids=["x"], purpose=pb.PURPOSE_ROUTE)
    call = stub.GetLikenesses(request, metadata=metadata(caller))
    assert (await refusal(call))[0] is grpc.StatusCode.PERMISSION_DENIED


async def test_every_call_is_noted_before_its_answer(world: World, stub: Any) -> None:
    receipt = await world.receipt()
    await stub.GetWords(
        pb.GetWordsRequest(
            inquiry_ids=[receipt["inquiry_id"], "nobody"],
            purpose=pb.PURPOSE_HANDLE,
            office_id="d-11110",
        ),
        metadata=metadata("districts"),
    )
    (note,) = world.log.noted
    assert (note.at, note.caller, note.office_id) == (START, "districts", "d-11110")
    assert (note.purpose, note.what) == ("handle", "words")
    assert list(note.inquiry_ids) == [receipt["inquiry_id"], "nobody"]


async def test_without_a_note_nothing_is_given(
    world: World, stub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    monkeypatch.setattr(world.log, "note", away)
    request = pb.GetContactsRequest(inquiry_ids=["x"], purpose=pb.PURPOSE_NOTIFY)
    call = stub.GetContacts(request, metadata=metadata("notify"))
    assert (await refusal(call))[0] is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.GetContactsRequest(inquiry_ids=["x"]), "purpose"),
        (pb.GetContactsRequest(inquiry_ids=["x"] * 501, purpose=pb.PURPOSE_NOTIFY), "inquiry_ids"),
    ],
)
async def test_a_call_without_purpose_or_measure_is_refused(
    world: World, stub: Any, request_: pb.GetContactsRequest, field: str
) -> None:
    call = stub.GetContacts(request_, metadata=metadata("notify"))
    assert await refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert not world.log.noted


@pytest.mark.parametrize("sent", [(), metadata("somebody"), (("authorization", "Basic bm90aWZ5"),)])
async def test_without_a_known_key_nothing_is_given(
    world: World, stub: Any, sent: tuple[tuple[str, str], ...]
) -> None:
    receipt = await world.receipt(contact={"email": "a@example.org"})
    contact = pb.GetContactsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_NOTIFY)
    words = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_ROUTE)
    for call in (stub.GetContacts(contact, metadata=sent), stub.GetWords(words, metadata=sent)):
        assert (await refusal(call))[0] is grpc.StatusCode.UNAUTHENTICATED
    assert not world.log.noted


@pytest.mark.parametrize(
    ("caller", "purpose"),
    [
        ("routing", pb.PURPOSE_NOTIFY),
        ("districts", pb.PURPOSE_HANDLE),
        ("notify", pb.PURPOSE_ROUTE),
        ("portal", pb.PURPOSE_NOTIFY),
        ("desk", pb.PURPOSE_NOTIFY),
    ],
)
async def test_a_purpose_belongs_to_its_caller(
    world: World, stub: Any, caller: str, purpose: pb.Purpose
) -> None:
    receipt = await world.receipt(contact={"email": "a@example.org"})
    request = pb.GetContactsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=purpose)
    call = stub.GetContacts(request, metadata=metadata(caller))
    assert (await refusal(call))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert not world.log.noted


async def verified(world: World, text: str, **body: Any) -> str:
    """The id of an inquiry whose contact the portal vouches for."""
    contact = {"email": "a@example.org", "email_verified": True}
    answer = await world.post({"text": text, "contact": contact, **body}, caller="portal")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["inquiry_id"])


async def to_repeat(stub: Any, *inquiry_ids: str) -> pb.GetWordsResponse:
    request = pb.GetWordsRequest(inquiry_ids=inquiry_ids, purpose=pb.PURPOSE_NOTIFY)
    response: pb.GetWordsResponse = await stub.GetWords(request, metadata=metadata("notify"))
    return response


async def test_whose_a_contact_is_is_told_with_it(world: World, stub: Any) -> None:
    known = await verified(world, "가로등 고장")
    typed = await world.receipt(contact={"email": "a@example.org", "phone": "010-0000-0001"})
    request = pb.GetContactsRequest(
        inquiry_ids=[known, typed["inquiry_id"]], purpose=pb.PURPOSE_NOTIFY
    )
    response = await stub.GetContacts(request, metadata=metadata("notify"))
    assert [(c.email_verified, c.phone_verified) for c in response.contacts] == [
        (True, False),
        (False, False),
    ]


async def test_words_to_repeat_are_those_of_verified_contacts_and_nothing_else(
    world: World, stub: Any
) -> None:
    known = await verified(world, "가로등 고장", place={"address": "세종대로 175"})
    typed = await world.receipt(text="가로등 고장", contact={"email": "a@example.org"})
    response = await to_repeat(stub, known, typed["inquiry_id"], "nobody")
    assert list(response.words) == [pb.Words(inquiry_id=known, text="가로등 고장")]
    assert list(response.withheld) == [typed["inquiry_id"]]
    assert list(response.missing) == ["nobody"]
    (note,) = world.log.noted
    assert (note.caller, note.what, note.purpose) == ("notify", "words", "notify")


async def test_words_that_may_be_repeated_are_read_ahead_and_no_others(
    world: World, stub: Any
) -> None:
    known = await verified(world, "가로등 고장")
    typed = await world.receipt(text="도로 구멍", contact={"email": "a@example.org"})
    ahead = world.forgets()
    assert (await to_repeat(stub, known, typed["inquiry_id"])).words
    assert ahead == ["가로등 고장"]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("뇌물", {"category": "corruption"}),
        ("가로등 고장", {"category": "corruption"}),
        ("뇌물", {}),
        ("뇌물", {"category": "street-light"}),
        ("과장님이 업자한테 봉투 받는 걸 봤어요", {"category": "street-cleaning"}),
        ("zzz", {}),
    ],
)
async def test_words_of_what_is_sealed_or_may_be_are_withheld(
    world: World, stub: Any, text: str, body: dict[str, str]
) -> None:
    """By its category, by its words, by what only trained words make of them, or because nobody
    knows yet what it is about."""
    inquiry_id = await verified(world, text, **body)
    response = await to_repeat(stub, inquiry_id)
    assert (list(response.words), list(response.withheld)) == ([], [inquiry_id])


async def test_words_are_withheld_once_somebody_was_asked_whether_it_is_sealed(
    world: World, stub: Any
) -> None:
    inquiry_id = await verified(world, "가로등 고장")
    stored = world.store.documents[inquiry_id].state
    assert stored is not None
    asked = ServiceAsked(
        inquiry_id=inquiry_id,
        matter=replace(stored.record.matter, service_code=""),
        round=1,
        number=1,
        candidate_service_codes=("street-light", "corruption"),
        due_at=START,
        asked_at=START,
        answer_by=START,
    )
    assert not (await to_repeat(stub, inquiry_id)).withheld
    await world.hear(asked)
    assert list((await to_repeat(stub, inquiry_id)).withheld) == [inquiry_id]


async def test_words_of_what_turns_out_to_be_sealed_are_withheld(world: World, stub: Any) -> None:
    inquiry_id = await verified(world, "가로등 고장")
    stored = world.store.documents[inquiry_id].state
    assert stored is not None
    matter = replace(stored.record.matter, service_code="corruption")
    await world.hear(
        InquiryAssigned(
            inquiry_id=inquiry_id,
            matter=matter,
            round=1,
            attempt=1,
            office_id="c-audit",
            rule="manual",
            due_at=START,
            assigned_at=START,
        )
    )
    assert list((await to_repeat(stub, inquiry_id)).withheld) == [inquiry_id]


class Districts(answers_pb2_grpc.AnswersServiceServicer):
    """Has answered one inquiry twice, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[answers_pb2.GetAnswersRequest] = []

    async def GetAnswers(
        self, request: answers_pb2.GetAnswersRequest, context: Any
    ) -> answers_pb2.GetAnswersResponse:
        """The answers of both rounds."""
        self.asked.append(request)
        answers = [
            answers_pb2.Answer(inquiry_id=id_, round=round_, text=text)
            for id_ in request.inquiry_ids
            if id_ == "known"
            for round_, text in ((1, "고쳤습니다"), (2, "다시 고쳤습니다"))
        ]
        return answers_pb2.GetAnswersResponse(answers=answers)


async def test_the_words_of_answers_are_asked_for_with_a_purpose() -> None:
    districts, port = Districts(), Ports.free().districts_grpc
    server = GrpcServer(
        add=[lambda s: answers_pb2_grpc.add_AnswersServiceServicer_to_server(districts, s)],
        names=["dasan.districts.v1.AnswersService"],
        host="127.0.0.1",
        port=port,
        readiness=Readiness(),
    )
    async with channel(f"127.0.0.1:{port}") as connection:
        answers = DistrictsAnswers(connection)
        async with running([server]):
            assert await answers.words("known") == {1: "고쳤습니다", 2: "다시 고쳤습니다"}
            assert await answers.words("unknown") == {}
        with pytest.raises(DomainError) as error:
            await answers.words("known")
    assert (error.value.slug, error.value.kind) == ("districts_away", Kind.UNAVAILABLE)
    (known, _) = districts.asked
    assert known.purpose == answers_pb2.ANSWER_PURPOSE_STATUS


async def test_what_a_newer_version_wrote_is_not_called_missing(world: World, stub: Any) -> None:
    receipt = await world.receipt()
    world.store.unreadable.add(receipt["inquiry_id"])
    asked = pb.GetContactsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_NOTIFY)
    code, _ = await refusal(stub.GetContacts(asked, metadata=metadata("notify")))
    assert code is grpc.StatusCode.UNAVAILABLE
