"""Who is calling, and what the caller may do: known from a key, never from a field of the request.

Owns keys, their digests and the file of callers. What a scope is called and which call needs it is
said where the call is answered. The file holds digests only, so that who reads it cannot call.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.common import telemetry
from services.common.kernel import DomainError, Kind

log = logging.getLogger(__name__)

_KEY_BYTES = 32
# A key and its successor: callers change over one by one, and nobody is locked out meanwhile.
KEYS_MOST = 2
# The file is looked at again after this, when somebody calls. Longer: a key that was taken away is
# taken a while longer. Shorter: costs a look at the file for more calls.
LOOK_EVERY_SECONDS = 1.0
_BEARER = "bearer "
_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
_DIGEST_PATTERN = r"^sha256:[0-9a-f]{64}$"


def new_key() -> str:
    """A key of 256 bits, in 43 characters that fit into a header."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest(key: str) -> str:
    """What is kept of a key. Without salt and stretching: 256 bits of chance cannot be guessed."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def bearer(authorization: str) -> str:
    """The key in an `Authorization` header of the form `Bearer <key>`; "" when there is none."""
    given = authorization.strip()
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A service, a desk or a system, with the scopes it has; `id` is noted in audits and logs."""

    id: str
    scopes: frozenset[str]

    def must(self, scope: str) -> None:
        """Raises DomainError `not_allowed` (FORBIDDEN) unless the caller has the scope."""
        if scope not in self.scopes:
            telemetry.CALLS_REFUSED.labels("not_allowed").inc()
            log.warning("access.not_allowed", extra={"caller": self.id, "scope": scope})
            raise DomainError("not_allowed", Kind.FORBIDDEN, f"this caller has no scope {scope}")


class Callers(Protocol):
    """Those who may call."""

    def of(self, key: str) -> Caller:
        """The caller whose key this is; raises DomainError UNAUTHENTICATED, `key_missing` for ""
        and `key_unknown` for one that is not, or not any more, a caller's."""
        ...


class KnownCallers:
    """Callers by the digests of their keys."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        self._by_digest = dict(by_digest)

    def of(self, key: str) -> Caller:
        """See `Callers`."""
        if not key:
            raise _refused("key_missing", "send your key: Authorization: Bearer <key>")
        kept = digest(key)
        # By the digest: how long the look-up takes tells nothing of the key.
        caller = self._by_digest.get(kept)
        if caller is None:
            raise _refused("key_unknown", "no caller has this key; it may have been replaced")
        telemetry.KEY_USED.labels(caller.id, kept[len("sha256:") :][:8]).set_to_current_time()
        return caller


class CallersFaults(ValueError):
    """The file of callers cannot be used; says the file and each place at fault, never a value."""


class CallersFile:
    """Callers from a file that may change: a key added or taken away counts within a second."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Reads the file; raises CallersFaults."""
        self._path = path
        self._monotonic = monotonic
        self._state = _state_of(path)
        self._known = _read(path)
        self._looked = monotonic()
        # Why it could not be used when it was looked at last; "" when it could.
        self._fault = ""

    def of(self, key: str) -> Caller:
        """See `Callers`. A file that cannot be used leaves those known before, and is logged."""
        self._look()
        return self._known.of(key)

    def _look(self) -> None:
        now = self._monotonic()
        if now - self._looked < LOOK_EVERY_SECONDS:
            return
        self._looked = now
        state = _state_of(self._path)
        if state == self._state:
            return
        try:
            self._known = _read(self._path)
        except CallersFaults as error:
            # It is read again at the next look: what kept it from being read may be over without
            # a change of the file. One line for each fault is enough.
            if str(error) != self._fault:
                log.error("access.callers_unusable", extra={"fault": str(error)})
            self._fault = str(error)
        else:
            log.info("access.callers_read", extra={"path": str(self._path)})
            self._state, self._fault = state, ""


_Digest = Annotated[str, Field(pattern=_DIGEST_PATTERN)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=_ID_PATTERN)
    scopes: frozenset[str]
    keys: tuple[_Digest, ...] = Field(max_length=KEYS_MOST)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    callers: tuple[_Entry, ...]


def _read(path: Path) -> KnownCallers:
    try:
        content = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors()
        )
        raise CallersFaults(f"{path}: {places}") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise CallersFaults(f"{path}: cannot be read ({type(error).__name__})") from None
    return KnownCallers(_by_digest(path, content.callers))


def _by_digest(path: Path, entries: Iterable[_Entry]) -> Mapping[str, Caller]:
    found: dict[str, Caller] = {}
    ids: set[str] = set()
    for entry in entries:
        if entry.id in ids:
            raise CallersFaults(f"{path}: {entry.id} stands there twice")
        ids.add(entry.id)
        for kept in entry.keys:
            if kept in found:
                raise CallersFaults(f"{path}: {entry.id} and {found[kept].id} have the same key")
            found[kept] = Caller(id=entry.id, scopes=entry.scopes)
    return found


def _state_of(path: Path) -> tuple[int, int, int, int] | None:
    """What changes whenever the file does, also when a link is set to another one, or its time is
    kept: digests are all of one length, so that neither size nor time need tell a new one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _refused(slug: str, message: str) -> DomainError:
    telemetry.CALLS_REFUSED.labels(slug).inc()
    return DomainError(slug, Kind.UNAUTHENTICATED, message)


_HELP = """Makes a new key and its digest.

Give the key to the caller; one of the services reads it from SERVICE_KEY. Write the digest into
the file that CALLERS_FILE names, beside the old one, and take that out when the caller has changed
over:

  callers:
    - id: notify
      scopes: [contact:notify, answers:notify, survey-links]
      keys: [sha256:…, sha256:…]
"""


def main() -> None:
    """Makes a key: `python -m services.common.access`."""
    parser = argparse.ArgumentParser(
        prog="python -m services.common.access",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    key = new_key()
    sys.stdout.write(f"key     {key}\ndigest  {digest(key)}\n")


if __name__ == "__main__":
    main()
