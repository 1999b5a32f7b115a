"""Certificates of an authority that lives for one run of the tests, as files.

Made by trustme; nothing outside trusts them. Whoever needs a second authority makes a second
`Authority`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

from deploy.local.broker import Guarded
from deploy.local.ports import HOST, Ports
from services.common.process.certificates import CertificateFiles


class Authority:
    """An authority, and what it signs, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "authority.pem"
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

    def guarded(self) -> Guarded:
        """Listeners of a broker that shows a certificate by this authority."""
        certificate, key = self.issues("broker")
        shown = self.folder / "broker-keystore.pem"
        shown.write_bytes(key.read_bytes() + certificate.read_bytes())
        ports = Ports.free()
        return Guarded(
            login_port=ports.intake_http,
            certificate_port=ports.intake_grpc,
            shown=shown,
            authority=self.file,
        )


def _as_pkcs8(pem: bytes) -> bytes:
    """The only form in which Java reads a key."""
    key = serialization.load_pem_private_key(pem, password=None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
