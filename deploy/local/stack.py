"""The local stack: broker, database, span receiver and services, up and down as one.

`make run`, the replay, the bench and the tests all use this. Each part can be stopped, killed and
started by itself meanwhile. All data lies in one folder and survives a restart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import processes, secret_file
from deploy.local.broker import Broker
from deploy.local.claim import Claim
from deploy.local.database import Build, Database
from deploy.local.ports import HOST, Ports, is_open
from deploy.local.processes import Command, Process
from services.common import contracts

ROOT = Path(__file__).resolve().parents[2]
CLAIM_FILE = "stack.pid"

_SECRETS = ("OFFICE_TOKEN_SECRET", "SURVEY_TOKEN_SECRET", "STATUS_TOKEN_SECRET")


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
class Notice:
    """Something a person waiting should know, such as a download."""

    text: str


Event = PartReady | PartDied | Notice


def present_services() -> tuple[str, ...]:
    """The services of this checkout that can be run."""
    return tuple(
        name for name in contracts.SERVICES if (ROOT / "services" / name / "__main__.py").exists()
    )


class LocalStack:
    """The parts of one stack by name: `kafka`, `mongo`, `traces` and each service.

    Not thread-safe: one thread drives it. `tell` hears of what happens, from any thread.
    """

    def __init__(
        self,
        *,
        data: Path,
        ports: Ports | None = None,
        services: Sequence[str] | None = None,
        city: str = "seoul",
        environment: Mapping[str, str] | None = None,
        tracing: bool = True,
        sample: float = 1.0,
        build: Build = "python",
        cache: Path | None = None,
        binaries: Path = ROOT / ".dasan" / "rust" / "bin",
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        """Starts nothing yet.

        `services` defaults to all that are present; `environment` overrides what the services get;
        `sample` is the share of new traces that is kept, 0 to 1; `binaries` is a further folder to
        look in for the rust build of the database.
        """
        self.data = data.resolve()
        self.ports = ports or Ports()
        self.services = tuple(present_services() if services is None else services)
        self._city = city
        self._environment = dict(environment or {})
        self._sample = sample
        self._tracing = tracing
        self._tell = tell
        self._claim = Claim(self.data / CLAIM_FILE)
        self.broker = Broker(
            folder=self.data / "kafka",
            log=self.log_of("kafka"),
            port=self.ports.kafka,
            controller_port=self.ports.kafka_controller,
            cache=cache,
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
        if tracing:
            self._below["traces"] = self._receiver()
        self._services: dict[str, Process] = {}

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
            below["traces"] = f"{HOST}:{self.ports.otlp}"
        return below | {name: self.http_url(name) for name in self.services}

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

    def http_url(self, service: str) -> str:
        """Where a service answers HTTP."""
        return f"http://{HOST}:{getattr(self.ports, f'{service}_http')}"

    def grpc_address(self, service: str) -> str:
        """Where a service answers gRPC."""
        return f"{HOST}:{getattr(self.ports, f'{service}_grpc')}"

    def up(self) -> None:
        """Starts every part and returns when all are ready.

        `AlreadyRunning` if this folder's stack runs, `PortUnavailable` before anything is started,
        `StartFailed` when a part doesn't come up; what was started then still needs `down`.
        """
        self._claim.acquire()
        self.ports.require_free(*self._ports_needed())
        processes.start_all(self._below.values(), self._ready)
        self.broker.declare(contracts.topics())
        environment = self.service_environment()
        self._services = {name: self._service(name, environment) for name in self.services}
        processes.start_all(self._services.values(), self._ready)

    def down(self) -> None:
        """Stops the services, then what they stand on; harmless if little or nothing runs."""
        processes.stop_all(self._services.values())
        processes.stop_all(self._below.values())
        self._claim.release()

    def service_environment(self) -> dict[str, str]:
        """What every service reads from its environment."""
        given = {
            "KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "MONGO_URL": self.database.url,
            "CITY": self._city,
            "INTAKE_GRPC": self.grpc_address("intake"),
            "DISTRICTS_GRPC": self.grpc_address("districts"),
            "SURVEY_GRPC": self.grpc_address("survey"),
            "INTAKE_PUBLIC_URL": self.http_url("intake"),
            "SURVEY_PUBLIC_URL": self.http_url("survey"),
            "NOTIFY_FILE_DIR": str(self.messages),
            # gRPC would send even local calls through a proxy that the machine has.
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
            "PYTHONPATH": str(ROOT / "protos" / "gen"),
            "PYTHONUNBUFFERED": "1",
        }
        if self._tracing:
            given |= {
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{self.ports.otlp}",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": f"{self._sample:g}",
            }
        secrets = secret_file.read_or_create(self.data / "secrets.env", _SECRETS)
        return given | self.ports.as_environment() | secrets | self._environment

    def _service(self, name: str, environment: Mapping[str, str]) -> Process:
        return Process(
            Command(
                name=name,
                argv=(sys.executable, "-m", f"services.{name}"),
                env=environment,
                folder=ROOT,
                log=self.log_of(name),
                ready=processes.http_ready(f"{self.http_url(name)}/readyz"),
            ),
            self._died,
        )

    def _receiver(self) -> Process:
        serve = (sys.executable, "-m", "deploy.local.tracing", "serve")
        return Process(
            Command(
                name="traces",
                argv=(*serve, "--port", str(self.ports.otlp), "--db", str(self.traces)),
                folder=ROOT,
                log=self.log_of("traces"),
                ready=lambda: is_open(self.ports.otlp),
            ),
            self._died,
        )

    def _ports_needed(self) -> list[str]:
        known = self.ports.as_environment()
        of_services = [
            f"{service}_{kind}"
            for service in self.services
            for kind in ("http", "grpc")
            if f"{service}_{kind}_port".upper() in known
        ]
        return ["kafka", "kafka_controller", "mongo", *["otlp"] * self._tracing, *of_services]

    def _ready(self, process: Process) -> None:
        self._tell(PartReady(name=process.name, address=self.addresses[process.name]))

    def _died(self, process: Process, status: int) -> None:
        self._tell(PartDied(name=process.name, status=status, log=process.command.log))
