"""The citizen's secret, and the link that holds it."""

from __future__ import annotations

import base64
import hashlib
import hmac

# 144 bits: beyond guessing, and a link that still fits a text message.
_BYTES = 18


class StatusLinks:
    """Secrets are made from the inquiry's id and one key, so none is ever stored."""

    def __init__(self, *, key: str, public_url: str) -> None:
        self._key = key.encode()
        self._public_url = public_url.rstrip("/")

    def secret(self, inquiry_id: str) -> str:
        """The secret of an inquiry, safe in a URL."""
        digest = hmac.digest(self._key, inquiry_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode()

    def opens(self, inquiry_id: str, secret: str) -> bool:
        """Whether the secret is the inquiry's, in constant time."""
        return hmac.compare_digest(self.secret(inquiry_id).encode(), secret.encode())

    def url(self, inquiry_id: str, receipt_number: str) -> str:
        """The link to the inquiry's status."""
        return f"{self._public_url}/v1/inquiries/{receipt_number}?secret={self.secret(inquiry_id)}"
