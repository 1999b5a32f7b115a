"""The register of delegations by gRPC."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dasan.districts.v1 import delegations_pb2 as pb
from dasan.districts.v1 import events_pb2
from dasan.districts.v1.delegations_pb2_grpc import DelegationServiceServicer

from services.common.aggregates.update import Stored
from services.common.edge import grpc_kit
from services.common.kernel import DomainError, Kind
from services.districts.application.delegations import Delegations, Wanted
from services.districts.domain.delegation import commands
from services.districts.domain.delegation.competence import Happened, Reason, Step, history
from services.districts.domain.delegation.events import day_text
from services.districts.domain.delegation.model import (
    Delegation,
    Grant,
    Period,
    RecallEffect,
    periods,
)
from services.districts.entrypoints.days import day_of, day_or_none
from services.districts.entrypoints.office_callers import OfficeCallers, for_office

DELEGATIONS = "dasan.districts.v1.DelegationService"

# Delegations of a page, and what a caller may ask for at most.
PAGE, LARGEST_PAGE = 50, 200

_EFFECTS = {
    events_pb2.RECALL_EFFECT_UNSPECIFIED: RecallEffect.STAY,
    events_pb2.RECALL_EFFECT_STAY: RecallEffect.STAY,
    events_pb2.RECALL_EFFECT_RETURN: RecallEffect.RETURN,
}
_EFFECT_MESSAGES = {
    RecallEffect.STAY: events_pb2.RECALL_EFFECT_STAY,
    RecallEffect.RETURN: events_pb2.RECALL_EFFECT_RETURN,
}
_REASONS = {
    reason: pb.CompetenceReason.Name(pb.CompetenceReason.Value(f"COMPETENCE_REASON_{reason.name}"))
    for reason in Reason
}
_STEPS = {
    step: pb.DelegationStep.Name(pb.DelegationStep.Value(f"DELEGATION_STEP_{step.name}"))
    for step in Step
}


class DelegationServicer(DelegationServiceServicer):
    """Serves the office that the caller speaks for: its own district's delegations to command, and
    everybody's to read."""

    def __init__(self, *, delegations: Delegations, offices: OfficeCallers) -> None:
        self._delegations = delegations
        self.offices = offices

    @grpc_kit.unary
    @for_office
    async def RecordReadiness(
        self, request: pb.RecordReadinessRequest, office_id: str
    ) -> pb.RecordReadinessResponse:
        """Capacity and training of offices."""
        command = commands.RecordReadiness(
            office_ids=tuple(request.office_ids),
            monthly_capacity=request.monthly_capacity,
            checked_on=day_of(request.checked_on, "checked_on"),
            trained_on=day_of(request.trained_on, "trained_on"),
            **_by_district(request),
        )
        return pb.RecordReadinessResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def GrantDelegation(
        self, request: pb.GrantDelegationRequest, office_id: str
    ) -> pb.GrantDelegationResponse:
        """Hands a kind of permit to offices."""
        command = commands.GrantTo(
            office_ids=tuple(request.office_ids),
            legal_basis=request.legal_basis,
            since=day_of(request.valid_from, "valid_from"),
            until=day_or_none(request.valid_until, "valid_until"),
            **_by_district(request),
        )
        return pb.GrantDelegationResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def SuspendDelegation(
        self, request: pb.SuspendDelegationRequest, office_id: str
    ) -> pb.SuspendDelegationResponse:
        """Suspends a grant."""
        command = commands.Suspend(
            grant_id=request.grant_id,
            since=day_of(request.valid_from, "valid_from"),
            until=day_or_none(request.valid_until, "valid_until"),
            reason=request.reason,
            **_by_district(request),
        )
        return pb.SuspendDelegationResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def ResumeDelegation(
        self, request: pb.ResumeDelegationRequest, office_id: str
    ) -> pb.ResumeDelegationResponse:
        """Ends a suspension."""
        command = commands.Resume(
            grant_id=request.grant_id,
            since=day_of(request.valid_from, "valid_from"),
            **_by_district(request),
        )
        return pb.ResumeDelegationResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def RecallDelegation(
        self, request: pb.RecallDelegationRequest, office_id: str
    ) -> pb.RecallDelegationResponse:
        """Ends a grant."""
        effect = _EFFECTS.get(request.effect)
        if effect is None:
            raise DomainError("invalid_effect", Kind.INVALID, "stay or return", field="effect")
        command = commands.RecallGrant(
            grant_id=request.grant_id,
            since=day_of(request.valid_from, "valid_from"),
            effect=effect,
            reason=request.reason,
            **_by_district(request),
        )
        return pb.RecallDelegationResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def CancelDelegation(
        self, request: pb.CancelDelegationRequest, office_id: str
    ) -> pb.CancelDelegationResponse:
        """Takes a grant back before its first day."""
        command = commands.CancelGrant(
            grant_id=request.grant_id, reason=request.reason, **_by_district(request)
        )
        return pb.CancelDelegationResponse(delegation=await self._done(office_id, command))

    @grpc_kit.unary
    @for_office
    async def ListDelegations(
        self, request: pb.ListDelegationsRequest, office_id: str
    ) -> pb.ListDelegationsResponse:
        """One page of the registry."""
        size = request.page_size or PAGE
        if size > LARGEST_PAGE:
            raise DomainError(
                "invalid_page_size", Kind.INVALID, f"at most {LARGEST_PAGE}", field="page_size"
            )
        wanted = Wanted(
            district=request.district_code,
            service_code=request.service_code,
            office_id=request.office_id,
            on=day_or_none(request.on, "on"),
        )
        found, more = await self._delegations.page(wanted, request.page_token, size)
        return pb.ListDelegationsResponse(
            delegations=[_delegation(stored) for stored in found],
            next_page_token=found[-1].id if more else "",
        )

    @grpc_kit.unary
    @for_office
    async def GetDelegation(
        self, request: pb.GetDelegationRequest, office_id: str
    ) -> pb.GetDelegationResponse:
        """One delegation with its history."""
        stored = await self._delegations.get(request.district_code, request.service_code)
        steps = [] if stored.state is None else history(stored.state)
        return pb.GetDelegationResponse(
            delegation=_delegation(stored),
            history=_history(steps, office_id, request.district_code),
        )

    @grpc_kit.unary
    @for_office
    async def FindCompetent(
        self, request: pb.FindCompetentRequest, office_id: str
    ) -> pb.FindCompetentResponse:
        """Who is competent for a permit at a place on a day."""
        answer = await self._delegations.competent(
            request.service_code, request.place_code, day_or_none(request.on, "on")
        )
        found, pending = answer.competent, answer.pending
        return pb.FindCompetentResponse(
            office_id=found.office_id,
            reason=_REASONS[found.reason],
            legal_basis=found.legal_basis,
            grant_id=found.grant_id,
            on=day_text(answer.on),
            periods=[_period(period) for period in answer.periods],
            history=_history(answer.history, office_id, found.district),
            pending_office_id=pending.office_id,
            pending_reason=_REASONS[pending.reason],
        )

    async def _done(self, office_id: str, command: commands.Command) -> pb.Delegation:
        return _delegation(await self._delegations.carry_out(office_id, command))


def _by_district(request: Any) -> dict[str, Any]:
    """What every command says alike."""
    return {
        "service_code": request.service_code,
        "officer_code": request.officer_code,
        "command_id": request.command_id,
        "expected_version": request.expected_version or None,
    }


def _delegation(stored: Stored[Delegation]) -> pb.Delegation:
    delegation = stored.state
    assert delegation is not None, "a delegation that cannot be read is not shown"
    return pb.Delegation(
        delegation_id=stored.id,
        district_code=delegation.district,
        service_code=delegation.service_code,
        version=stored.version,
        grants=[_grant(grant) for grant in delegation.grants],
        periods=[_period(period) for period in periods(delegation)],
    )


def _grant(grant: Grant) -> pb.DelegationGrant:
    recall = grant.recall
    return pb.DelegationGrant(
        grant_id=grant.id,
        office_id=grant.office_id,
        legal_basis=grant.legal_basis,
        valid_from=day_text(grant.since),
        valid_until=day_text(grant.until),
        seeded=grant.seeded,
        entered_at=grant.entered.at,
        recalled_from="" if recall is None else day_text(recall.since),
        recall_effect=events_pb2.RECALL_EFFECT_UNSPECIFIED
        if recall is None
        else _EFFECT_MESSAGES[recall.effect],
        cancelled=grant.cancelled is not None,
    )


def _period(period: Period) -> events_pb2.DelegationPeriod:
    return events_pb2.DelegationPeriod(
        office_id=period.office_id,
        valid_from=day_text(period.days.start),
        valid_until=day_text(period.days.end),
        returned_on=day_text(period.returned_on),
        legal_basis=period.legal_basis,
    )


def _history(
    steps: Iterable[Happened], caller: str, district: str
) -> list[pb.DelegationHistoryEntry]:
    """The steps; who entered them is the district's own affair."""
    own = caller == f"d-{district}"
    return [
        pb.DelegationHistoryEntry(
            step=_STEPS[one.step],
            grant_id=one.grant_id,
            office_id=one.office_id,
            entered_at=one.entered.at,
            by_office_id=one.entered.office_id,
            officer_code=one.entered.officer_code if own else "",
            valid_from=day_text(one.since),
            valid_until=day_text(one.until),
            detail=one.detail,
        )
        for one in steps
    ]
