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


def metadata(key: str) -> tuple[tuple[str, str], ...]:
    """What is sent with a gRPC call; the key of a caller of CALLERS is its id."""
    return (("authorization", f"Bearer {key}"),)


def header(key: str) -> dict[str, str]:
    """The same with an HTTP request."""
    return {"Authorization": f"Bearer {key}"}
