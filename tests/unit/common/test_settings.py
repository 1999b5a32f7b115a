"""A setting that is wrong is named with its remedy, and never with its value."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faust import SASLCredentials
from pydantic import Field, SecretStr, ValidationError

from services.common.consuming.views import credentials
from services.common.edge.access import new_key
from services.common.run import settings
from services.common.run.secret_files import LARGEST_BYTES
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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of secrets."""
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    return tmp_path


def refusal(capsys: pytest.CaptureFixture[str], kind: type[ServiceSettings]) -> str:
    """The one line with which settings are refused."""
    with pytest.raises(SystemExit) as ended:
        settings.read(kind)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_secret_may_stand_in_a_file_of_its_name(folder: Path) -> None:
    (folder / "TOKEN_SECRET").write_text("x" * 16 + "\n")
    (folder / "MONGO_URL").write_text("mongodb://a:b@c/")
    (folder / "CITY").write_text("no secret, so no file")
    read = settings.read(Filed)
    assert read.token_secret.get_secret_value() == "x" * 16
    assert read.mongo_url.get_secret_value() == "mongodb://a:b@c/"
    assert read.city == "seoul"
    assert "mongodb://a" not in repr(read)


class Filed(ServiceSettings):
    token_secret: SecretStr = Field(min_length=16)


def test_a_secret_that_is_given_twice_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "TOKEN_SECRET").write_text("x" * 16)
    monkeypatch.setenv("TOKEN_SECRET", "y" * 16)
    line = refusal(capsys, Filed)
    assert line.startswith("TOKEN_SECRET: is given twice, as a variable and by ")
    assert "xx" not in line


def test_a_short_secret_in_a_file_is_refused_as_one_in_a_variable_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "TOKEN_SECRET").write_text("x" * 15)
    assert refusal(capsys, Filed).startswith("TOKEN_SECRET: must have at least 16 characters; ")


def test_a_folder_or_a_file_that_cannot_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "TOKEN_SECRET").write_bytes(b"\xff" * 20)
    assert refusal(capsys, Filed).startswith("TOKEN_SECRET: ")
    monkeypatch.setenv("SECRETS_DIR", str(folder / "gone"))
    assert refusal(capsys, Filed) == f"SECRETS_DIR: {folder / 'gone'} is no folder"
    # Root reads everything; a name that no file system takes fails as a folder without rights does.
    monkeypatch.setenv("SECRETS_DIR", too_long := "/" + "x" * 300)
    assert refusal(capsys, Filed) == f"SECRETS_DIR: {too_long} cannot be read"


def test_a_secret_is_found_through_the_links_of_an_orchestrator(folder: Path) -> None:
    (folder / "..2026").mkdir()
    (folder / "..2026" / "TOKEN_SECRET").write_text("x" * 16)
    (folder / "..data").symlink_to("..2026")
    (folder / "TOKEN_SECRET").symlink_to("..data/TOKEN_SECRET")
    assert settings.read(Filed).token_secret.get_secret_value() == "x" * 16


def nowhere(path: Path) -> None:
    path.symlink_to("gone")


def huge(path: Path) -> None:
    path.write_bytes(b"x" * (LARGEST_BYTES + 1))


@pytest.mark.parametrize("made", [nowhere, huge, Path.mkdir, os.mkfifo])
def test_what_is_no_small_file_is_no_secret_and_nothing_holds_in_its_stead(
    made: Callable[[Path], None], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "TOKEN_SECRET").write_text("x" * 16)
    made(folder / "MONGO_URL")
    assert refusal(capsys, Filed).startswith(f"MONGO_URL: {folder / 'MONGO_URL'} is no file of ")


LOGIN = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (LOGIN, "KAFKA_SASL_PASSWORD is needed with KAFKA_SECURITY_PROTOCOL=SASL_SSL"),
        (
            {**LOGIN, "KAFKA_SASL_USERNAME": "", "KAFKA_SASL_PASSWORD": "p"},
            "KAFKA_SASL_USERNAME is needed with KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        ),
        (
            {"KAFKA_SASL_PASSWORD": "p"},
            "KAFKA_SASL_PASSWORD is given, and not used with KAFKA_SECURITY_PROTOCOL=PLAINTEXT",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SASL_USERNAME": "u"},
            "KAFKA_SASL_USERNAME is given, and not used with KAFKA_SECURITY_PROTOCOL=SSL",
        ),
        ({"KAFKA_CA_FILE": "ca"}, "KAFKA_CA_FILE is given, and not used with PLAINTEXT"),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CERT_FILE": "c"},
            "KAFKA_CERT_FILE and KAFKA_KEY_FILE need each other",
        ),
        (
            {"GRPC_CA_FILE": "a", "GRPC_CERT_FILE": "c"},
            "GRPC_CA_FILE, GRPC_CERT_FILE and GRPC_KEY_FILE need each other",
        ),
    ],
)
def test_half_a_way_to_connect_is_refused(
    given: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert refusal(capsys, ServiceSettings) == f"SETTINGS: {said}"


def test_without_settings_connections_are_plain() -> None:
    read = ServiceSettings()
    assert read.brokers().login().client() == {
        "bootstrap_servers": read.kafka_bootstrap,
        "security_protocol": "PLAINTEXT",
    }
    assert read.grpc_certificates() is None


def test_a_login_is_told_to_every_client_alike(folder: Path) -> None:
    (folder / "KAFKA_SASL_PASSWORD").write_text("from the file\n")
    read = ServiceSettings(kafka_security_protocol="SASL_SSL", kafka_sasl_username="u")
    login = read.brokers().login()
    assert login.tls is not None
    assert login.client() == {
        "bootstrap_servers": read.kafka_bootstrap,
        "security_protocol": "SASL_SSL",
        "ssl_context": login.tls,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "u",
        "sasl_plain_password": "from the file",
    }
    of_faust = credentials(login)
    assert isinstance(of_faust, SASLCredentials)
    assert (of_faust.username, of_faust.password) == ("u", "from the file")
    assert "from the file" not in repr(login)
