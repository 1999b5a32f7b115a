"""Settings that every service has, read once, in its bootstrap.

Each has a default or is named when missing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_origin

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.common.bus.brokers import Brokers
from services.common.process.certificates import CertificateFiles
from services.common.process.watched_file import FileFaults
from services.common.run.secret_files import SecretFiles, file_of, is_secret

# A key as `services.common.edge.access` makes it, or longer. A key has no dot; a token is known by
# its dots.
_KEY = re.compile(r"[A-Za-z0-9_-]{43,}")


def _sendable(key: SecretStr) -> SecretStr:
    """The key without surrounding white space: a secret's file often ends with a line break. gRPC
    cannot send a line break, and the call would never return."""
    plain = key.get_secret_value().strip()
    if not _KEY.fullmatch(plain):
        raise ValueError(
            "must be a key of 43 characters; python -m services.common.edge.access makes one"
        )
    return SecretStr(plain)


ServiceKey = Annotated[
    SecretStr,
    Field(description="The key with which this service calls the others"),
    AfterValidator(_sendable),
]

Proxies = Annotated[
    int,
    Field(
        ge=0,
        le=10,
        description="Proxies of ours that every request comes through: the sender is that many from"
        " the end of X-Forwarded-For. 0: no proxy, and the header, which anybody can write, is"
        " not read",
    ),
]

Port = Annotated[int, Field(ge=1, le=65535)]
ManagementPort = Annotated[
    Port, Field(description="Port of probes and metrics, for those inside alone")
]


class ServiceSettings(BaseSettings):
    """Read from environment variables of the same name in upper case; what is a secret, also from a
    file of that name in SECRETS_DIR."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    secrets_dir: Path | None = Field(
        None,
        description="Folder in which a setting that is a secret may stand as a file of its name,"
        " instead of a variable",
    )
    kafka_bootstrap: str = Field(
        "127.0.0.1:19092",
        pattern=r"^[^\s,]+:\d+(,[^\s,]+:\d+)*$",
        description="Kafka brokers, host:port, several with commas",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="PLAINTEXT: whoever reaches the brokers may do all that they allow anybody."
        " SSL: TLS. SASL_SSL: TLS, and a login with SCRAM-SHA-512",
    )
    kafka_sasl_username: str = Field("", description="User that logs in to Kafka")
    kafka_sasl_password: SecretStr | None = Field(
        None, description="Its password; in a file, a change counts within a second"
    )
    kafka_ca_file: Path | None = Field(
        None,
        description="Certificates of the authority that signs those of the brokers; a change counts"
        " within a second. Without it the authorities of the system are trusted",
    )
    kafka_cert_file: Path | None = Field(
        None,
        description="Certificate that the brokers are shown, where they ask for one; a change"
        " counts within a second",
    )
    kafka_key_file: Path | None = Field(None, description="Key of that certificate, no password")
    grpc_ca_file: Path | None = Field(
        None,
        description="Certificates of the authority that signs those of the services for gRPC. With"
        " this and the next two gRPC goes through TLS; a change of any counts within a second",
    )
    grpc_cert_file: Path | None = Field(
        None, description="Certificate that peers and callers are shown"
    )
    grpc_key_file: Path | None = Field(None, description="Key of that certificate, no password")
    grpc_client_certificates: bool = Field(
        True,
        description="Whether callers must show a certificate of the same authority; false where"
        " offices call directly, whose key says who they are. Of no meaning without TLS",
    )
    grpc_reflection: bool = Field(
        True,
        description="Whether gRPC tells any caller its contracts, by reflection; tools such as"
        " grpcurl ask for them. They are published anyway (`protos`), and hold no secret",
    )
    mongo_url: SecretStr = Field(
        SecretStr("mongodb://127.0.0.1:27117/?journal=true&w=majority"),
        description="MongoDB; keep journal=true and w=majority, or acknowledged writes can be lost."
        " TLS by its own options: tls=true, tlsCAFile, tlsCertificateKeyFile",
    )
    partitions: int = Field(
        6,
        ge=1,
        description="Partitions of every topic, the same for all services; at most so many replicas"
        " of a service have work. Raising it moves later events of a life to another partition",
    )
    city: str = Field("seoul", description="City pack: a built-in name or a folder")
    embedding: bool = Field(
        False,
        description="Whether citizens' words are understood with the embedding besides, the same"
        " for intake and routing, which alone do: more of them find an office, and each takes some"
        " tens of milliseconds. `make embedding` installs it",
    )
    callers_file: Path = Field(
        Path(".dasan/callers.yaml"),
        description="Who may call, with scopes and the digests of keys; a change counts within a"
        " second. `python -m services.common.edge.access` makes a key",
    )
    token_keys_file: Path | None = Field(
        None,
        description="Public keys by which the tokens of callers are known, a JWK set of one or two;"
        " a change counts within a second. Without it keys alone are taken",
    )
    token_audience: str = Field(
        "dasan",
        min_length=1,
        max_length=100,
        description="This deployment's name in tokens, the same for all services; those of another"
        " deployment are refused",
    )
    bind_host: str = Field("127.0.0.1", description="Address the servers listen on")
    http_headers_seconds: float = Field(
        10.0,
        gt=0,
        le=300,
        description="How long a connection may take to send its headers before it is closed",
    )
    http_body_seconds: float = Field(
        30.0,
        gt=0,
        le=300,
        description="How long a request may take to send its body before it is refused. Shorter"
        " turns away who has a slow line",
    )
    http_connections_per_peer: int = Field(
        512,
        ge=0,
        description="Open HTTP connections of one address (of IPv6: of one /64), 0 for any number."
        " A proxy in front is one address: its pool must fit in",
    )
    lame_duck_seconds: float = Field(
        3.0,
        ge=0,
        le=60,
        description="How long a service that was told to stop says it is not ready, and still"
        " answers: longer than a balancer needs to notice",
    )
    give_up_seconds: float = Field(
        60.0,
        gt=0,
        description="How long an event that fails by itself, or comes too early, is tried before it"
        " goes to the dead letters; one that waits for a peer or the database, sixty times as long"
        " while others of its type are settled, and for ever while none is",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least important lines that are logged"
    )
    otel_exporter_otlp_endpoint: str = Field(
        "",
        pattern="^(https?://.+)?$",
        description="Collector to send traces to, and metrics where OTEL_METRICS_EXPORTER says"
        " so (OTLP over gRPC), http://host:port or https://…;"
        " empty sends none",
    )
    otel_exporter_otlp_insecure: bool | None = Field(
        None,
        description="Whether they go without TLS; by default as the endpoint says. The file of a"
        " certificate authority of one's own is named by OTEL_EXPORTER_OTLP_CERTIFICATE",
    )
    otel_metrics_exporter: Literal["none", "otlp"] = Field(
        "none",
        description="Whether the figures of `/metrics` also go to the collector",
    )
    otel_metric_export_interval: int = Field(
        60_000, ge=1_000, description="Milliseconds from one hand-over of the figures to the next"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Variables, then the files of secrets."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @model_validator(mode="after")
    def _kafka_is_whole(self) -> Self:
        protocol = self.kafka_security_protocol
        login = {
            "KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "KAFKA_SASL_PASSWORD": self.kafka_sasl_password,
        }
        files = {
            "KAFKA_CA_FILE": self.kafka_ca_file,
            "KAFKA_CERT_FILE": self.kafka_cert_file,
            "KAFKA_KEY_FILE": self.kafka_key_file,
        }
        for name, given in login.items():
            if bool(given) != (protocol == "SASL_SSL"):
                verb = "is given, and not used" if given else "is needed"
                raise ValueError(f"{name} {verb} with KAFKA_SECURITY_PROTOCOL={protocol}")
        for name, path in files.items():
            if path is not None and protocol == "PLAINTEXT":
                raise ValueError(f"{name} is given, and not used with PLAINTEXT")
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            raise ValueError("KAFKA_CERT_FILE and KAFKA_KEY_FILE need each other")
        return self

    @model_validator(mode="after")
    def _grpc_is_whole(self) -> Self:
        given = [self.grpc_ca_file, self.grpc_cert_file, self.grpc_key_file]
        if any(given) and not all(given):
            raise ValueError("GRPC_CA_FILE, GRPC_CERT_FILE and GRPC_KEY_FILE need each other")
        return self

    def brokers(self) -> Brokers:
        """The brokers, and how one logs in to them; raises FileFaults."""
        given = self.kafka_sasl_password
        return Brokers(
            self.kafka_bootstrap,
            certificates=self._kafka_certificates(),
            user=self.kafka_sasl_username,
            password=file_of(self.secrets_dir, "kafka_sasl_password")
            or (given.get_secret_value() if given is not None else ""),
        )

    def _kafka_certificates(self) -> CertificateFiles | None:
        if self.kafka_security_protocol == "PLAINTEXT":
            return None
        return CertificateFiles(
            authority=self.kafka_ca_file, certificate=self.kafka_cert_file, key=self.kafka_key_file
        )

    def grpc_certificates(self) -> CertificateFiles | None:
        """The files for gRPC; None where it goes without TLS."""
        if self.grpc_ca_file is None:
            return None
        return CertificateFiles(
            authority=self.grpc_ca_file, certificate=self.grpc_cert_file, key=self.grpc_key_file
        )


T = TypeVar("T", bound=ServiceSettings)


def read(settings: type[T], **given: Any) -> T:
    """The settings of this process, those `given` before its variables; exits with 2, naming every
    variable missing or wrong."""
    try:
        return settings(**given)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0]) if fault["loc"] else "settings"
            remedy = _remedy(fault, settings.model_fields.get(name))
            print(f"{name.upper()}: {remedy}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from error
    except FileFaults as error:
        print(error, file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from error


def _remedy(fault: ErrorDetails, field: FieldInfo | None) -> str:
    """What to do about a fault. Never quotes the value, which may be a secret."""
    match fault["type"]:
        case "missing":
            return "is required; --help says what it is"
        case "too_short" | "string_too_short":
            least = fault["ctx"]["min_length"]
            return (
                f"must have at least {least} characters; this makes a good secret: "
                "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")
    if field is None:
        return fault["msg"]
    otherwise = "" if field.is_required() else f"; without it {shown(field.default)} counts"
    wanted = _values(field) or f"as --help says: {field.description}"
    return f"must be {wanted}{otherwise}"


def shown(default: object) -> str:
    """A default as a person reads it. Even that of a secret: what is in the code is none."""
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    return str(plain) if plain not in ("", None) else "nothing"


# The bounds that pydantic knows of a number, as words.
_BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))
_NONE = type(None)
_KINDS: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
}


def _values(field: FieldInfo) -> str:
    """The kind of a setting with its bounds, or its values; empty for a text."""
    kinds = [kind for kind in get_args(field.annotation) or [field.annotation] if kind is not _NONE]
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(map(str, kinds))}"
    bounds = [
        f"{word} {getattr(bound, name)}"
        for name, word in _BOUNDS
        for bound in field.metadata
        if hasattr(bound, name)
    ]
    said = _KINDS.get(kinds[0], "")
    return f"{said}, {' and '.join(bounds)}" if said and bounds else said


def describe(settings: type[ServiceSettings]) -> str:
    """A table of the variables, for `--help`."""
    lines = []
    for name, info in settings.model_fields.items():
        default = "required" if info.is_required() else f"default {shown(info.default)}"
        secret = "a secret" if is_secret(info) else ""
        facts = "; ".join(filter(None, (secret, _values(info), default)))
        lines.append(f"  {name.upper():32} {info.description or ''} ({facts})")
    return "\n".join(lines)
