"""What a person reads first who starts the city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.local import processes
from deploy.local.ports import HOST, Ports
from deploy.local.processes import StartFailed
from simulation import __main__ as simulation


def test_the_address_of_the_board_comes_before_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start_nothing(*_: Any) -> None:
        raise StartFailed("kafka is not started in this test")

    free = Ports.free()
    for name, port in free.as_environment().items():
        monkeypatch.setenv(name, port)
    monkeypatch.setattr(processes, "start_all", start_nothing)
    words = ("--data", str(tmp_path), "run", "--city", "saebom")
    monkeypatch.setattr("sys.argv", ["simulation", *words])
    assert simulation.main() == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"the city at work: http://{HOST}:{free.routing_http}/board ")
