"""How a command is known when it is sent again: the id of its cause."""

from __future__ import annotations

import hashlib

from services.common.kernel import DomainError, Kind

LONGEST_COMMAND_ID = 64
_MARK_DIGITS = 8


def cause_id(caller: str, kind: str, command_id: str, said: str) -> str:
    """The id of the cause that a caller's command is: made of the caller, the command's kind, the
    id that the caller gave it (1 to 64 printable characters) and a digest of what it says. With
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
    # The digest is this short because the cause travels on the bus, and nobody may learn an
    # answer's words from it.
    mark = hashlib.sha256(said.encode()).hexdigest()[:_MARK_DIGITS]
    return f"{caller}:{kind}:{command_id}:{mark}"
