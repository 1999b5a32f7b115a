"""Stand-ins for the peers and channels of notify."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from services.common.kernel import DomainError, Kind
from services.notify.application.ports import Answer, Contact, Message
from services.notify.domain.model import Accepted, Delivery, DeliveryChannel, Result
from tests.support.memory import MemoryStore

T = TypeVar("T")


class MemoryDeliveries(MemoryStore[Delivery]):
    """Deliveries in a dict, which is in the order of no ids."""

    async def of(self, inquiry_id: str) -> Sequence[Delivery]:
        own = sorted(id_ for id_ in self.documents if id_.startswith(f"{inquiry_id}:"))
        return [state for id_ in own if (state := self.documents[id_].state) is not None]

    async def page(self, after: str, most: int) -> Sequence[tuple[str, Delivery]]:
        ids = sorted(id_ for id_ in self.documents if id_ > after)[:most]
        return [(id_, state) for id_ in ids if (state := self.documents[id_].state) is not None]


@dataclass
class MemoryLimits:
    """Places by address and hour; the same suite holds it and the database's."""

    most: int = 1_000
    taken: dict[tuple[str, datetime], set[str]] = field(default_factory=lambda: defaultdict(set))

    async def take(self, wanted: Sequence[tuple[str, str]], now: datetime) -> Collection[str]:
        over = set()
        for delivery_id, address in wanted:
            places = self.taken[address, self.free_at(now)]
            if delivery_id not in places and len(places) >= self.most:
                over.add(delivery_id)
            else:
                places.add(delivery_id)
        return over

    def free_at(self, now: datetime) -> datetime:
        return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@dataclass
class KnownPeers:
    """Answers from dicts, and remembers what it was asked. `away` names a peer out of reach."""

    contact: dict[str, Contact] = field(default_factory=dict)
    answer: dict[tuple[str, int], Answer] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    word: dict[str, str] = field(default_factory=dict)
    away: str = ""
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    async def contacts(self, inquiry_ids: Sequence[str]) -> Mapping[str, Contact]:
        return self._look("contacts", self.contact, inquiry_ids)

    async def words(self, inquiry_ids: Sequence[str]) -> Mapping[str, str]:
        return self._look("words", self.word, inquiry_ids)

    async def answers(self, inquiry_ids: Sequence[str]) -> Mapping[tuple[str, int], Answer]:
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

    def address(self, contact: Contact) -> str:
        match self.kind:
            case DeliveryChannel.EMAIL:
                return contact.email
            case DeliveryChannel.SMS:
                return contact.phone
            case DeliveryChannel.FILE:
                return ""

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        self.sent += messages
        return [self.behave(message) for message in messages]
