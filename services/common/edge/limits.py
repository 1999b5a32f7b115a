"""How much one caller may ask for: so many within a time, and who counts as one.

Each process counts for itself and forgets at its end, because a counter in the database would cost
a write for each call: N replicas let through at most N times as much.
"""

from __future__ import annotations

import ipaddress
import logging
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection

from services.common.kernel import DomainError, Kind

log = logging.getLogger(__name__)

# When a caller may try again that was refused because something is away or busy, where the refusal
# has no time of its own. Longer: callers wait for what is there again. Shorter: they press harder
# on what has just come back.
RETRY_AFTER = timedelta(seconds=2)
# Names that a limit remembers, of about 200 bytes each. More: memory. Fewer: an attacker with many
# addresses pushes his own count out.
MOST_REMEMBERED = 100_000
# A subscriber of IPv6 has a whole network of this prefix length, and can change the address at
# will.
_SUBSCRIBER_BITS = 64


class TooMany(DomainError):
    """Refused for now: 429 by HTTP, RESOURCE_EXHAUSTED by gRPC. `retry_after` is when there is room
    again, None where nobody knows."""

    def __init__(
        self,
        slug: str,
        message: str,
        *,
        field: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(slug, Kind.UNAVAILABLE, message, field=field)
        self.retry_after = retry_after


class WindowLimit:
    """Allows each name at most `most` in any `within`; 0 is no limit."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most = most
        self._within = within
        self._taken: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, name: str, now: datetime) -> timedelta | None:
        """How long until there is room for one more; None when there is."""
        times = self._taken.get(name)
        if not self._most or times is None:
            return None
        while times and times[0] <= now - self._within:
            times.popleft()
        return times[0] + self._within - now if len(times) >= self._most else None

    def take(self, name: str, now: datetime) -> None:
        """Counts one."""
        if not self._most:
            return
        self._taken.setdefault(name, deque()).append(now)
        self._taken.move_to_end(name)
        while len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)

    def give_back(self, name: str, now: datetime) -> None:
        """Takes back the one that was counted at that time: it had no effect."""
        times = self._taken.get(name)
        if times is not None and now in times:
            times.remove(now)


class Senders:
    """Who sends a request, by network address, behind `proxies` of ours.

    Our own proxies append to X-Forwarded-For; everything before that may be forged by the sender,
    and is ignored.
    """

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies
        self._warned = False

    def __call__(self, request: HTTPConnection) -> str:
        """The address; that of the connection where the header does not reach as far."""
        connected = request.client.host if request.client is not None else ""
        header = ",".join(request.headers.getlist("x-forwarded-for"))
        if not self._proxies:
            if header and not self._warned:
                # Behind a proxy that `proxies` does not count, all citizens would be one sender to
                # the limits.
                self._warned = True
                log.warning("limits.proxy_not_set", extra={"setting": "PROXIES"})
            return connected
        hops = [hop.strip() for hop in header.split(",") if hop.strip()]
        return hops[-self._proxies] if len(hops) >= self._proxies else connected


def subscriber(sender: str) -> str:
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
