"""The local stack: broker, database, span receiver and services, up and down as one.

The simulation (`make run`, the replay, the bench) and the tests all use this. Each part can be
stopped, killed and started by itself meanwhile, and a service can have further replicas. A service
that ended by itself is started again; broker and database are not, because their end is never a
matter of course. All data lies in one folder and survives a restart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import keys, processes, secret_file
from deploy.local.authority import Authority, guarded_in
from deploy.local.broker import ANYTHING, Acl, Broker
from deploy.local.built import COLLECTOR
from deploy.local.chosen_city import keep_apart, require
from deploy.local.claim import Claim
from deploy.local.collector import AGENT, GATEWAY
from deploy.local.collector import processes as collector_processes
from deploy.local.database import Database
from deploy.local.ports import HOST, PAST_PROXIES, Ports, is_open
from deploy.local.processes import Command, Process
from deploy.local.settings import Build
from deploy.local.supervised import Supervised
from services import cities
from services.common.bus.brokers import Brokers
from services.common.events import contracts

ROOT = Path(__file__).resolve().parents[2]
CLAIM_FILE = "stack.pid"

# A service takes at most 15 s to stop, after the lame-duck time that a test may give it.
SERVICE_STOPS_WITHIN_SECONDS = 25.0

# As whom Kafka knows what is done by hand.
TOOLS = "tools"
# What a user of Kafka may do, by its name.
Rules = Callable[[str], Sequence[Acl]]
# Each secret goes to the one service that needs it.
_SECRETS: Mapping[str, tuple[str, ...]] = {
    "intake": ("STATUS_TOKEN_SECRET",),
    "routing": ("DESK_SESSION_SECRET",),
    "districts": ("DESK_SESSION_SECRET",),
    "survey": ("SURVEY_TOKEN_SECRET",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """Settings, data and ports were found in order; nothing has been started yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReady:
    """A part answers at `address`."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDied:
    """A part ended that nobody had asked to; `status` as `Process.returncode`."""

    name: str
    status: int
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWaits:
    """A part ended that nobody had asked to, and is started again in `pause_seconds`.

    `status` as `Process.returncode`.
    """

    name: str
    status: int
    pause_seconds: float
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRestarted:
    """A part that had ended by itself was started again; it may not be ready yet."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person waiting should know, such as a download."""

    text: str


Event = Starting | PartReady | PartDied | PartWaits | PartRestarted | Notice


def present_services() -> tuple[str, ...]:
    """The services of this checkout that can be run."""
    return tuple(
        name for name in contracts.services() if (ROOT / "services" / name / "__main__.py").exists()
    )


def anything(user: str) -> Sequence[Acl]:
    """Rules that let every user do what it likes, where only the login is wanted."""
    return ANYTHING


class LocalStack:
    """The parts of one stack by name: `kafka`, `mongo`, `traces`, the collectors if they are wanted
    (`otel-agent`, `otel-gateway`), each service, and its further replicas (`intake-2`).

    Not thread-safe: one thread drives it. `tell` hears of what happens, from any thread.
    """

    def __init__(
        self,
        *,
        data: Path,
        ports: Ports | None = None,
        services: Sequence[str] | None = None,
        city: str = "seoul",
        partitions: int = contracts.PARTITIONS,
        environment: Mapping[str, str] | None = None,
        tracing: bool = True,
        collector: bool = False,
        sample: float = 1.0,
        build: Build = "python",
        rules: Rules | None = None,
        cache: Path | None = None,
        binaries: Path = ROOT / ".dasan" / "rust" / "bin",
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        """Starts nothing yet.

        `services` defaults to all that are present; `partitions` is how many each event topic gets
        where it doesn't exist yet; `environment` overrides what the services get; `collector` sends
        spans through the collectors of deploy/k8s (NotBuilt where there is none); `sample` is the
        share of new traces that is kept, 0 to 1. With `rules` the services, and what is done by
        hand (`tools`), log in to Kafka over TLS, and each may do what these say. `binaries` is a
        further folder to look in for the rust build of the database.
        """
        self.data = data.resolve()
        self.ports = ports or Ports()
        self.services = tuple(present_services() if services is None else services)
        self.partitions = partitions
        self._city = city
        self._environment = dict(environment or {})
        self._sample = sample
        self._tracing = tracing
        self._tell = tell
        self._claim = Claim(self.data / CLAIM_FILE)
        self._rules = rules
        self._guarded = (
            guarded_in(self.data / "tls", login_port=self.ports.kafka_login) if rules else None
        )
        self.broker = Broker(
            folder=self.data / "kafka",
            log=self.log_of("kafka"),
            port=self.ports.kafka,
            controller_port=self.ports.kafka_controller,
            cache=cache,
            guarded=self._guarded,
            say=lambda text: tell(Notice(text=text)),
            on_death=self._died,
        )
        self.database = Database(
            folder=self.data / "mongo",
            log=self.log_of("mongo"),
            port=self.ports.mongo,
            build=build,
            binaries=binaries,
            on_death=self._died,
        )
        self._below: dict[str, Process] = {"kafka": self.broker, "mongo": self.database}
        self._collectors = (
            collector_processes(COLLECTOR.require(cache), self.ports, self.log_of, self._died)
            if tracing and collector
            else {}
        )
        if tracing:
            self._below |= {"traces": self._receiver(), **self._collectors}
        self._services: dict[str, Process] = {}
        self._replica_ports: dict[str, Ports] = {}

    def __getitem__(self, name: str) -> Process:
        """The part of this name; the services are there once `up` was called."""
        return {**self._below, **self._services}[name]

    def __enter__(self) -> Self:
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    @property
    def addresses(self) -> dict[str, str]:
        """Where each part answers, by name."""
        below = {"kafka": self.broker.bootstrap, "mongo": f"{HOST}:{self.ports.mongo}"}
        if self._tracing:
            below["traces"] = f"{HOST}:{self._store_port}"
        if self._collectors:
            below |= {
                AGENT: f"{HOST}:{self.ports.otlp}",
                GATEWAY: f"{HOST}:{self.ports.otlp_gateway}",
            }
        return below | {
            name: self.http_url(name) for name in (*self.services, *self._replica_ports)
        }

    @property
    def traces(self) -> Path:
        """The file with the spans."""
        return self.data / "traces.sqlite"

    @property
    def messages(self) -> Path:
        """The folder into which the local channel writes citizens' messages."""
        return self.data / "messages"

    def log_of(self, name: str) -> Path:
        """The log file of a part."""
        return self.data / "logs" / f"{name}.log"

    def http_url(self, name: str) -> str:
        """Where a service or a replica of it answers HTTP."""
        return f"http://{HOST}:{self._port(name, 'http')}"

    def management_url(self, name: str) -> str:
        """Where a service or a replica of it answers probes and shows its figures."""
        return f"http://{HOST}:{self._port(name, 'management')}"

    def grpc_address(self, name: str) -> str:
        """Where a service or a replica of it answers gRPC, host:port."""
        return f"{HOST}:{self._port(name, 'grpc')}"

    def replicas_of(self, service: str) -> tuple[str, ...]:
        """The names of this service's parts: itself, then its replicas as they were made."""
        made = (name for name in self._replica_ports if _service_of(name) == service)
        return (service, *made)

    def replica(self, service: str) -> Process:
        """A further replica of a service, with ports and a log of its own; not started yet.

        It is a part of the stack from now on, and ends with `down`. The first is `<service>-2`.
        """
        name = f"{service}-{len(self.replicas_of(service)) + 1}"
        used = [self.ports, *self._replica_ports.values()]
        taken = {int(port) for ports in used for port in ports.as_environment().values()}
        self._replica_ports[name] = Ports.free(besides=taken)
        process = self._service(name)
        self._services[name] = process
        return process

    def up(self) -> None:
        """Starts every part and returns when all are ready.

        `CityUnusable` (also for another city's data in this folder), `AlreadyRunning` if this
        folder's stack runs, and `PortUnavailable` come before anything is started; `StartFailed`
        when a part doesn't come up: what was started then still needs `down`.
        """
        city = require(self.city) if self.services else None
        self._claim.acquire()
        self.ports.require_free(*self._ports_needed())
        if city is not None:
            keep_apart(self.data, city.id)
        self._tell(Starting())
        if self._rules is not None:
            Authority(self.data / "tls").issue_to_broker()
        processes.start_all(self._below.values(), self._ready)
        self.broker.declare(contracts.topics(self.partitions))
        self._let_in()
        self._services = {name: self._service(name) for name in self.services}
        processes.start_all(self._services.values(), self._ready)

    def down(self) -> None:
        """Stops the services, then what they stand on; harmless if little or nothing runs."""
        processes.stop_all(self._services.values())
        # Each hands on what it still has, so the next must be there.
        for each in self._collectors.values():
            each.stop()
        processes.stop_all(self._below.values())
        self._claim.release()

    def _let_in(self) -> None:
        """Makes the users of Kafka, with their passwords and rules, where it is to ask for them."""
        if self._rules is None:
            return
        for user in (*self.services, TOOLS):
            # As an orchestrator does it: a file of its setting's name.
            password = self._secrets_folder(user) / "KAFKA_SASL_PASSWORD"
            self.broker.set_password(user, secret_file.read_or_create_one(password))
            self.broker.allow(user, self._rules(user))

    def _secrets_folder(self, user: str) -> Path:
        """The folder in which a user of Kafka has its secrets as files."""
        return self.data / "secrets" / user

    def _login_of(self, user: str) -> dict[str, str]:
        """By which settings a service, or what is done by hand (`tools`), comes to Kafka."""
        if self._guarded is None:
            return {"KAFKA_BOOTSTRAP": self.broker.bootstrap}
        return {
            "KAFKA_BOOTSTRAP": f"{HOST}:{self._guarded.login_port}",
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_CA_FILE": str(self._guarded.authority),
            "KAFKA_SASL_USERNAME": user,
            "SECRETS_DIR": str(self._secrets_folder(user)),
        }

    @property
    def brokers(self) -> Brokers:
        """The broker, as those come to it who stand outside the city and may do everything."""
        return Brokers(self.broker.bootstrap)

    @property
    def city(self) -> str:
        """The name of the city's pack, or its folder."""
        return self._environment.get("CITY", self._city)

    def service_environment(self) -> dict[str, str]:
        """What every service reads from its environment; no secret is in it."""
        given = {
            **self._login_of(TOOLS),
            "MONGO_URL": self.database.url,
            "CITY": self._city,
            "PARTITIONS": str(self.partitions),
            # Nobody here looks at `/readyz` before each request, so nobody needs the time.
            "LAME_DUCK_SECONDS": "0",
            "INTAKE_GRPC": self.grpc_address("intake"),
            "DISTRICTS_GRPC": self.grpc_address("districts"),
            "SURVEY_GRPC": self.grpc_address("survey"),
            # All citizens of this machine post from one address, and many name the same one.
            "RECIPIENT_PER_HOUR": "0",
            "ANONYMOUS_PER_HOUR": "0",
            "HTTP_CONNECTIONS_PER_PEER": "0",
            "TOKENS_PER_ADDRESS": "0",
            "NOTIFY_HOURLY_LIMIT": "1000000",
            "INTAKE_PUBLIC_URL": self.http_url("intake"),
            "SURVEY_PUBLIC_URL": self.http_url("survey"),
            "PERMITS_URL": f"{self.http_url('districts')}/permits",
            "DESK_OVER_TLS": "false",
            "NOTIFY_FILE_DIR": str(self.messages),
            **PAST_PROXIES,
            "PYTHONPATH": str(ROOT / "protos" / "gen"),
            "PYTHONUNBUFFERED": "1",
        }
        if self._tracing:
            given |= {
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{self.ports.otlp}",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": f"{self._sample:g}",
            }
        _, token_keys = keys.signing(self.data)
        sealed = keys.offices_of_sealed(cities.load(self.city))
        callers = keys.write_callers(self.data, self._office_ids(), sealed)
        given["CALLERS_FILE"] = str(callers)
        given["TOKEN_KEYS_FILE"] = str(token_keys)
        return given | self.ports.as_environment() | self._environment

    def secrets_of(self, service: str) -> dict[str, str]:
        """What this service alone reads from its environment."""
        own = secret_file.read_or_create(self.data / "secrets.env", _SECRETS.get(service, ()))
        if service in keys.SCOPES:
            own["SERVICE_KEY"] = self.key_of(service)
        if service == "districts":
            signing_key, _ = keys.signing(self.data)
            own["TOKEN_SIGNING_KEY_FILE"] = str(signing_key)
        return own

    def _service(self, name: str) -> Process:
        service = _service_of(name)
        own = self._replica_ports.get(name)
        moved = own.as_environment() if own is not None else {}
        return Supervised(
            Command(
                name=name,
                argv=(sys.executable, "-m", f"services.{service}"),
                env={
                    **self.secrets_of(service),
                    **self.service_environment(),
                    **self._login_of(service),
                    **{k: v for k, v in moved.items() if _is_of(k, service)},
                },
                folder=ROOT,
                log=self.log_of(name),
                ready=processes.http_ready(f"{self.management_url(name)}/readyz"),
                stop_within=SERVICE_STOPS_WITHIN_SECONDS,
            ),
            on_death=self._died,
            on_wait=self._waits,
            on_restart=lambda process: self._tell(PartRestarted(name=process.name)),
        )

    def key_of(self, caller: str) -> str:
        """The key of one of those who may call in this city: a service, `desk` or `system`."""
        return keys.read_or_create(self.data)[caller]

    def office_keys(self) -> Mapping[str, str]:
        """The key of each office's software, by the office's id."""
        return keys.of_offices(self.data, self._office_ids())

    def _office_ids(self) -> Sequence[str]:
        return sorted(cities.load(self.city).offices)

    def _port(self, name: str, kind: str) -> int:
        ports = self._replica_ports.get(name, self.ports)
        port: int = getattr(ports, f"{_service_of(name)}_{kind}")
        return port

    def _receiver(self) -> Process:
        serve = (sys.executable, "-m", "deploy.local.tracing", "serve")
        return Process(
            Command(
                name="traces",
                argv=(*serve, "--port", str(self._store_port), "--db", str(self.traces)),
                folder=ROOT,
                log=self.log_of("traces"),
                ready=lambda: is_open(self._store_port),
            ),
            self._died,
        )

    @property
    def _store_port(self) -> int:
        """Where the store of spans listens: behind the collectors, or in their place."""
        return self.ports.otlp_store if self._collectors else self.ports.otlp

    def _ports_needed(self) -> list[str]:
        known = self.ports.as_environment()
        of_services = [
            f"{service}_{kind}"
            for service in self.services
            for kind in ("http", "grpc", "management")
            if f"{service}_{kind}_port".upper() in known
        ]
        of_collectors = (
            ("otlp_gateway", "otlp_store", "otel_agent_health", "otel_gateway_health")
            if self._collectors
            else ()
        )
        login = ["kafka_login"] if self._guarded is not None else []
        below = ("kafka", "kafka_controller", *login, "mongo", *["otlp"] * self._tracing)
        return [*below, *of_collectors, *of_services]

    def _ready(self, process: Process) -> None:
        self._tell(PartReady(name=process.name, address=self.addresses[process.name]))

    def _died(self, process: Process, status: int) -> None:
        self._tell(PartDied(name=process.name, status=status, log=process.command.log))

    def _waits(self, process: Process, status: int, pause_seconds: float) -> None:
        self._tell(
            PartWaits(
                name=process.name,
                status=status,
                pause_seconds=pause_seconds,
                log=process.command.log,
            )
        )


def _service_of(name: str) -> str:
    """`intake` for the part `intake-2`."""
    return name.partition("-")[0]


def _is_of(variable: str, service: str) -> bool:
    return variable.startswith(f"{service.upper()}_")
