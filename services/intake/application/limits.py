"""How much a stranger may make the city write: for each recipient, and for each sender an hour.

Whoever may not post gets no receipt, so no acknowledged inquiry is lost. Each process counts for
itself and forgets at its end, because a counter in the database would cost a write for each
inquiry: N replicas let through at most N times as much.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.edge.mailboxes import counted_mailbox
from services.common.kernel import DomainError, Kind
from services.intake.domain.model import Contact

WINDOW = timedelta(hours=1)
# Names that a limit remembers, of about 200 bytes each. More: memory. Fewer: an attacker with many
# addresses pushes his own count out.
MOST_REMEMBERED = 100_000
# A subscriber of IPv6 has a whole network of this prefix length, and can change the address at
# will.
_SUBSCRIBER_BITS = 64


class TooMany(DomainError):
    """Refused for now; `retry_after` is when there is room again."""

    def __init__(self, message: str, *, field: str | None, retry_after: timedelta) -> None:
        super().__init__("too_many_requests", Kind.UNAVAILABLE, message, field=field)
        self.retry_after = retry_after


class HourlyLimit:
    """Allows each name at most `most` in any hour; 0 is no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, name: str, now: datetime) -> timedelta | None:
        """How long until there is room for one more; None when there is."""
        times = self._taken.get(name)
        if not self._most or times is None:
            return None
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return times[0] + WINDOW - now if len(times) >= self._most else None

    def take(self, name: str, now: datetime) -> None:
        """Counts one."""
        if not self._most:
            return
        self._taken.setdefault(name, deque()).append(now)
        self._taken.move_to_end(name)
        while len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)

    def give_back(self, name: str, now: datetime) -> None:
        """Takes back the one that was counted at that time: its post was not stored."""
        times = self._taken.get(name)
        if times is not None and now in times:
            times.remove(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one post took of the limits."""

    held: Sequence[tuple[HourlyLimit, str]]
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
        self._recipients = HourlyLimit(per_recipient)
        self._senders = HourlyLimit(per_sender)
        self._clock = clock
        self._key = os.urandom(16)

    def take(self, *, sender: str | None, contact: Contact | None) -> Taken:
        """Counts one inquiry of `sender` (None: of a known caller) that names `contact`.

        Raises TooMany, and then counts nothing.
        """
        now = self._clock()
        held = [(self._recipients, self._digest(to), field) for field, to in _recipients(contact)]
        if sender is not None:
            held.append((self._senders, self._digest(_subscriber(sender)), None))
        for limit, name, field in held:
            if (wait := limit.wait(name, now)) is not None:
                raise TooMany(_message(field), field=field, retry_after=wait)
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


def _subscriber(sender: str) -> str:
    """Who sends, by an address as proxies write it: some add the port, which is another one for
    each connection."""
    try:
        address = ipaddress.ip_address(_without_port(sender))
    except ValueError:
        return sender
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _SUBSCRIBER_BITS), strict=False))


def _without_port(sender: str) -> str:
    """The address in `1.2.3.4:80`, `[2001:db8::1]:80` and `"[2001:db8::1]:80"`; any other text as
    it is."""
    text = sender.strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _message(field: str | None) -> str:
    if field is None:
        return "too many inquiries from here within an hour; post again after Retry-After"
    return (
        "was named in too many inquiries within an hour; post again after Retry-After, or leave it"
        " out and follow the inquiry by its link"
    )
