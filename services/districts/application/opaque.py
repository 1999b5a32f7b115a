"""Text that a caller keeps for us and gives back as it was: base64url, up to 200 characters.

It is not signed, so whoever reads it must bear what a caller could have made up.
"""

from __future__ import annotations

import base64
import binascii

_LONGEST = 200


def write(text: str) -> str:
    """The text as a caller gets it."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(sent: str) -> str | None:
    """The text that was written; None for what never was."""
    if len(sent) > _LONGEST:
        return None
    try:
        padded = sent.encode("ascii") + b"=" * (-len(sent) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        return None
