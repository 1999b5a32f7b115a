"""InvitationsService: the secret links, for notify only."""

from __future__ import annotations

from typing import Any

from dasan.survey.v1 import invitations_pb2, invitations_pb2_grpc

from services.common.edge import grpc_kit
from services.common.edge.access import Callers
from services.common.kernel import DomainError, Kind
from services.survey.application.handlers import Surveys
from services.survey.domain.model import Invited
from services.survey.domain.tokens import Tokens

INVITATIONS = "dasan.survey.v1.InvitationsService"
MOST = 500
# The scope that a caller needs to get links.
LINKS = "survey-links"


def link(public_url: str, tokens: Tokens, survey_id: str) -> str:
    """The address of one survey's page."""
    return f"{public_url.rstrip('/')}/s/{survey_id}/{tokens.of(survey_id)}"


class InvitationsServicer(invitations_pb2_grpc.InvitationsServiceServicer):
    """Gives the links of open surveys; names all other ids as missing."""

    def __init__(
        self, *, surveys: Surveys, tokens: Tokens, public_url: str, callers: Callers
    ) -> None:
        self._callers = callers
        self._surveys = surveys
        self._tokens = tokens
        self._public_url = public_url

    @grpc_kit.unary
    async def GetLinks(
        self, request: invitations_pb2.GetLinksRequest, context: Any
    ) -> invitations_pb2.GetLinksResponse:
        self._callers.of(grpc_kit.key_of(context)).must(LINKS)
        ids = list(dict.fromkeys(request.survey_ids))
        if len(ids) > MOST:
            raise DomainError(
                "too_many", Kind.INVALID, f"ask for at most {MOST}", field="survey_ids"
            )
        found = await self._surveys.get_many(ids)
        open_ids = [id_ for id_ in ids if isinstance(found.get(id_), Invited)]
        return invitations_pb2.GetLinksResponse(
            links=[
                invitations_pb2.Link(survey_id=id_, url=link(self._public_url, self._tokens, id_))
                for id_ in open_ids
            ],
            missing=[id_ for id_ in ids if id_ not in set(open_ids)],
        )
