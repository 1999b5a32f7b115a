"""The collectors of deploy/k8s on this machine: an agent, and behind it a gateway.

Owns their processes. What they do with a span stands in the very files that a cluster uses; only
addresses differ, by variables that those files name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.ports import HOST, PAST_PROXIES, Ports
from deploy.local.processes import Command, Process, http_ready

AGENT, GATEWAY = "otel-agent", "otel-gateway"
"""As their manifests name them, and from the services on in this order."""

CONFIGS = Path(__file__).resolve().parents[1] / "k8s" / "base" / "otel"


def processes(
    binary: Path,
    ports: Ports,
    log_of: Callable[[str], Path],
    on_death: Callable[[Process, int], None],
    further: Mapping[str, Sequence[str]] | None = None,
) -> Mapping[str, Process]:
    """Both by name, not started yet. Spans that arrive at the port `otlp` come out at `otlp_store`;
    `further` gives one of them more files of configuration, or texts of it (`yaml:…`)."""
    doors = {
        AGENT: (ports.otlp, ports.otel_agent_health),
        GATEWAY: (ports.otlp_gateway, ports.otel_gateway_health),
    }
    beyond = {
        AGENT: {"OTLP_GATEWAY": f"{HOST}:{ports.otlp_gateway}"},
        GATEWAY: {
            "TRACES_EXPORTER": "otlp_grpc",
            "TRACES_STORE": f"{HOST}:{ports.otlp_store}",
            "TRACES_STORE_INSECURE": "true",
        },
    }
    return {
        name: Process(
            Command(
                name=name,
                argv=(str(binary), *options(name, *(further or {}).get(name, ()))),
                log=log_of(name),
                env={
                    "OTLP_LISTEN": f"{HOST}:{door}",
                    "HEALTH_LISTEN": f"{HOST}:{health}",
                    **beyond[name],
                    **PAST_PROXIES,
                },
                ready=http_ready(f"http://{HOST}:{health}/"),
            ),
            on_death,
        )
        for name, (door, health) in doors.items()
    }


def options(name: str, *further: str) -> Sequence[str]:
    """Which configuration a collector of this name reads: its file, then others over it."""
    file = CONFIGS / f"{name.removeprefix('otel-')}.config.yaml"
    return tuple(f"--config={each}" for each in (file, *further))
