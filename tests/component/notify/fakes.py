"""Stand-ins for the peers and channels of notify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.common.kernel import DomainError, Kind
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import Accepted, Delivery, DeliveryChannel, Result
from tests.support.memory import MemoryStore

T = TypeVar("T")


class MemoryDeliveries(MemoryStore[Delivery]):
    """Deliveries in a dict."""

    async def of(self, inquiry_id: str) -> Sequence[Delivery]:
        own = sorted(id_ for id_ in self.documents if id_.startswith(f"{inquiry_id}:"))
        return [state for id_ in own if (state := self.documents[id_].state) is not None]


@dataclass
class KnownPeers:
    """Answers from dicts, and remembers what it was asked. `away` names a peer out of reach."""

    contact: dict[str, Contact] = field(default_factory=dict)
    answer: dict[tuple[str, int], str] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    away: str = ""
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    async def contacts(self, inquiry_ids: Sequence[str]) -> Mapping[str, Contact]:
        return self._look("contacts", self.contact, inquiry_ids)

    async def answers(self, inquiry_ids: Sequence[str]) -> Mapping[tuple[str, int], str]:
        self._ask("answers", inquiry_ids)
        return {of: words for of, words in self.answer.items() if of[0] in inquiry_ids}

    async def survey_links(self, survey_ids: Sequence[str]) -> Mapping[str, str]:
        return self._look("links", self.link, survey_ids)

    def _look(self, what: str, known: Mapping[str, T], ids: Sequence[str]) -> Mapping[str, T]:
        self._ask(what, ids)
        return {id_: known[id_] for id_ in ids if id_ in known}

    def _ask(self, what: str, ids: Sequence[str]) -> None:
        if ids:
            self.asked.append((what, list(ids)))
        if self.away == what:
            raise DomainError(f"{what}_away", Kind.UNAVAILABLE, "try again")


class Outbox:
    """A channel that keeps what was sent and answers as told."""

    def __init__(self, kind: DeliveryChannel, *, repeatable: bool = True) -> None:
        self.kind = kind
        self.repeatable = repeatable
        self.sent: list[Message] = []
        self.behave: Callable[[Message], Result] = lambda message: Accepted()

    def reaches(self, contact: Contact) -> bool:
        match self.kind:
            case DeliveryChannel.EMAIL:
                return bool(contact.email)
            case DeliveryChannel.SMS:
                return bool(contact.phone)
            case DeliveryChannel.FILE:
                return True

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        self.sent += messages
        return [self.behave(message) for message in messages]
