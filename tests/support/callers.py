"""The callers in tests: those of the local city, with keys that are no secret."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr

from deploy.local.keys import OFFICE_SCOPES, SCOPES
from services.common.edge.access import Caller, KnownCallers, digest, new_key

# For a service whose peers do not look at it.
KEY = SecretStr(new_key())


def known(office_ids: Iterable[str] = ()) -> KnownCallers:
    """The local city's callers and these offices; the key of each is its id."""
    callers = [Caller(id=id_, scopes=frozenset(scopes)) for id_, scopes in SCOPES.items()]
    callers += [Caller(id=id_, scopes=frozenset(OFFICE_SCOPES), office=id_) for id_ in office_ids]
    return KnownCallers({digest(caller.id): caller for caller in callers})


CALLERS = known()


def metadata(key: str) -> tuple[tuple[str, str], ...]:
    """The metadata of a gRPC call with this key; the key of a caller of CALLERS is its id."""
    return (("authorization", f"Bearer {key}"),)


def header(key: str) -> dict[str, str]:
    """The same with an HTTP request."""
    return {"Authorization": f"Bearer {key}"}
