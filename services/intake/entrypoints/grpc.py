"""gRPC: personal data for the other services, each call for a stated purpose."""

from __future__ import annotations

from typing import Any

import grpc
from dasan.common.v1 import acts_pb2
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceServicer

from services.cities import City
from services.common.edge.access import Callers
from services.common.edge.grpc_kit import key_of, unary
from services.intake.application.disclose import Disclose, Disclosed
from services.intake.application.likeness import Likenesses
from services.intake.application.links import StatusLinks
from services.intake.domain import repeat
from services.intake.domain.model import CitizenAct, CitizenActKind, Contact, Inquiry, Place

CONTACTS = "dasan.intake.v1.ContactsService"

Context = grpc.aio.ServicerContext[Any, Any]

_NOBODY = Contact()
_ACT_KINDS = {
    CitizenActKind.SUPPLEMENT: acts_pb2.CITIZEN_ACT_KIND_SUPPLEMENT,
    CitizenActKind.MORE_TIME: acts_pb2.CITIZEN_ACT_KIND_MORE_TIME,
    CitizenActKind.WITHDRAWAL: acts_pb2.CITIZEN_ACT_KIND_WITHDRAWAL,
    CitizenActKind.OBJECTION: acts_pb2.CITIZEN_ACT_KIND_OBJECTION,
}


class ContactsServicer(ContactsServiceServicer):
    """Serves `dasan.intake.v1.ContactsService`."""

    def __init__(
        self,
        *,
        city: City,
        disclose: Disclose,
        links: StatusLinks,
        likenesses: Likenesses,
        callers: Callers,
    ) -> None:
        self._city = city
        self._disclose = disclose
        self._callers = callers
        self._links = links
        self._likenesses = likenesses

    @unary
    async def GetContacts(
        self, request: pb.GetContactsRequest, context: Context
    ) -> pb.GetContactsResponse:
        """How to reach the citizens of these inquiries."""
        disclosed = await self._disclose.disclose(
            request.inquiry_ids,
            caller=self._callers.of(key_of(context)),
            purpose=_purpose(request.purpose),
            what="contact",
        )
        return pb.GetContactsResponse(
            contacts=[self._contact(id_, state) for id_, state in disclosed.found.items()],
            missing=disclosed.missing,
        )

    @unary
    async def GetWords(self, request: pb.GetWordsRequest, context: Context) -> pb.GetWordsResponse:
        """What the citizens wrote and the places they named. To tell the citizen of a step, only
        the words that may be repeated, and nothing else."""
        disclosed = await self._disclose.disclose(
            request.inquiry_ids,
            caller=self._callers.of(key_of(context)),
            office_id=request.office_id,
            purpose=_purpose(request.purpose),
            what="words",
        )
        if request.purpose == pb.PURPOSE_NOTIFY:
            return await self._to_repeat(disclosed)
        return pb.GetWordsResponse(
            words=[
                _words(id_, state, for_office=request.purpose == pb.PURPOSE_HANDLE)
                for id_, state in disclosed.found.items()
            ],
            missing=disclosed.missing,
        )

    @unary
    async def GetLikenesses(
        self, request: pb.GetLikenessesRequest, context: Context
    ) -> pb.GetLikenessesResponse:
        """By what words and citizens are known again."""
        disclosed = await self._disclose.disclose(
            request.inquiry_ids,
            caller=self._callers.of(key_of(context)),
            purpose=_purpose(request.purpose),
            what="likeness",
        )
        return pb.GetLikenessesResponse(
            likenesses=[self._likeness(id_, state) for id_, state in disclosed.found.items()],
            missing=disclosed.missing,
        )

    async def _to_repeat(self, disclosed: Disclosed) -> pb.GetWordsResponse:
        records = (state.record for state in disclosed.found.values())
        vouched = (record.asked.text for record in records if repeat.is_vouched_for(record))
        await self._city.read_ahead(vouched)
        given = {
            id_: state
            for id_, state in disclosed.found.items()
            if repeat.may_be_repeated(state.record, self._city)
        }
        return pb.GetWordsResponse(
            words=[
                pb.Words(inquiry_id=id_, text=state.record.asked.text)
                for id_, state in given.items()
            ],
            missing=disclosed.missing,
            withheld=[id_ for id_ in disclosed.found if id_ not in given],
        )

    def _likeness(self, inquiry_id: str, state: Inquiry) -> pb.Likeness:
        asked = state.record.asked
        return pb.Likeness(
            inquiry_id=inquiry_id,
            signature=self._likenesses.signature(asked.text),
            petitioner=self._likenesses.petitioner(asked.contact),
        )

    def _contact(self, inquiry_id: str, state: Inquiry) -> pb.Contact:
        matter, contact = state.record.matter, state.record.asked.contact or _NOBODY
        return pb.Contact(
            inquiry_id=inquiry_id,
            receipt_number=matter.receipt_number,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            language=matter.language,
            status_url=self._links.url(inquiry_id),
            email_verified=contact.email_verified,
            phone_verified=contact.phone_verified,
        )


def _purpose(number: int) -> str | None:
    """The stated purpose, in lower case without its prefix; None for none or an unknown one."""
    if number == pb.PURPOSE_UNSPECIFIED or number not in pb.Purpose.values():
        return None
    return pb.Purpose.Name(number).removeprefix("PURPOSE_").lower()


def _words(inquiry_id: str, state: Inquiry, *, for_office: bool) -> pb.Words:
    """What the citizen wrote, with the place and the service that they named last. The form is for
    the office that handles the case alone."""
    record = state.record
    return pb.Words(
        inquiry_id=inquiry_id,
        text=record.asked.text,
        place=_place(record.place),
        service_code=record.named_service,
        attributes=[
            pb.Attribute(code=one.code, value=one.value)
            for one in (record.asked.attributes if for_office else ())
        ],
        acts=[_act(one) for one in (record.acts if for_office else ())],
    )


def _act(act: CitizenAct) -> pb.CitizenAct:
    return pb.CitizenAct(
        number=act.number,
        kind=_ACT_KINDS[act.kind],
        round=act.round,
        request=act.request,
        text=act.text,
        attachments=act.attachments,
        days=act.days,
        acted_at=act.acted_at,
    )


def _place(place: Place | None) -> pb.Place | None:
    if place is None:
        return None
    return pb.Place(lat=place.lat, lon=place.lon, dong_code=place.dong_code, address=place.address)
