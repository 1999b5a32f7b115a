"""A setting that is wrong is named with its remedy, and never with its value."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr, ValidationError

from services.common.edge.access import new_key
from services.common.run import settings
from services.common.run.settings import ServiceKey, ServiceSettings


class Settings(ServiceSettings):
    token_secret: SecretStr = Field(min_length=16)
    page_secret: str = Field(min_length=16)


@pytest.mark.parametrize("variable", ["TOKEN_SECRET", "PAGE_SECRET"])
def test_a_short_secret_is_told_with_a_way_to_make_one(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TOKEN_SECRET", "PAGE_SECRET"):
        monkeypatch.setenv(name, "x" * 16)
    monkeypatch.setenv(variable, "short")
    with pytest.raises(SystemExit) as ended:
        settings.read(Settings)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{variable}: must have at least 16 characters; ")
    assert "token_urlsafe" in told
    assert "short" not in told


class Calling(ServiceSettings):
    service_key: ServiceKey


@pytest.mark.parametrize("around", ["{}", "{}\n", " {}\r\n"])
def test_a_key_from_a_file_is_taken_without_its_line_break(
    around: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key()
    monkeypatch.setenv("SERVICE_KEY", around.format(key))
    assert settings.read(Calling).service_key.get_secret_value() == key


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "x" * 20 + "\n" + "x" * 30,
        "열" * 50,
        "x" * 50 + "\0x",
        "x" * 50 + ".x",  # would be taken for a token
    ],
)
def test_a_key_that_no_header_can_hold_is_told_with_a_way_to_make_one(
    key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """gRPC would send no such call, and let nobody know."""
    with pytest.raises(ValidationError):
        Calling(service_key=SecretStr(key))
    monkeypatch.setenv("SERVICE_KEY", key.replace("\0", "\1"))
    with pytest.raises(SystemExit):
        settings.read(Calling)
    told = capsys.readouterr().err
    assert told.startswith("SERVICE_KEY: must be a key of 43 characters; ")
    assert "services.common.edge.access" in told
    assert key not in told


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings.read(Settings)
    assert capsys.readouterr().err.splitlines() == [
        "TOKEN_SECRET: is required; --help says what it is",
        "PAGE_SECRET: is required; --help says what it is",
    ]
