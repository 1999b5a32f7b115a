"""`python -m services.districts.token`, as a person calls it."""

from __future__ import annotations

import sys

import pytest

from services.districts import token
from services.districts.application import tokens

SECRET = "a secret of the town"


@pytest.fixture(autouse=True)
def town(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY", "saebom")
    monkeypatch.setenv("OFFICE_TOKEN_SECRET", SECRET)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["token", *arguments])
    token.main()


def test_it_prints_the_token_of_an_office(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, "o-mill")
    assert tokens.office_of(SECRET, capsys.readouterr().out.strip()) == "o-mill"


@pytest.mark.parametrize("secret", [None, "too short"])
def test_it_names_the_variable_that_is_missing_or_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], secret: str | None
) -> None:
    monkeypatch.delenv("OFFICE_TOKEN_SECRET")
    if secret is not None:
        monkeypatch.setenv("OFFICE_TOKEN_SECRET", secret)
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, "o-mill")
    assert ended.value.code == 2
    assert "OFFICE_TOKEN_SECRET" in capsys.readouterr().err


def test_it_makes_no_token_for_an_office_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, "o-nowhere")
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "o-nowhere: no office of saebom" in told.err
