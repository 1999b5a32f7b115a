"""The words of answers, from districts by gRPC."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from dasan.districts.v1 import answers_pb2 as pb
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceStub

from services.common.edge.grpc_kit import reachable

# How long the status page waits for the words of answers; after that it is shown without them.
_SECONDS = 2.0


class DistrictsAnswers:
    """Asks for one inquiry's answers to show them on its citizen's status page."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = AnswersServiceStub(channel)

    async def words(self, inquiry_id: str) -> Mapping[int, str]:
        """The words of the answers, by round; raises DomainError UNAVAILABLE."""
        request = pb.GetAnswersRequest(inquiry_ids=[inquiry_id], purpose=pb.ANSWER_PURPOSE_STATUS)
        with reachable("districts"):
            response = await self._stub.GetAnswers(request, timeout=_SECONDS)
        return {answer.round: answer.text for answer in response.answers}
