"""How a command is known when it is sent again: the id of its cause."""

from __future__ import annotations

import hashlib
import re

from services.common.kernel import DomainError, Kind

LONGEST_COMMAND_ID = 64
_MARK_DIGITS = 8
_NAME_DIGITS = 32
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def cause_id(caller: str, kind: str, command_id: str, said: str) -> str:
    """The id of the cause that a caller's command is: made of the caller, the command's kind, the
    id that the caller gave it (1 to 64 printable characters; a digest of one that is no UUID) and a
    digest of what it says. With
    kind and content in it, another command under a used id is not taken for a repeat.

    Raises DomainError `invalid_command_id` (INVALID).
    """
    if not 1 <= len(command_id) <= LONGEST_COMMAND_ID or not command_id.isprintable():
        raise DomainError(
            "invalid_command_id",
            Kind.INVALID,
            f"must have 1 to {LONGEST_COMMAND_ID} printable characters, or be empty",
            field="command_id",
        )
    # The cause travels on the bus. A caller may have put a name or a number of somebody into its
    # id, but not into a UUID; and the digest of what is said is so short that nobody may learn an
    # answer's words from it.
    name = command_id if _UUID.fullmatch(command_id) else _digest(command_id, _NAME_DIGITS)
    return f"{caller}:{kind}:{name}:{_digest(said, _MARK_DIGITS)}"


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
