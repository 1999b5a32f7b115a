"""The citizen's secret, and the short link that leads to their inquiry."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

# 144 bits: beyond guessing.
_BYTES = 18


class StatusLinks:
    """Secrets and links are made from the inquiry's id and one key, so none is ever stored.

    The token of a link is the inquiry's id as one block of AES under a key of its own: 22 letters,
    so that a text message has room for its words. Of the 2^128 tokens only those of inquiries that
    are there lead anywhere, and who does not hold the key cannot tell which.
    """

    def __init__(self, *, key: str, public_url: str) -> None:
        self._key = key.encode()
        self._public_url = public_url.rstrip("/")
        # A single block each, and no two ids are alike: the mode that chains no blocks is enough.
        own = hmac.digest(self._key, b"intake: short links", hashlib.sha256)
        self._cipher = Cipher(AES(own), ECB())  # noqa: S305

    def secret(self, inquiry_id: str) -> str:
        """The secret of an inquiry, safe in a URL."""
        digest = hmac.digest(self._key, inquiry_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode()

    def opens(self, inquiry_id: str, secret: str) -> bool:
        """Whether the secret is the inquiry's, in constant time."""
        return hmac.compare_digest(self.secret(inquiry_id).encode(), secret.encode())

    def url(self, inquiry_id: str) -> str:
        """The link to the inquiry's status; ValueError for an id that is no UUID."""
        return f"{self._public_url}/i/{self._token(UUID(inquiry_id))}"

    def inquiry_of(self, token: str) -> str | None:
        """The id that the token of a link stands for, whether or not there is such an inquiry; None
        for what is no token."""
        try:
            block = base64.b64decode(f"{token}==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(block) != AES.block_size // 8:
            return None
        decryptor = self._cipher.decryptor()
        id_ = UUID(bytes=decryptor.update(block) + decryptor.finalize())
        # The last letter has bits to spare: each inquiry has one token.
        return str(id_) if self._token(id_) == token else None

    def _token(self, id_: UUID) -> str:
        encryptor = self._cipher.encryptor()
        block = encryptor.update(id_.bytes) + encryptor.finalize()
        return base64.urlsafe_b64encode(block).decode().rstrip("=")
