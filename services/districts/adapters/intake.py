"""The citizen's words, asked of intake for an office that handles the case."""

from __future__ import annotations

from datetime import UTC

import grpc
from dasan.common.v1 import acts_pb2
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub

from services.common.edge import grpc_kit
from services.districts.application.ports import ActWords, CitizenWords
from services.districts.domain.case.events import CitizenActKind

_KINDS = {
    acts_pb2.CITIZEN_ACT_KIND_SUPPLEMENT: CitizenActKind.SUPPLEMENT,
    acts_pb2.CITIZEN_ACT_KIND_MORE_TIME: CitizenActKind.MORE_TIME,
    acts_pb2.CITIZEN_ACT_KIND_WITHDRAWAL: CitizenActKind.WITHDRAWAL,
    acts_pb2.CITIZEN_ACT_KIND_OBJECTION: CitizenActKind.OBJECTION,
}


class IntakeWords:
    """Words by gRPC, for the purpose of handling."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ContactsServiceStub(channel)

    async def of(self, inquiry_id: str, office_id: str) -> CitizenWords | None:
        """What the citizen wrote and where; None when intake does not hold the inquiry."""
        request = pb.GetWordsRequest(
            inquiry_ids=[inquiry_id], purpose=pb.PURPOSE_HANDLE, office_id=office_id
        )
        with grpc_kit.reachable("intake"):
            answer = await self._stub.GetWords(request, timeout=grpc_kit.CALL_SECONDS)
        if not answer.words:
            return None
        words = answer.words[0]
        point = words.place.HasField("lat") and words.place.HasField("lon")
        return CitizenWords(
            text=words.text,
            address=words.place.address,
            dong_code=words.place.dong_code,
            lat=words.place.lat if point else None,
            lon=words.place.lon if point else None,
            attributes=tuple((one.code, one.value) for one in words.attributes),
            # A kind that a newer intake knows is shown once this version knows it, too.
            acts=tuple(_act(one) for one in words.acts if one.kind in _KINDS),
        )


def _act(one: pb.CitizenAct) -> ActWords:
    return ActWords(
        number=one.number,
        kind=_KINDS[one.kind],
        round=one.round,
        request=one.request,
        text=one.text,
        attachments=tuple(one.attachments),
        days=one.days,
        acted_at=one.acted_at.ToDatetime(tzinfo=UTC),
    )
