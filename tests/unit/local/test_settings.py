"""What a person sets: taken, or refused in one line before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import processes, settings
from deploy.local.chosen_city import CityUnusable, keep_apart, require, require_office
from deploy.local.ports import Ports
from deploy.local.settings import SettingUnusable
from services import cities
from simulation import __main__ as simulation
from simulation.bench import capacity
from simulation.morning import pace, paces


def test_what_can_be_meant_is_taken() -> None:
    assert [settings.speed(text) for text in ("1", "0.5", "60", "1000")] == [1, 0.5, 60, 1000]
    assert (settings.once("1"), settings.once("0")) == (True, False)
    assert (settings.collector("1"), settings.collector("0")) == (True, False)
    assert [settings.limit(text) for text in ("0", "5000")] == [0, 5000]
    assert [settings.build(text) for text in ("python", "rust")] == ["python", "rust"]


@pytest.mark.parametrize(
    ("read", "variable", "text", "possible"),
    [
        *((settings.speed, "SPEED", text, "above 0 and at most 1000")
          for text in ("-1", "0", "nan", "inf", "abc", "1e4", "")),
        *((settings.limit, "LIMIT", text, "0 plays all") for text in ("-5", "many", "1.5", "²")),
        *((settings.once, "ONCE", text, "neither 1 nor 0") for text in ("yes", "2")),
        *((settings.secure, "SECURE", text, "neither 1 nor 0") for text in ("yes", "2")),
        (settings.collector, "COLLECTOR", "on", "make collector"),
        (settings.embedding, "EMBEDDING", "on", "make embedding"),
        (settings.build, "DB", "mysql", "python, or rust"),
    ],
)  # fmt: skip
def test_anything_else_is_one_line_with_the_value_and_what_it_can_be(
    read: Callable[[str], object], variable: str, text: str, possible: str
) -> None:
    with pytest.raises(SettingUnusable) as refused:
        read(text)
    message = str(refused.value)
    assert message.startswith(f"{variable}={text!r} ")
    assert possible in message
    assert "\n" not in message


def test_a_record_must_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert settings.record(str(tmp_path / "a.csv")) == tmp_path / "a.csv"
    for text, found in (
        (None, "FILE is missing"),
        (str(tmp_path), "is a folder"),
        (str(tmp_path / "b.csv"), "is not there"),
    ):
        with pytest.raises(SettingUnusable, match=found):
            settings.record(text)


def test_a_variable_set_to_nothing_is_not_set() -> None:
    assert settings.of({"SPEED": ""}, "SPEED") is None
    assert settings.of({}, "SPEED") is None


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("SPEED", "nan"),
        ("ONCE", "maybe"),
        ("DB", "mysql"),
        ("CITY", "soul"),
        ("SANDBOX", "d-1168"),
        ("KAFKA_PORT", "http"),
        ("NOTIFY_HTTP_PORT", "8121"),
    ],
)
def test_run_refuses_every_wrong_variable_in_one_line(
    variable: str,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def started(*_: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(processes, "start_all", started)
    for name, port in Ports.free().as_environment().items():
        monkeypatch.setenv(name, port)
    monkeypatch.setenv("ROUTING_HTTP_PORT", "8121")
    monkeypatch.setenv(variable, text)
    monkeypatch.setattr("sys.argv", ["simulation", "--data", str(tmp_path / "data"), "run"])
    assert simulation.main() == 2
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert text in said
    assert not (tmp_path / "data" / "logs").exists()


def test_replay_without_a_file_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FILE", raising=False)
    monkeypatch.setattr("sys.argv", ["simulation", "replay"])
    assert simulation.main() == 2
    assert capsys.readouterr().out.startswith("FILE is missing: ")


def test_capacity_for_a_section_that_its_page_does_not_have_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is started: the sitting takes minutes."""

    def started(*_: object, **__: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(capacity, "own_city", started)
    monkeypatch.setattr("sys.argv", ["simulation", "capacity", "--write", "third"])
    assert simulation.main() == 2
    said = capsys.readouterr().out
    assert said == "WRITE='third' is no section of capacity.md: it has first, second\n"


def test_a_speed_holds_for_the_morning_and_for_what_follows() -> None:
    assert paces(20.0) == (20.0, 20.0)
    assert paces(None) == (60.0, 1.0)


def test_the_speed_is_said_as_it_is_meant() -> None:
    assert pace(1.0) == "at a real day's pace"
    assert pace(60.0) == "60 times as fast as a real day"


def test_a_city_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(CityUnusable, match=r"'soul'.*boston, saebom, seoul") as refused:
        require("soul")
    assert "\n" not in str(refused.value)


def test_the_data_of_two_cities_never_mix(tmp_path: Path) -> None:
    data = tmp_path / "data"
    keep_apart(data, "seoul")
    keep_apart(data, "seoul")
    with pytest.raises(CityUnusable, match=r"of seoul, not of boston: `make clean`.*CITY=seoul"):
        keep_apart(data, "boston")
    keep_apart(tmp_path / "other", "boston")


def test_an_office_that_is_not_there_is_told_with_some_that_are() -> None:
    town = cities.load("saebom")
    require_office(town, "d-east")
    with pytest.raises(CityUnusable, match=r"'d-eest' is no office of Saebom.*d-east"):
        require_office(town, "d-eest")
