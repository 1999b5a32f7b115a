"""What notify needs from others: whom to tell and what, words, ways to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notify.domain.model import Delivery, DeliveryChannel, Notice, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach one citizen; empty where they left nothing. Never stored, never logged."""

    name: str
    email: str
    phone: str
    language: str
    status_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message ready to be sent. `subject` is empty where the channel has none."""

    delivery_id: str
    contact: Contact
    subject: str
    body: str


class Peers(Protocol):
    """What other services know, asked for a whole batch at once; what they lack is left out.

    Every method raises DomainError of kind UNAVAILABLE when the peer can't be reached.
    """

    async def contacts(self, inquiry_ids: Sequence[str]) -> Mapping[str, Contact]:
        """How to reach the citizens, by inquiry."""
        ...

    async def answers(self, inquiry_ids: Sequence[str]) -> Mapping[tuple[str, int], str]:
        """The words of the offices' answers, by inquiry and round: all rounds of each inquiry."""
        ...

    async def survey_links(self, survey_ids: Sequence[str]) -> Mapping[str, str]:
        """The secret links of the surveys that are open, by survey."""
        ...


class Writer(Protocol):
    """Puts a notice into words."""

    def write(
        self, notice: Notice, channel: DeliveryChannel, contact: Contact, *, answer: str, link: str
    ) -> Message:
        """The message in the citizen's language; `answer` and `link` are empty where it has
        none."""
        ...


class Channel(Protocol):
    """A way to send. A repeatable one takes the same delivery id twice without sending twice."""

    kind: DeliveryChannel
    repeatable: bool

    def reaches(self, contact: Contact) -> bool:
        """Whether the contact has what this channel needs."""
        ...

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """One result for each message, in order.

        Never raises for what a provider does, nor because of one message: one that cannot be built
        is Refused, and the others are sent.
        """
        ...


class DeliveryLog(Protocol):
    """The deliveries of one inquiry."""

    async def of(self, inquiry_id: str) -> Sequence[Delivery]:
        """In the order of their ids; raises DomainError UNAVAILABLE."""
        ...
