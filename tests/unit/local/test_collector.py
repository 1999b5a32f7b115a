"""The local stack with the collectors of deploy/k8s in it; nothing is started here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.local import collector
from deploy.local.built import COLLECTOR, NotBuilt
from deploy.local.ports import HOST, Ports
from deploy.local.stack import LocalStack


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache in which something lies where the collector would."""
    binary = COLLECTOR.path(tmp_path)
    binary.parent.mkdir()
    binary.touch()
    return tmp_path


def stack(cache: Path, *, collected: bool) -> LocalStack:
    return LocalStack(data=cache / "data", services=(), cache=cache, collector=collected)


def test_spans_pass_agent_and_gateway_on_their_way_to_the_store(cache: Path) -> None:
    ports = Ports()
    known = stack(cache, collected=True)
    assert known.service_environment()["OTEL_EXPORTER_OTLP_ENDPOINT"].endswith(f":{ports.otlp}")
    assert known.addresses["otel-agent"] == f"{HOST}:{ports.otlp}"
    assert known["otel-agent"].command.env["OTLP_GATEWAY"] == known.addresses["otel-gateway"]
    assert known["otel-gateway"].command.env["TRACES_STORE"] == known.addresses["traces"]


def test_without_them_the_store_is_the_first_to_hear(cache: Path) -> None:
    known = stack(cache, collected=False)
    assert known.addresses == {
        "kafka": known.addresses["kafka"],
        "mongo": known.addresses["mongo"],
        "traces": f"{HOST}:{Ports().otlp}",
    }


def test_a_collector_that_is_not_built_is_told_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="`make collector` does it once"):
        stack(tmp_path, collected=True)


@pytest.mark.parametrize("name", [collector.AGENT, collector.GATEWAY])
def test_a_file_names_the_variables_that_move_its_addresses_and_no_other(
    cache: Path, name: str
) -> None:
    (option,) = collector.options(name)
    text = Path(option.removeprefix("--config=")).read_text("utf-8")
    command = stack(cache, collected=True)[name].command
    given = {variable for variable in command.env if variable.lower() != "no_proxy"}
    assert set(re.findall(r"\$\{env:(\w+):-", text)) == given
    # Each has what a cluster uses as its default.
    assert text.count("${env:") == text.count(":-")
