"""Which office calls: the one that the file of callers names for the key or token sent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import aclosing
from functools import wraps
from typing import Any, TypeVar

from services.common.edge import grpc_kit
from services.common.edge.access import Callers, refused

log = logging.getLogger(__name__)

# The scope with which an office's software sees and does its office's work.
WORK = "work"

F = TypeVar("F", bound=Callable[..., Any])
Request = TypeVar("Request")
Answer = TypeVar("Answer")


class OfficeCallers:
    """The callers with the scope WORK, each with one of the city's offices, closed ones
    included."""

    def __init__(self, callers: Callers, offices: Container[str]) -> None:
        self._callers = callers
        self._offices = offices

    def of(self, sent: str) -> str:
        """The id of the office that sent this key or token.

        Raises DomainError as `access.Callers`; FORBIDDEN `not_allowed` without the scope WORK,
        `office_unknown` when the file names no office of this city.
        """
        caller = self._callers.of(sent)
        caller.must(WORK)
        if caller.office not in self._offices:
            raise caller.forbidden(
                "office_unknown", "the caller's entry names no office here", office=caller.office
            )
        return caller.office

    def report(self) -> None:
        """Logs each entry with the scope WORK that names no office of this city.

        The service starts all the same, so that the other offices can work.
        """
        for caller in self._callers.all():
            if WORK in caller.scopes and caller.office not in self._offices:
                fault = {"caller": caller.id, "office": caller.office}
                log.error("access.office_unknown", extra=fault)


def for_office(
    method: Callable[[Any, Request, str], Awaitable[Answer]],
) -> Callable[[Any, Request, Any], Awaitable[Answer]]:
    """Gives a method the id of the office that calls. Who calls is looked at before the request is
    read, so that nobody else is told what is wrong with one. The method's object has the
    OfficeCallers as `offices`."""

    @wraps(method)
    async def known(self: Any, request: Request, context: Any) -> Answer:
        return await method(self, request, self.offices.of(grpc_kit.key_of(context)))

    return known


def while_known(method: F) -> F:
    """Looks before each answer of a stream whether its caller is still known as it was at first: a
    key that was taken away, or a token that has ended, is given nothing more. The method's object
    has the OfficeCallers as `offices`."""

    @wraps(method)
    async def guarded(self: Any, request: Any, context: Any) -> AsyncIterator[Any]:
        sent = grpc_kit.key_of(context)
        office_id = self.offices.of(sent)
        async with aclosing(method(self, request, context)) as answers:
            async for answer in answers:
                if self.offices.of(sent) != office_id:
                    raise refused("office_changed", "you speak for another office now; watch again")
                yield answer

    return guarded  # type: ignore[return-value]
