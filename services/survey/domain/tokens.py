"""The secret in a survey link: whoever has it may answer, and nobody can guess it."""

from __future__ import annotations

import base64
import hashlib
import hmac


class Tokens:
    """Tokens derived from the survey's id, so that none has to be stored."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def of(self, survey_id: str) -> str:
        """The token of a survey: 256 bits, safe in a URL."""
        digest = hmac.digest(self._key, survey_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def fits(self, survey_id: str, token: str) -> bool:
        """Whether the token is this survey's; takes the same time either way."""
        return hmac.compare_digest(self.of(survey_id).encode(), token.encode())
