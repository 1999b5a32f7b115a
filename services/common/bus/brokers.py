"""Where the brokers are and how one logs in to them: every client of Kafka is made from here.

Owns the form in which aiokafka and kafka-python want that said, the files that a login is made of,
and the name of what a broker objects to. Faust's own form is left to `views`, and which settings
say all this to `run`. Whoever keeps a client asks for the `login` again: another object than before
means that a password or certificate has changed, and that a new client is due. The old one goes on
as long as its connections do, so nothing is lost between the two.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from asyncio import IncompleteReadError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaConnectionError,
    SaslAuthenticationFailed,
)

from services.common.process.certificates import CertificateFiles
from services.common.process.watched_file import FileFaults, WatchedFiles

# What Strimzi makes passwords for, and the only mechanism here that never sends one.
MECHANISM = "SCRAM-SHA-512"
# Its certificate is not by our authority, has expired, or is for another name.
_UNTRUSTED = "broker_untrusted"
# It knows neither our password nor our certificate.
_LOGIN_REFUSED = "broker_login_refused"
# How long the brokers may take to say why they take no connection.
_ASK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why no client connects: a slug, and what it means for a person."""

    slug: str
    message: str


AWAY = Refusal(slug="broker_away", message="the broker cannot be reached")
# Every slug of a refusal.
REFUSALS = frozenset({AWAY.slug, _UNTRUSTED, _LOGIN_REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Login:
    """How a client connects now. Two are the same only if no file has changed between them."""

    bootstrap: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def client(self) -> dict[str, Any]:
        """The arguments by which clients of aiokafka and kafka-python connect."""
        return {"bootstrap_servers": self.bootstrap, **self.connection()}

    def connection(self) -> dict[str, Any]:
        """The same without the addresses."""
        if self.tls is None:
            return {"security_protocol": "PLAINTEXT"}
        if not self.user:
            return {"security_protocol": "SSL", "ssl_context": self.tls}
        return {
            "security_protocol": "SASL_SSL",
            "ssl_context": self.tls,
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


class Brokers:
    """The brokers of this deployment.

    `bootstrap` is host:port, several with commas. Without `certificates` connections are plain; a
    `user` logs in with a password, which is given or stands in a file.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        certificates: CertificateFiles | None = None,
        user: str = "",
        password: str | Path = "",
    ) -> None:
        """Reads the files; raises FileFaults."""
        self.bootstrap = bootstrap
        self._certificates = certificates
        self._user = user
        self._password = password
        files = certificates.paths() if certificates is not None else ()
        if isinstance(password, Path):
            files = (*files, password)
        self._files = WatchedFiles(files, self._read)

    def login(self) -> Login:
        """How one connects now, by files that are at most a second old. The same object comes until
        one of them changes; a file that cannot be used is logged, and what it was still counts."""
        return self._files.content()

    def _read(self) -> Login:
        return Login(
            bootstrap=self.bootstrap,
            user=self._user,
            password=self._password_now(),
            tls=self._certificates.context() if self._certificates is not None else None,
        )

    def _password_now(self) -> str:
        if isinstance(self._password, str):
            return self._password
        try:
            found = self._password.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise FileFaults(f"{self._password}: cannot be read") from error
        if not found:
            raise FileFaults(f"{self._password}: is empty")
        return found

    async def refusal(self) -> Refusal:
        """Why no client of ours connects; AWAY unless a broker says something else.

        aiokafka tells its caller only that it has not connected, so one connection is tried again
        here. Takes five seconds at most, and none without TLS.
        """
        found: Refusal | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ASK_SECONDS):
                found = await self._refused()
        return found or AWAY

    async def _refused(self) -> Refusal | None:
        login = self.login()
        if login.tls is None:
            return None
        for host, port, _ in collect_hosts(login.bootstrap):
            try:
                connection = await create_conn(
                    host, port, client_id="dasan-refused", **login.connection()
                )
                connection.close()
            except Exception as error:
                if (found := _named(error)) is not None:
                    return found
        return None


def _named(error: Exception) -> Refusal | None:
    match error, error.__cause__:
        case ssl.SSLCertVerificationError(verify_message=said), _:
            return Refusal(
                slug=_UNTRUSTED, message=f"the broker's certificate is not trusted: {said}"
            )
        case ((SaslAuthenticationFailed() | AuthenticationFailedError()), _):
            return Refusal(slug=_LOGIN_REFUSED, message="the broker refuses user or password")
        # TLS 1.3: who shows no certificate, or a wrong one, has a connection at first.
        case KafkaConnectionError(), (ssl.SSLError() | IncompleteReadError()):
            return Refusal(
                slug=_LOGIN_REFUSED,
                message="the broker ends the connection at once: it may want another certificate",
            )
    return None
