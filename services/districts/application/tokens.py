"""The tokens of offices: `<office id>.<hex HMAC-SHA256 of the id>`.

A token says which office calls and nothing else; whoever holds the secret can make one.
"""

from __future__ import annotations

import hashlib
import hmac

from services.common.kernel import DomainError, Kind


def mint(secret: str, office_id: str) -> str:
    """The token of an office."""
    return f"{office_id}.{_signature(secret, office_id)}"


def office_of(secret: str, token: str) -> str:
    """The office a token names; raises `bad_token` (UNAUTHENTICATED)."""
    office_id, _, signature = token.rpartition(".")
    if not office_id or not hmac.compare_digest(
        signature.encode(), _signature(secret, office_id).encode()
    ):
        raise bad_token()
    return office_id


def bad_token() -> DomainError:
    """No token, or not one of an office."""
    return DomainError(
        "bad_token",
        Kind.UNAUTHENTICATED,
        "send the token of an office: authorization: Bearer <token>",
    )


def _signature(secret: str, office_id: str) -> str:
    return hmac.new(secret.encode(), office_id.encode(), hashlib.sha256).hexdigest()
