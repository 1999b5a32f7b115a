"""The citizens' words, asked of intake for the purpose of routing and forgotten after use, and the
digests by which inquiries are known to be alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import grpc
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub

from services.cities import Place
from services.common.edge import grpc_kit
from services.routing.application.ports import Digests
from services.routing.domain.policy import Statement


class IntakeWords:
    """Words by gRPC, a whole batch in one call."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ContactsServiceStub(channel)

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Statement]:
        """The statements of these inquiries; an id that intake does not hold is absent."""
        request = pb.GetWordsRequest(inquiry_ids=inquiry_ids, purpose=pb.PURPOSE_ROUTE)
        with grpc_kit.reachable("intake"):
            answer = await self._stub.GetWords(request, timeout=grpc_kit.CALL_SECONDS)
        return {words.inquiry_id: _statement(words) for words in answer.words}


class IntakeResemblance:
    """By what inquiries are alike, by gRPC, a whole batch in one call."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ContactsServiceStub(channel)

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Digests]:
        """The digests of these inquiries; an id that intake does not hold is absent."""
        request = pb.GetLikenessesRequest(inquiry_ids=inquiry_ids, purpose=pb.PURPOSE_ROUTE)
        with grpc_kit.reachable("intake"):
            answer = await self._stub.GetLikenesses(request, timeout=grpc_kit.CALL_SECONDS)
        return {
            one.inquiry_id: Digests(signature=one.signature, petitioner=one.petitioner)
            for one in answer.likenesses
        }


def _statement(words: pb.Words) -> Statement:
    return Statement(
        text=words.text,
        place=_place(words.place) if words.HasField("place") else None,
    )


def _place(place: pb.Place) -> Place | None:
    point = place.HasField("lat") and place.HasField("lon")
    if not (point or place.dong_code or place.address):
        return None
    return Place(
        lat=place.lat if point else None,
        lon=place.lon if point else None,
        code=place.dong_code or None,
        address=place.address or None,
    )
