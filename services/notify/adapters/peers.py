"""The other services, asked by gRPC for a stated purpose and for a whole batch at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import grpc
from dasan.districts.v1 import answers_pb2, answers_pb2_grpc
from dasan.intake.v1 import contacts_pb2, contacts_pb2_grpc
from dasan.survey.v1 import invitations_pb2, invitations_pb2_grpc

from services.common.edge import grpc_kit
from services.notify.application.ports import Answer, Contact

# How long a message is held up for the citizen's words; after that it is sent without them.
WORDS_SECONDS = 2.0


class GrpcPeers:
    """Connects when first asked. Batches of notify stay below the 500 that the peers allow."""

    def __init__(
        self, *, intake: grpc.aio.Channel, districts: grpc.aio.Channel, survey: grpc.aio.Channel
    ) -> None:
        self._contacts = contacts_pb2_grpc.ContactsServiceStub(intake)
        self._answers = answers_pb2_grpc.AnswersServiceStub(districts)
        self._invitations = invitations_pb2_grpc.InvitationsServiceStub(survey)

    async def contacts(self, inquiry_ids: Sequence[str]) -> Mapping[str, Contact]:
        """How to reach the citizens, from intake."""
        if not inquiry_ids:
            return {}
        request = contacts_pb2.GetContactsRequest(
            inquiry_ids=inquiry_ids, purpose=contacts_pb2.PURPOSE_NOTIFY
        )
        with grpc_kit.reachable("intake"):
            found = await self._contacts.GetContacts(request, timeout=grpc_kit.CALL_SECONDS)
        return {
            contact.inquiry_id: Contact(
                name=contact.name,
                email=contact.email,
                phone=contact.phone,
                language=contact.language,
                status_url=contact.status_url,
                email_verified=contact.email_verified,
                phone_verified=contact.phone_verified,
            )
            for contact in found.contacts
        }

    async def words(self, inquiry_ids: Sequence[str]) -> Mapping[str, str]:
        """What the citizens wrote, from intake, which withholds what may not be repeated."""
        if not inquiry_ids:
            return {}
        request = contacts_pb2.GetWordsRequest(
            inquiry_ids=inquiry_ids, purpose=contacts_pb2.PURPOSE_NOTIFY
        )
        with grpc_kit.reachable("intake"):
            found = await self._contacts.GetWords(request, timeout=WORDS_SECONDS)
        return {words.inquiry_id: words.text for words in found.words}

    async def answers(self, inquiry_ids: Sequence[str]) -> Mapping[tuple[str, int], Answer]:
        """The answers by inquiry and round, from districts."""
        if not inquiry_ids:
            return {}
        request = answers_pb2.GetAnswersRequest(
            inquiry_ids=inquiry_ids, purpose=answers_pb2.ANSWER_PURPOSE_NOTIFY
        )
        with grpc_kit.reachable("districts"):
            found = await self._answers.GetAnswers(request, timeout=grpc_kit.CALL_SECONDS)
        return {
            (answer.inquiry_id, answer.round): Answer(
                text=answer.text,
                officer_unit=answer.officer_unit,
                officer_name=answer.officer_name,
                officer_phone=answer.officer_phone,
            )
            for answer in found.answers
        }

    async def survey_links(self, survey_ids: Sequence[str]) -> Mapping[str, str]:
        """The secret links by survey, from survey."""
        if not survey_ids:
            return {}
        request = invitations_pb2.GetLinksRequest(survey_ids=survey_ids)
        with grpc_kit.reachable("survey"):
            found = await self._invitations.GetLinks(request, timeout=grpc_kit.CALL_SECONDS)
        return {link.survey_id: link.url for link in found.links}
