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


def test_help_says_what_each_may_be() -> None:
    told = settings.describe(Settings)
    assert "(a number, at least 0 and at most 60; default 3.0)" in told
    assert "(one of DEBUG, INFO, WARNING, ERROR; default INFO)" in told
    assert "TOKEN_SECRET" in told


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


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("LAME_DUCK_SECONDS", "-1", "must be a number, at least 0 and at most 60; without it 3.0"),
        ("LAME_DUCK_SECONDS", "soon", "must be a number, at least 0 and at most 60; without it"),
        ("LAME_DUCK_SECONDS", "nan", "must be a number, at least 0"),
        ("GIVE_UP_SECONDS", "0", "must be a number, above 0; without it 60.0 counts"),
        ("PARTITIONS", "1.5", "must be a whole number, at least 1; without it 6 counts"),
        ("LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR; without it INFO counts"),
        ("OTEL_EXPORTER_OTLP_INSECURE", "maybe", "must be true or false; without it nothing"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "must be as --help says: Collector "),
        ("KAFKA_BOOTSTRAP", "broker", "must be as --help says: Kafka brokers, host:port"),
    ],
)
def test_a_wrong_value_is_told_with_what_it_may_be(
    variable: str,
    value: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit):
        settings.read(ServiceSettings)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{variable}: {told}")
    assert not line.endswith(value)


@pytest.mark.parametrize("brokers", ["a:1", "a:1,b.example:9092", "[::1]:9092"])
def test_brokers_are_taken_in_every_form(brokers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", brokers)
    assert settings.read(ServiceSettings).kafka_bootstrap == brokers
