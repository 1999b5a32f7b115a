"""An office whose software uses the whole of the contract for offices: every command and question
of the services for work, cases and permits, one by one or many at once, and lists page by page.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import grpc
from dasan.districts.v1 import (
    cases_pb2,
    cases_pb2_grpc,
    permits_pb2,
    permits_pb2_grpc,
    work_pb2,
    work_pb2_grpc,
)
from google.protobuf import message_factory

from simulation.actors.credentials import Credential
from simulation.actors.offices import OfficeClient, heading

# Most commands that one call of many may hold.
MOST_AT_ONCE = 100
_STUBS: Mapping[Any, Any] = {
    work_pb2: work_pb2_grpc.OfficeWorkServiceStub,
    cases_pb2: cases_pb2_grpc.CaseServiceStub,
    permits_pb2: permits_pb2_grpc.PermitServiceStub,
}
_UNAVAILABLE: int = grpc.StatusCode.UNAVAILABLE.value[0]
_TRIES_APART_SECONDS = (0.2, 3.0)


class OfficeSoftware(OfficeClient):
    """One office. Each call is sent until the city has answered it, commands under one id.

    `answered` counts the calls that the city has answered, by the name of the rpc.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        office_id: str,
        credential: Credential,
        *,
        answered: Counter[str] | None = None,
    ) -> None:
        super().__init__(channel, office_id, credential)
        self.answered = Counter[str]() if answered is None else answered
        self._methods: dict[str, tuple[Any, Any]] = {}
        for contract, make in _STUBS.items():
            stub = make(channel)
            for service in contract.DESCRIPTOR.services_by_name.values():
                for rpc in service.methods:
                    request = message_factory.GetMessageClass(rpc.input_type)
                    self._methods[rpc.name] = (getattr(stub, rpc.name), request)

    async def order(
        self,
        rpc: str,
        inquiry_id: str,
        *,
        at: datetime | None = None,
        expected_version: int = 0,
        twice: bool = False,
        **words: Any,
    ) -> Any:
        """Carries out a command on one case, by its rpc's name; what the city answers, the first
        time where it is sent `twice` under its id. Raises `Refused`."""
        method, request = self._methods[rpc]
        sent = request(inquiry_id=inquiry_id, **heading(at, expected_version), **words)
        answer = await self._counted(rpc, method, sent)
        if twice:
            await self._counted(rpc, method, sent)
        return answer

    async def again(self, rpc: str, request: Any) -> Any:
        """Sends a request as it is, under the command id that it has; what the city answers. Raises
        `Refused`."""
        return await self._counted(rpc, self._methods[rpc][0], request)

    async def read(self, rpc: str, **fields: Any) -> Any:
        """Asks something, by its rpc's name. Raises `Refused`."""
        method, request = self._methods[rpc]
        return await self._counted(rpc, method, request(**fields))

    async def many(self, rpc: str, commands: Sequence[Any]) -> Sequence[Any]:
        """Carries out up to MOST_AT_ONCE commands by one call, `AcceptMany` or `AnswerMany`; the
        `CommandResult` of each, in their order. Those that may pass later are sent again."""
        method, request = self._methods[rpc]
        results: list[Any] = [None] * len(commands)
        left = list(range(len(commands)))
        delay, most = _TRIES_APART_SECONDS
        while True:
            sent = request(items=[commands[place] for place in left])
            answer = await self._counted(rpc, method, sent)
            for place, result in zip(left, answer.results, strict=True):
                results[place] = result
            left = [place for place in left if results[place].refusal.code == _UNAVAILABLE]
            if not left:
                return results
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, most)

    async def list_work(self, page_size: int, **filters: Any) -> AsyncIterator[Any]:
        """What lies at the office, page by page, due first. Raises `Refused`."""
        token = ""
        while True:
            page = await self.read("ListWork", page_size=page_size, page_token=token, **filters)
            for item in page.items:
                yield item
            if not (token := page.next_page_token):
                return

    async def _counted(self, rpc: str, method: Any, request: Any) -> Any:
        answer = await self._until_stored(method, request)
        self.answered[rpc] += 1
        return answer
