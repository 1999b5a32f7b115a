"""The ports of the local stack: their defaults, the variables that move them, who sits on one.

Everything listens on 127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
# For the environment of whoever calls here: a proxy that the machine has would be asked for
# loopback, too.
PAST_PROXIES: Mapping[str, str] = dict.fromkeys(("NO_PROXY", "no_proxy"), f"{HOST},localhost")

# Below the range from which the kernel takes the local ends of outgoing connections, so that a part
# that was killed finds its port still free.
FREE_RANGE = range(20_000, 32_000)
# Which part of it to look at, FIRST-LAST. Between finding a port and listening on it somebody else
# may find the same: who looks at the same time has a part of their own.
FREE_PORTS = "FREE_PORTS"


class PortUnavailable(Exception):
    """A port can't be used; the message names it, its variable and, if known, who has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One port per listener. Field `intake_http` is moved by the variable `INTAKE_HTTP_PORT`."""

    kafka: int = 19092
    kafka_controller: int = 19093
    kafka_login: int = 19094
    mongo: int = 27117
    intake_http: int = 8120
    intake_grpc: int = 9120
    intake_management: int = 8130
    routing_http: int = 8121
    routing_grpc: int = 9121
    routing_management: int = 8131
    districts_http: int = 8122
    districts_grpc: int = 9122
    districts_management: int = 8132
    survey_http: int = 8123
    survey_grpc: int = 9123
    survey_management: int = 8133
    notify_http: int = 8124
    notify_management: int = 8134
    otlp: int = 14317
    # Of the collectors, where they run: their way to the store of spans, and their health.
    otlp_gateway: int = 14318
    otlp_store: int = 14319
    otel_agent_health: int = 14313
    otel_gateway_health: int = 14314

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The defaults, moved where a variable says so; `PortUnavailable` for what is no port."""
        return cls(
            **{
                field.name: _parse(variable_of(field.name), environment[variable_of(field.name)])
                for field in dataclasses.fields(cls)
                if variable_of(field.name) in environment
            }
        )

    @classmethod
    def free(cls, besides: Collection[int] = ()) -> Self:
        """Ports nobody listens on right now and that aren't among `besides`, which somebody is
        about to use: for a stack beside others, or a further replica."""
        names = [field.name for field in dataclasses.fields(cls)]
        found = free_ports(len(names), besides)
        return cls(**dict(zip(names, found, strict=True)))

    def as_environment(self) -> dict[str, str]:
        """Each port by its variable, as the services read them."""
        return {variable_of(name): str(port) for name, port in dataclasses.asdict(self).items()}

    def require_free(self, *names: str) -> None:
        """Raises `PortUnavailable` for the first of these ports that is taken or given twice."""
        seen: dict[int, str] = {}
        for name in names:
            port: int = getattr(self, name)
            if port in seen:
                raise PortUnavailable(
                    f"{variable_of(name)} and {variable_of(seen[port])} are both {port}"
                )
            seen[port] = name
            if not is_free(port):
                variable = variable_of(name)
                raise PortUnavailable(
                    f"port {port} is in use{_by_whom(port)}; "
                    f"free it or choose another: {variable}=<port> make run"
                )


def variable_of(name: str) -> str:
    """The environment variable that moves the port of this name."""
    return f"{name.upper()}_PORT"


def free_ports(count: int, besides: Collection[int] = ()) -> list[int]:
    """So many ports nobody listens on right now and that aren't among `besides`; fewer if the range
    has no more."""
    found: list[int] = []
    within = _free_range()
    for port in random.sample(within, len(within)):
        if len(found) == count:
            break
        if port not in besides and is_free(port):
            found.append(port)
    return found


def _free_range() -> range:
    first, _, last = os.environ.get(FREE_PORTS, "").partition("-")
    return range(int(first), int(last) + 1) if last else FREE_RANGE


def is_free(port: int) -> bool:
    """Whether a listener could bind now (a lingering closed connection doesn't count as use)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Whether something accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _parse(variable: str, text: str) -> int:
    if text.isascii() and text.isdecimal() and 1_024 <= int(text) <= 65_535:
        return int(text)
    raise PortUnavailable(f"{variable}={text!r} is no port: a number from 1024 to 65535 is needed")


def _by_whom(port: int) -> str:
    """ " by python (process 123)", or nothing where the system doesn't tell."""
    try:
        import psutil  # here, because `make doctor` asks before the packages are there
    except ImportError:
        return ""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr.port == port
                and connection.pid is not None
            ):
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""
