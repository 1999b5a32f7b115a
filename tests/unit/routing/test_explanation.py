"""What an official reads of a decision, and what the command says to a wrong argument."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from services import cities
from services.cities import Evidence, Place, Why
from services.routing.domain.policy import Statement, route
from services.routing.entrypoints.by_hand import COMMANDS
from services.routing.entrypoints.explanation import LANGUAGES, explained, texts
from services.routing.settings import RoutingSettings
from tests.unit.routing.town import MATTER, TODAY

SEOUL = cities.load("seoul")


def read(text: str, place: Place | None = None, language: str = "ko") -> str:
    statement = Statement(text=text, place=place)
    matter, decision = route(SEOUL, SEOUL.rules, statement, MATTER, today=TODAY)
    sections = explained(SEOUL, matter, decision, SEOUL.rules, language)
    return "\n".join(line for section in sections for line in section.lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*Evidence, *Why])
def test_whatever_a_place_was_judged_by_has_words(code: str, language: str) -> None:
    assert f"evidence.{code}" in texts()[language]


def test_a_place_in_another_city_is_said_in_words() -> None:
    account = read("가로등이 꺼졌어요", Place(address="부산광역시 해운대구 우동"))
    assert "판단 근거: 다른 도시의 장소" in account


def test_what_is_to_be_asked_about_an_unclear_place_is_said() -> None:
    """Other cities have a 중구, too: the office alone would look like an answer."""
    account = read("가로등이 꺼졌어요", Place(address="중구"))
    assert "가능한 기관: 중구청" in account
    assert "확인할 사항: " in account


@pytest.mark.parametrize(
    ("language", "danger"),
    [("ko", "가스 누출(즉시 연락할 곳: "), ("en", "Gas leak (who acts at once: ")],
)
def test_a_danger_is_named_with_whom_to_call(language: str, danger: str) -> None:
    account = read("집에서 가스 냄새가 나요", language=language)
    assert danger in account
    assert "1544-4500" in account


def test_a_line_that_is_called_by_its_number_is_not_given_twice() -> None:
    assert "즉시 연락할 곳: 119 화재 신고)" in read("옆집에 불이 났어요")


def test_why_plain_words_for_a_permit_are_no_application_is_said() -> None:
    account = read("대형폐기물 배출신고 하려고요", Place(code="11680"))
    assert "표현만으로 신청으로 보지 않습니다" in account
    assert "충분히 확실하지 않습니다" not in account


def test_weighed_words_are_never_called_certain() -> None:
    account = read("가로등이 꺼져 있어요", Place(code="11680"))
    assert "확률 99%" in account


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "1,2,3"], "--at takes a latitude and a longitude"),
        (["--at", ""], "--at takes a latitude and a longitude"),
        (["--at", "137,127"], "--at: "),
        (["--received", "yesterday"], "--received: 'yesterday' is no time such as 2026-"),
        (["--service", "street-ligth"], "--service: the city has no service 'street-ligth'"),
        (["--rules", "nowhere.yaml"], "nowhere.yaml can't be read: No such file"),
    ],
)
def test_a_wrong_argument_is_named_with_what_it_can_be(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran("explain", *arguments) == 2
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize("command", ["explain", "dry-run"])
def test_rules_that_are_not_in_utf_8_are_refused_in_a_sentence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Korean editors still save in CP949."""
    file = tmp_path / "rules.yaml"
    file.write_bytes("version: 규칙".encode("cp949"))
    arguments = ["--rules", str(file)] if command == "explain" else [str(file)]
    assert ran(command, *arguments) == 2
    assert capsys.readouterr().out == f"{file} is not in UTF-8: save it as UTF-8\n"


def ran(name: str, *arguments: str) -> int:
    """The exit status of a command."""
    command = next(one for one in COMMANDS if one.name == name)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    settings = RoutingSettings.model_construct(city="seoul")
    return command.run("routing", settings, parser.parse_args(arguments))
