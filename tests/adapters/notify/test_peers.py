"""What notify asks intake, districts and survey, over real gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import answers_pb2, answers_pb2_grpc
from dasan.intake.v1 import contacts_pb2, contacts_pb2_grpc
from dasan.survey.v1 import invitations_pb2, invitations_pb2_grpc
from pydantic import SecretStr

from deploy.local.ports import Ports
from services.common.edge import grpc_kit
from services.common.edge.grpc_kit import GrpcServer
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError
from services.common.run.service import running
from services.notify.adapters.peers import GrpcPeers
from services.notify.application.ports import Answer, Contact


class Everybody(
    contacts_pb2_grpc.ContactsServiceServicer,
    answers_pb2_grpc.AnswersServiceServicer,
    invitations_pb2_grpc.InvitationsServiceServicer,
):
    """The three peers in one; each knows `i-1` only, which was answered twice. `asked` and `keys`
    keep every request."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.keys: list[str] = []
        self.refuse = False

    async def GetContacts(self, request: Any, context: Any) -> contacts_pb2.GetContactsResponse:
        if self.refuse:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "too many")
        self.asked.append(request)
        self.keys.append(grpc_kit.key_of(context))
        known = contacts_pb2.Contact(
            inquiry_id="i-1",
            name="김하나",
            email="a@citizen.example",
            phone="+82200000000",
            language="ko",
            status_url="http://intake.example/s",
            phone_verified=True,
        )
        return contacts_pb2.GetContactsResponse(contacts=[known], missing=["i-2"])

    async def GetWords(self, request: Any, context: Any) -> contacts_pb2.GetWordsResponse:
        self.asked.append(request)
        self.keys.append(grpc_kit.key_of(context))
        known = contacts_pb2.Words(inquiry_id="i-1", text="가로등이 꺼졌어요")
        return contacts_pb2.GetWordsResponse(words=[known], withheld=["i-2"])

    async def GetAnswers(self, request: Any, context: Any) -> answers_pb2.GetAnswersResponse:
        self.asked.append(request)
        self.keys.append(grpc_kit.key_of(context))
        known = [
            answers_pb2.Answer(
                inquiry_id="i-1",
                round=1,
                text="수리했습니다.",
                officer_unit="도로과",
                officer_name="홍길동 주무관",
                officer_phone="02-0000-0000",
            ),
            answers_pb2.Answer(inquiry_id="i-1", round=2, text="다시 수리했습니다."),
        ]
        return answers_pb2.GetAnswersResponse(answers=known, missing=["i-2"])

    async def GetLinks(self, request: Any, context: Any) -> invitations_pb2.GetLinksResponse:
        self.asked.append(request)
        self.keys.append(grpc_kit.key_of(context))
        known = invitations_pb2.Link(survey_id="i-1-1", url="http://survey.example/s/i-1-1/t")
        return invitations_pb2.GetLinksResponse(links=[known], missing=["i-2-1"])


@pytest.fixture
def everybody() -> Everybody:
    return Everybody()


@pytest.fixture
async def peers(everybody: Everybody) -> AsyncIterator[GrpcPeers]:
    port = Ports.free().intake_grpc
    server = GrpcServer(
        add=[
            lambda s: contacts_pb2_grpc.add_ContactsServiceServicer_to_server(everybody, s),
            lambda s: answers_pb2_grpc.add_AnswersServiceServicer_to_server(everybody, s),
            lambda s: invitations_pb2_grpc.add_InvitationsServiceServicer_to_server(everybody, s),
        ],
        names=[],
        host="127.0.0.1",
        port=port,
        readiness=Readiness(),
    )
    async with running([server]), grpc_kit.channel(f"127.0.0.1:{port}", SecretStr("k")) as channel:
        yield GrpcPeers(intake=channel, districts=channel, survey=channel)


async def test_peers_are_asked_for_all_at_once_saying_who_asks_and_why(
    peers: GrpcPeers, everybody: Everybody
) -> None:
    assert await peers.contacts(["i-1", "i-2"]) == {
        "i-1": Contact(
            name="김하나",
            email="a@citizen.example",
            phone="+82200000000",
            language="ko",
            status_url="http://intake.example/s",
            phone_verified=True,
        )
    }
    assert await peers.words(["i-1", "i-2"]) == {"i-1": "가로등이 꺼졌어요"}
    assert await peers.answers(["i-1", "i-2"]) == {
        ("i-1", 1): Answer(
            text="수리했습니다.",
            officer_unit="도로과",
            officer_name="홍길동 주무관",
            officer_phone="02-0000-0000",
        ),
        ("i-1", 2): Answer(text="다시 수리했습니다."),
    }
    assert await peers.survey_links(["i-1-1", "i-2-1"]) == {
        "i-1-1": "http://survey.example/s/i-1-1/t"
    }
    contacts, words, answers, links = everybody.asked
    assert words.purpose == contacts_pb2.PURPOSE_NOTIFY
    assert contacts.purpose == contacts_pb2.PURPOSE_NOTIFY
    assert answers.purpose == answers_pb2.ANSWER_PURPOSE_NOTIFY
    for request in (contacts, words, answers):
        assert list(request.inquiry_ids) == ["i-1", "i-2"]
    assert list(links.survey_ids) == ["i-1-1", "i-2-1"]
    assert everybody.keys == ["k"] * 4


async def test_nobody_is_asked_about_nothing(peers: GrpcPeers, everybody: Everybody) -> None:
    assert await peers.contacts([]) == {}
    assert await peers.words([]) == {}
    assert await peers.answers([]) == {}
    assert await peers.survey_links([]) == {}
    assert everybody.asked == []


async def test_a_peer_that_is_away_is_named() -> None:
    async with grpc_kit.channel(f"127.0.0.1:{Ports.free().intake_grpc}") as nowhere:
        peers = GrpcPeers(intake=nowhere, districts=nowhere, survey=nowhere)
        for ask, slug in (
            (peers.contacts, "intake_away"),
            (peers.words, "intake_away"),
            (peers.answers, "districts_away"),
            (peers.survey_links, "survey_away"),
        ):
            with pytest.raises(DomainError) as away:
                await ask(["i-1"])
            assert (away.value.slug, away.value.kind) == (slug, "unavailable")


async def test_a_refusal_of_a_peer_is_not_mistaken_for_its_absence(
    peers: GrpcPeers, everybody: Everybody
) -> None:
    everybody.refuse = True
    with pytest.raises(grpc.aio.AioRpcError):
        await peers.contacts(["i-1"])
