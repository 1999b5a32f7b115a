"""Certificates of an authority that lives as long as this process, as files.

Made by trustme, for this machine and for tests; nothing outside trusts them. Whoever needs a second
authority makes a second `Authority`. What a broker needs to know of them is `Guarded`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

from deploy.local.broker import Guarded
from deploy.local.ports import HOST
from services.common.process.certificates import CertificateFiles

# Their names in the folder of an authority.
_AUTHORITY = "authority.pem"
_BROKER = "broker-keystore.pem"


class Authority:
    """An authority, and what it signs, in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file = folder / _AUTHORITY
        self._made = trustme.CA()
        self._made.cert_pem.write_to_path(self.file)

    def issues(
        self, name: str, *identities: str, until: datetime | None = None
    ) -> tuple[Path, Path]:
        """Files of a certificate (with the authority's) and of its key.

        It calls itself `name`, and is for the identities, by default for this machine; what was
        there is replaced, the certificate first.
        """
        leaf = self._made.issue_cert(
            *(identities or (HOST, "localhost")), common_name=name, not_after=until
        )
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
        key.write_bytes(_as_pkcs8(leaf.private_key_pem.bytes()))
        return certificate, key

    def files(self, name: str, *identities: str) -> CertificateFiles:
        """What one side of a connection is given: this authority, and a certificate by it."""
        certificate, key = self.issues(name, *identities)
        return CertificateFiles(authority=self.file, certificate=certificate, key=key)

    def issue_to_broker(self) -> None:
        """Puts into the folder what `guarded_in` says is there."""
        certificate, key = self.issues("broker")
        (self.folder / _BROKER).write_bytes(key.read_bytes() + certificate.read_bytes())


def guarded_in(folder: Path, *, login_port: int, certificate_port: int | None = None) -> Guarded:
    """Listeners of a broker to which an authority of this folder issues a certificate before the
    broker starts."""
    return Guarded(
        login_port=login_port,
        certificate_port=certificate_port,
        shown=folder / _BROKER,
        authority=folder / _AUTHORITY,
    )


def _as_pkcs8(pem: bytes) -> bytes:
    """The only form in which Java reads a key."""
    key = serialization.load_pem_private_key(pem, password=None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
