"""Those who may call in tests: the local city's, with keys that everybody knows."""

from __future__ import annotations

from pydantic import SecretStr

from deploy.local.keys import SCOPES
from services.common.access import Caller, KnownCallers, digest, new_key

# For a service whose peers do not look at it.
KEY = SecretStr(new_key())

CALLERS = KnownCallers(
    {digest(id_): Caller(id=id_, scopes=frozenset(scopes)) for id_, scopes in SCOPES.items()}
)


def metadata(caller: str) -> tuple[tuple[str, str], ...]:
    """What this caller sends with a gRPC call."""
    return (("authorization", f"Bearer {caller}"),)


def header(caller: str) -> dict[str, str]:
    """What this caller sends with an HTTP request."""
    return {"Authorization": f"Bearer {caller}"}
