"""The gRPC API of routing, for the software of the city's coordinator."""

from __future__ import annotations

from typing import Any

import grpc
from dasan.routing.v1 import arbitration_pb2 as pb
from dasan.routing.v1.arbitration_pb2_grpc import ArbitrationServiceServicer

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.grpc_kit import key_of, unary
from services.common.process import telemetry
from services.routing.application.handlers import Routing
from services.routing.entrypoints.scopes import ASSIGN, hidden_from

ARBITRATION = "dasan.routing.v1.ArbitrationService"

Context = grpc.aio.ServicerContext[Any, Any]


class ArbitrationServicer(ArbitrationServiceServicer):
    """Serves `dasan.routing.v1.ArbitrationService`."""

    def __init__(self, *, city: City, routing: Routing, callers: Callers) -> None:
        self._city = city
        self._routing = routing
        self._callers = callers

    @unary
    async def Designate(
        self, request: pb.DesignateRequest, context: Context
    ) -> pb.DesignateResponse:
        """Names the office of what lies with the arbitration desk."""
        caller = self._caller(context, ASSIGN)
        telemetry.annotate(request.inquiry_id)
        # Whoever may not see a sealed matter learns nothing of it by an order, either.
        await self._routing.assignment(request.inquiry_id, hidden=hidden_from(self._city, caller))
        assigned = await self._routing.designate(
            request.inquiry_id,
            office_id=request.office_id,
            caller=caller.id,
            command_id=request.command_id,
        )
        current = assigned.current
        return pb.DesignateResponse(
            office_id=current.office_id,
            round=assigned.round,
            attempt=current.number,
            binding=current.binding,
        )

    def _caller(self, context: Context, scope: str) -> Caller:
        """Who calls; raises UNAUTHENTICATED, or FORBIDDEN without the scope."""
        caller = self._callers.of(key_of(context))
        caller.must(scope)
        return caller
