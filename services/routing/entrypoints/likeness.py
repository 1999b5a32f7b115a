"""HTTP for matters that are alike: what may be closed as a repetition, what may be joined, and the
orders of whoever decides it. It shows why matters are held alike, and no pseudonym."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with
from services.common.edge.openapi import AWAY, NOT_STORED, Refusal, refusals
from services.routing.application.likeness import Alike, Crowd, Earlier, Repeat
from services.routing.domain.assignment.model import Assigned, EndCause, Ended
from services.routing.domain.likeness.compare import Evidence, SamePlace
from services.routing.domain.likeness.joint import MOST_MEMBERS
from services.routing.domain.likeness.repeats import CloseRepeat
from services.routing.entrypoints.schema import UNKNOWN, InquiryId, OfficeBody
from services.routing.entrypoints.scopes import ASSIGN, ASSIGNMENTS, hidden_from

# So many earlier ones are named at most: two are enough.
_MOST_EARLIER = 50
_InBody = Annotated[str, Field(min_length=1, max_length=64)]

_CLOSE_REFUSALS = (
    UNKNOWN,
    *NOT_STORED,
    Refusal(status=409, slug="already_ended", meaning="It is answered already"),
    Refusal(status=409, slug="not_at_office", meaning="It has no office yet"),
    Refusal(
        status=409,
        slug="never_closed",
        meaning="What a law grants or certifies, or what follows a procedure of its own",
    ),
    Refusal(
        status=409,
        slug="not_repeated",
        meaning="The named ones are fewer than two, or not the same citizen's of the same content",
    ),
    Refusal(
        status=409,
        slug="not_answered_twice",
        meaning="Fewer than two of them were answered before this one was received",
    ),
    Refusal(
        status=409,
        slug="committee_needed",
        meaning="It is one of a joint matter: the mediation committee considers it first",
    ),
)
_JOIN_REFUSALS = (
    UNKNOWN,
    *NOT_STORED,
    Refusal(status=409, slug="not_joint", meaning="Fewer than five citizens, or several services"),
    Refusal(status=409, slug="not_open", meaning="One lies at no office, or is answered"),
    Refusal(status=409, slug="joined_elsewhere", meaning="One is joined under another lead"),
    Refusal(status=422, slug="too_many_members", meaning=f"At most {MOST_MEMBERS}"),
)


class EvidenceBody(BaseModel):
    """Why two matters are held alike."""

    text: float = Field(description="Likeness of the words, 0 to 1")
    place: SamePlace
    same_service: bool
    same_petitioner: bool = Field(description="The same contact was given")
    days_apart: int

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """The body of the evidence."""
        return cls(
            text=round(evidence.text, 2),
            place=evidence.place,
            same_service=evidence.same_service,
            same_petitioner=evidence.same_petitioner,
            days_apart=evidence.days_apart,
        )


class AlikeBody(BaseModel):
    """A matter that is like another one."""

    inquiry_id: str
    receipt_number: str
    received_at: datetime
    office: OfficeBody | None = Field(description="Null while it has none")
    answered_at: datetime | None = Field(description="Null unless it was answered")
    evidence: EvidenceBody

    @classmethod
    def of(cls, city: City, earlier: Earlier) -> Self:
        """The body of a matter beside the one it is like."""
        state = earlier.known.state
        placed = state if isinstance(state, Assigned | Ended) else None
        answered = isinstance(state, Ended) and state.cause is EndCause.ANSWERED
        return cls(
            inquiry_id=state.inquiry_id,
            receipt_number=state.matter.receipt_number,
            received_at=state.matter.received_at,
            office=None if placed is None else OfficeBody.of(city, placed.current.office_id),
            answered_at=state.ended_at if isinstance(state, Ended) and answered else None,
            evidence=EvidenceBody.of(earlier.evidence),
        )


class MatterBody(BaseModel):
    """A matter at its office."""

    inquiry_id: str
    receipt_number: str
    service_code: str
    kind: str | None
    received_at: datetime
    office: OfficeBody
    due_at: datetime

    @classmethod
    def of(cls, city: City, state: Assigned) -> Self:
        """The body of a matter."""
        return cls(
            inquiry_id=state.inquiry_id,
            receipt_number=state.matter.receipt_number,
            service_code=state.matter.service_code,
            kind=state.matter.kind,
            received_at=state.matter.received_at,
            office=OfficeBody.of(city, state.current.office_id),
            due_at=state.decision.due_at,
        )


class RepeatBody(BaseModel):
    """A matter that may be closed as a repetition."""

    matter: MatterBody
    since: datetime = Field(description="When it was found to be one")
    earlier: list[AlikeBody] = Field(description="What it repeats, the earliest first")
    committee_needed: bool = Field(description="The mediation committee has to consider it first")

    @classmethod
    def of(cls, city: City, repeat: Repeat) -> Self:
        """The body of an offer."""
        return cls(
            matter=MatterBody.of(city, repeat.state),
            since=repeat.since,
            earlier=[AlikeBody.of(city, one) for one in repeat.earlier],
            committee_needed=repeat.committee_needed,
        )


class RepeatsBody(BaseModel):
    """What may be closed as a repetition."""

    repeats: list[RepeatBody]


class CrowdBody(BaseModel):
    """Matters of different citizens with the same aim."""

    lead: MatterBody = Field(description="The one that came first, or that leads already")
    since: datetime
    joined: int = Field(description="How many it leads already")
    members: list[AlikeBody] = Field(description="Those that may be joined to it")

    @classmethod
    def of(cls, city: City, crowd: Crowd) -> Self:
        """The body of an offer."""
        joint = crowd.lead.joint
        return cls(
            lead=MatterBody.of(city, crowd.lead),
            since=crowd.since,
            joined=0 if joint is None else len(joint.members),
            members=[AlikeBody.of(city, one) for one in crowd.members],
        )


class JointOffersBody(BaseModel):
    """What may be joined."""

    offers: list[CrowdBody]


class CloseRepeatBody(BaseModel):
    """Closes a matter without an answer, as it repeats earlier ones."""

    model_config = ConfigDict(extra="forbid")

    earlier: list[_InBody] = Field(
        max_length=_MOST_EARLIER, description="Ids of the inquiries that it repeats, at least two"
    )
    committee: bool = Field(default=False, description="The mediation committee has considered it")


class ClosedBody(BaseModel):
    """A matter that was closed as a repetition."""

    inquiry_id: str
    receipt_number: str
    office: OfficeBody = Field(description="The one that had it last")
    closed_at: datetime


class JoinBody(BaseModel):
    """Joins matters under one lead."""

    model_config = ConfigDict(extra="forbid")

    lead: _InBody = Field(description="Id of the inquiry that leads")
    members: list[_InBody] = Field(min_length=1, max_length=MOST_MEMBERS)


class JointBody(BaseModel):
    """A joint matter."""

    lead: MatterBody
    members: list[str] = Field(description="Ids of the inquiries that it leads")


def likeness_routes(present: Callable[[], City], alike: Alike, callers: Callers) -> APIRouter:
    """The lists and the orders; `present` gives the city of now, which names the offices."""
    router = APIRouter(prefix="/v1")
    may_read = Depends(caller_with(callers, ASSIGNMENTS))
    may_assign = Depends(caller_with(callers, ASSIGN))

    @router.get("/repeats", responses=refusals(*AWAY))
    async def repeats(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, caller: Caller = may_read
    ) -> RepeatsBody:
        """What the same citizen has asked for at least twice before, with two answers by then. A
        person decides whether there is a good reason to ask again."""
        city = present()
        found = await alike.repeats(limit, hidden_from(city, caller))
        return RepeatsBody(repeats=[RepeatBody.of(city, one) for one in found])

    @router.post("/assignments/{inquiry_id}/close-repeat", responses=refusals(*_CLOSE_REFUSALS))
    async def close_repeat(
        inquiry_id: InquiryId, body: CloseRepeatBody, caller: Caller = may_assign
    ) -> ClosedBody:
        """Closes a repetition without an answer; the citizen is told so, and why. The same order
        again changes nothing."""
        city = present()
        ended = await alike.close(
            inquiry_id,
            order=CloseRepeat(earlier=tuple(body.earlier), committee=body.committee),
            hidden=hidden_from(city, caller),
            caller=caller.id,
        )
        return ClosedBody(
            inquiry_id=ended.inquiry_id,
            receipt_number=ended.matter.receipt_number,
            office=OfficeBody.of(city, ended.current.office_id),
            closed_at=ended.ended_at,
        )

    @router.get("/joint-offers", responses=refusals(*AWAY))
    async def joint_offers(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, caller: Caller = may_read
    ) -> JointOffersBody:
        """Matters of five citizens or more with the same aim, which may be dealt with together."""
        city = present()
        found = await alike.joint_offers(limit, hidden_from(city, caller))
        return JointOffersBody(offers=[CrowdBody.of(city, one) for one in found])

    @router.post("/joint", responses=refusals(*_JOIN_REFUSALS))
    async def join(body: JoinBody, caller: Caller = may_assign) -> JointBody:
        """Joins matters under one lead: they move to its office where that may take them, and each
        is still answered. The same order again changes nothing."""
        city = present()
        led = await alike.join(
            body.lead, body.members, hidden=hidden_from(city, caller), caller=caller.id
        )
        members = () if led.joint is None else led.joint.members
        return JointBody(lead=MatterBody.of(city, led), members=list(members))

    return router
