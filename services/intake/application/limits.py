"""How much a stranger may make the city write: for each recipient, and for each sender an hour.

Whoever may not post gets no receipt, so no acknowledged inquiry is lost. Each process counts for
itself and forgets at its end, because a counter in the database would cost a write for each
inquiry: N replicas let through at most N times as much.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.edge.limits import TooMany, WindowLimit, subscriber
from services.common.edge.mailboxes import counted_mailbox
from services.intake.domain.model import Contact

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one post took of the limits."""

    held: Sequence[tuple[WindowLimit, str]]
    at: datetime

    def give_back(self) -> None:
        """Takes the counts back: the post was not stored, or had been stored before."""
        for limit, name in self.held:
            limit.give_back(name, self.at)


class Limits:
    """The limits of posting. Addresses are held as digests under a key of this process."""

    def __init__(
        self, *, per_recipient: int, per_sender: int, clock: Callable[[], datetime]
    ) -> None:
        self._recipients = WindowLimit(per_recipient, WINDOW)
        self._senders = WindowLimit(per_sender, WINDOW)
        self._clock = clock
        self._key = os.urandom(16)

    def take(self, *, sender: str | None, contact: Contact | None) -> Taken:
        """Counts one inquiry of `sender` (None: of a known caller) that names `contact`.

        Raises TooMany, and then counts nothing.
        """
        now = self._clock()
        held = [(self._recipients, self._digest(to), field) for field, to in _recipients(contact)]
        if sender is not None:
            held.append((self._senders, self._digest(subscriber(sender)), None))
        for limit, name, field in held:
            if (wait := limit.wait(name, now)) is not None:
                raise TooMany("too_many_requests", _message(field), field=field, retry_after=wait)
        for limit, name, _ in held:
            limit.take(name, now)
        return Taken(held=[(limit, name) for limit, name, _ in held], at=now)

    def _digest(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=16).hexdigest()


def _recipients(contact: Contact | None) -> Sequence[tuple[str | None, str]]:
    if contact is None:
        return ()
    email = None if contact.email is None else counted_mailbox(contact.email)
    named = (("contact.email", email), ("contact.phone", contact.phone))
    return [(field, to) for field, to in named if to is not None]


def _message(field: str | None) -> str:
    if field is None:
        return "too many inquiries from here within an hour; post again after Retry-After"
    return (
        "was named in too many inquiries within an hour; post again after Retry-After, or leave it"
        " out and follow the inquiry by its link"
    )
