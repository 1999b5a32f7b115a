"""The ports of the local stack: defaults, variables, and a busy one."""

from __future__ import annotations

import dataclasses
import os
import socket
from collections.abc import Iterator

import pytest

from deploy.local import ports
from deploy.local.ports import Ports, PortUnavailable


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_variable_moves_its_port_and_no_other() -> None:
    moved = Ports.from_environment({"INTAKE_HTTP_PORT": "18120", "PATH": "/bin"})
    assert moved == dataclasses.replace(Ports(), intake_http=18120)


@pytest.mark.parametrize("text", ["", "0", "80", "65536", "-1", "http", "٣٠٠٠"])
def test_what_is_no_port_is_refused_by_its_variable(text: str) -> None:
    with pytest.raises(PortUnavailable, match="KAFKA_PORT"):
        Ports.from_environment({"KAFKA_PORT": text})


def test_the_environment_of_ports_reads_back_as_the_same_ports() -> None:
    found = Ports.free()
    assert Ports.from_environment(found.as_environment()) == found


def test_free_ports_are_distinct_and_free() -> None:
    found = list(dataclasses.asdict(Ports.free()).values())
    assert len(set(found)) == len(found)
    assert all(ports.is_free(port) for port in found)


def test_a_busy_port_is_named_with_its_variable_and_its_holder(busy: int) -> None:
    taken = dataclasses.replace(Ports.free(), mongo=busy)
    with pytest.raises(PortUnavailable) as refusal:
        taken.require_free("kafka", "mongo")
    message = str(refusal.value)
    assert f"port {busy} is in use" in message
    assert "MONGO_PORT=<port>" in message
    assert f"process {os.getpid()}" in message


def test_free_ports_lie_in_the_part_that_is_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ports.FREE_PORTS, "21000-21099")
    assert set(dataclasses.asdict(Ports.free()).values()) <= set(range(21_000, 21_100))


def test_only_the_ports_that_are_needed_must_be_free(busy: int) -> None:
    dataclasses.replace(Ports.free(), mongo=busy).require_free("kafka")


def test_one_port_for_two_listeners_is_refused() -> None:
    free = Ports.free()
    clash = dataclasses.replace(free, kafka_controller=free.kafka)
    with pytest.raises(PortUnavailable, match="KAFKA_CONTROLLER_PORT and KAFKA_PORT"):
        clash.require_free("kafka", "kafka_controller")
