"""What notify needs from others: whom to tell and what, words, ways to send."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.notify.domain.addressee import plausible_name
from services.notify.domain.model import Delivery, DeliveryChannel, Notice, Result


class Form(StrEnum):
    """In which form a message is written; the provider of texts is told which, as it costs."""

    MAIL = "mail"
    SMS = "sms"
    """A short text: up to SMS_BYTES bytes of EUC-KR, without a subject."""
    LMS = "lms"
    """A long text, with a subject: chosen on purpose where the message does not fit a short one."""


# What Korean carriers take as one short text, in bytes of EUC-KR.
SMS_BYTES = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach one citizen; empty where they left nothing. Never stored, never logged.

    `name` is what an unknown sender typed: use it only through `called`. `email_verified` and
    `phone_verified` say that somebody vouches for the address being the citizen's own.
    """

    name: str
    email: str
    phone: str
    language: str
    status_url: str
    email_verified: bool = False
    phone_verified: bool = False

    @property
    def verified(self) -> bool:
        """Whether anything that goes out by some channel reaches the citizen for certain."""
        return self.email_verified or self.phone_verified

    def is_own(self, channel: DeliveryChannel) -> bool:
        """Whether what goes out by that channel reaches the citizen and no stranger, as far as
        anybody knows. The file channel gets what a mail would say."""
        match channel:
            case DeliveryChannel.SMS:
                return self.phone_verified
            case DeliveryChannel.EMAIL | DeliveryChannel.FILE:
                return self.email_verified

    @property
    def called(self) -> str:
        """How the city calls the citizen; empty where the name is none that it may print."""
        return plausible_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An office's answer, with the officer who answers for it where the office gave one."""

    text: str
    officer_unit: str = ""
    officer_name: str = ""
    officer_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message ready to be sent. `sender` is what the unit that writes is called now; `subject`
    is empty where the form has none."""

    delivery_id: str
    contact: Contact
    sender: str
    form: Form
    subject: str
    body: str


class Peers(Protocol):
    """What other services know, asked for a whole batch at once; what they lack is left out.

    Every method raises DomainError of kind UNAVAILABLE when the peer can't be reached.
    """

    async def contacts(self, inquiry_ids: Sequence[str]) -> Mapping[str, Contact]:
        """How to reach the citizens, by inquiry."""
        ...

    async def words(self, inquiry_ids: Sequence[str]) -> Mapping[str, str]:
        """What the citizens wrote, by inquiry; only what may be repeated to them. Soon: a message
        does not wait for it."""
        ...

    async def answers(self, inquiry_ids: Sequence[str]) -> Mapping[tuple[str, int], Answer]:
        """The offices' answers, by inquiry and round: all rounds of each inquiry."""
        ...

    async def survey_links(self, survey_ids: Sequence[str]) -> Mapping[str, str]:
        """The secret links of the surveys that are open, by survey."""
        ...


class Writer(Protocol):
    """Puts a notice into words."""

    def write(
        self,
        notice: Notice,
        channel: DeliveryChannel,
        contact: Contact,
        *,
        answer: Answer | None,
        link: str,
        asked: str = "",
    ) -> Message:
        """The message in the citizen's language; `answer` is None and `link` empty where it has
        none. `asked` is the beginning of what the citizen wrote, empty where it is not repeated."""
        ...


class Channel(Protocol):
    """A way to send. `repeatable`: sending the same delivery id twice reaches the citizen once."""

    kind: DeliveryChannel
    repeatable: bool

    def reaches(self, contact: Contact) -> bool:
        """Whether the contact has what this channel needs."""
        ...

    def address(self, contact: Contact) -> str:
        """The address to which a message would go, in one spelling for counting; empty where nobody
        outside gets it."""
        ...

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """One result for each message, in order.

        Never raises for what a provider does, nor because of one message: one that cannot be built
        is Refused, and the others are sent. An answer that somebody has to look at is counted in
        `metrics.ALARMS` and logged here, in the provider's words and without the citizen's.
        """
        ...


class Limits(Protocol):
    """How many messages one address may get in an hour, at all replicas together."""

    async def take(self, wanted: Sequence[tuple[str, str]], now: datetime) -> Collection[str]:
        """Takes a place for each (delivery id, address), once for each delivery in an hour; returns
        the ids of those for which there is none. Raises DomainError UNAVAILABLE."""
        ...

    def free_at(self, now: datetime) -> datetime:
        """When there are places again."""
        ...


class DeliveryLog(Protocol):
    """The deliveries of one inquiry."""

    async def of(self, inquiry_id: str) -> Sequence[Delivery]:
        """In the order of their ids; raises DomainError UNAVAILABLE."""
        ...
