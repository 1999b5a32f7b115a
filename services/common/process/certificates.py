"""The files of a connection with TLS: the authority that is trusted, and what is shown of oneself.

Owns how the files are read and what is said of one that cannot be used. When they are looked at
again is left to `watched_file`, what speaks through the connection to whoever opens it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from services.common.process.watched_file import FileFaults


@dataclass(frozen=True, slots=True, kw_only=True)
class Pem:
    """What stood in the files, in the form PEM."""

    authority: bytes
    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Where the files are. Without `authority` those of the system are trusted; `certificate` (with
    what leads up to the authority) and `key` are given together or not at all."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def paths(self) -> tuple[Path, ...]:
        """The files that are given."""
        given = (self.authority, self.certificate, self.key)
        return tuple(path for path in given if path is not None)

    def context(self) -> ssl.SSLContext:
        """A client's context, which checks the server's certificate and name; raises FileFaults.

        A new one each time: what a context was once told to trust it trusts for ever.
        """
        if self.authority is None:
            context = ssl.create_default_context()
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            try:
                context.load_verify_locations(cafile=self.authority)
            except OSError as error:
                raise FileFaults(f"{self.authority}: {_said(error)}") from error
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate, self.key, password=_no_password)
            except (OSError, ValueError) as error:
                raise FileFaults(f"{self.certificate} with {self.key}: {_said(error)}") from error
        return context

    def pem(self) -> Pem:
        """What stands in the three files, which must fit together; raises FileFaults."""
        self.context()
        parts = []
        for path in self.paths():
            try:
                parts.append(path.read_bytes())
            except OSError as error:
                raise FileFaults(f"{path}: {_said(error)}") from error
        authority, certificate, key = parts
        return Pem(authority=authority, certificate=certificate, key=key)


def _no_password() -> str:
    """OpenSSL would ask at the terminal for the password of a key that has one."""
    raise ValueError("the key has a password")


def _said(error: Exception) -> str:
    """What is wrong with a file, in a few words and without what stands in it."""
    match error:
        case ssl.SSLError(reason=str(reason)):
            return f"cannot be used ({reason.lower().replace('_', ' ')})"
        case ssl.SSLError():
            return "holds no certificate or key in the form PEM"
        case OSError(strerror=str(said)):
            return said
    return str(error)
