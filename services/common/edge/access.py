"""Who is calling, and what the caller may do: known from a key, never from a field of the request.

Owns keys, their digests and the file of callers. The entry point that answers a call names the
scope that it needs; tokens made from keys are left to `access_tokens`. The file holds digests only:
whoever reads it still cannot call.
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

from services.common.kernel import DomainError, Kind
from services.common.process import metrics
from services.common.process.watched_file import FileFaults, WatchedFile

log = logging.getLogger(__name__)

_KEY_BYTES = 32
# Keys of one caller: the old one and its successor, so that the caller's machines change over one
# by one and none is locked out meanwhile.
KEYS_MOST = 2
_BEARER = "bearer "
_OFFICE_ID_LONGEST = 64
_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
_DIGEST_PATTERN = r"^sha256:[0-9a-f]{64}$"
# Eight hex digits of a digest: two keys of one caller share them once in four thousand million.
_MARK_CHARACTERS = 8
# PyYAML has its quick loader only where it was built with libyaml. The slow one takes 0.2 s for
# five hundred offices, and the service stands still meanwhile.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def new_key() -> str:
    """A key of 256 bits, in 43 characters that fit into a header."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest(key: str) -> str:
    """What is kept of a key. Without salt and stretching: 256 bits of chance cannot be guessed."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def mark(key: str) -> str:
    """The name of a key in metrics and tokens: the beginning of its digest."""
    return _mark_of(digest(key))


def _mark_of(kept: str) -> str:
    return kept.removeprefix("sha256:")[:_MARK_CHARACTERS]


def bearer(authorization: str) -> str:
    """The key or token in an `Authorization` header of the form `Bearer <key>`; "" for none."""
    given = authorization.strip()
    return given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A service, an office, a desk or a system, with the scopes it has.

    `id` is noted in audits and logs; `office` is the one it speaks for, "" for none.
    """

    id: str
    scopes: frozenset[str]
    office: str = ""

    def must(self, scope: str) -> None:
        """Raises DomainError `not_allowed` (FORBIDDEN) unless the caller has the scope."""
        if scope not in self.scopes:
            raise self.forbidden("not_allowed", f"this caller has no scope {scope}", scope=scope)

    def forbidden(self, slug: str, message: str, **ids: str) -> DomainError:
        """The refusal of a caller who is known, counted and logged with these ids."""
        metrics.CALLS_REFUSED.labels(slug).inc()
        log.warning(f"access.{slug}", extra={"caller": self.id, **ids})
        return DomainError(slug, Kind.FORBIDDEN, message)


class Callers(Protocol):
    """Those who may call."""

    def of(self, sent: str) -> Caller:
        """The caller who sent this key, or a token made from one.

        Raises DomainError UNAUTHENTICATED: `key_missing` for "", `key_unknown` for a key that is
        not, or not any more, a caller's; for a token the slugs of `access_tokens`.
        """
        ...

    def with_mark(self, id_: str, mark: str) -> Caller | None:
        """The caller of this id, if a key with this mark is one of its keys."""
        ...

    def all(self) -> Iterable[Caller]:
        """Each caller once."""
        ...


class KnownCallers:
    """Callers by the digests of their keys."""

    def __init__(self, by_digest: Mapping[str, Caller]) -> None:
        self._by_digest = dict(by_digest)
        self._by_mark = {(caller.id, _mark_of(kept)): caller for kept, caller in by_digest.items()}

    def of(self, key: str) -> Caller:
        """See `Callers`; takes keys only."""
        if not key:
            raise refused("key_missing", "send your key: Authorization: Bearer <key>")
        kept = digest(key)
        # Looked up by the digest: the time that this takes tells nothing of the key.
        caller = self._by_digest.get(kept)
        if caller is None:
            raise refused("key_unknown", "no caller has this key; it may have been replaced")
        metrics.KEY_USED.labels(caller.id, _mark_of(kept)).set_to_current_time()
        return caller

    def with_mark(self, id_: str, mark: str) -> Caller | None:
        """See `Callers`."""
        return self._by_mark.get((id_, mark))

    def all(self) -> Iterable[Caller]:
        """See `Callers`; who has no key cannot call and is left out."""
        return {caller.id: caller for caller in self._by_digest.values()}.values()


class CallersFile:
    """Callers from a file that may change: a key added or taken away counts within a second.

    A file that cannot be used leaves those known before, and is logged.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Reads the file; raises FileFaults."""
        self._file = WatchedFile(path, _read, monotonic)

    def of(self, key: str) -> Caller:
        """See `Callers`; takes keys only."""
        return self._file.content().of(key)

    def with_mark(self, id_: str, mark: str) -> Caller | None:
        """See `Callers`."""
        return self._file.content().with_mark(id_, mark)

    def all(self) -> Iterable[Caller]:
        """See `Callers`."""
        return self._file.content().all()


_Digest = Annotated[str, Field(pattern=_DIGEST_PATTERN)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=_ID_PATTERN)
    scopes: frozenset[str]
    keys: tuple[_Digest, ...] = Field(max_length=KEYS_MOST)
    office: str = Field("", max_length=_OFFICE_ID_LONGEST)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    callers: tuple[_Entry, ...]


def _read(path: Path) -> KnownCallers:
    try:
        content = _File.model_validate(_parsed(path))
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors()
        )
        raise FileFaults(f"{path}: {places}") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise FileFaults(f"{path}: cannot be read ({type(error).__name__})") from None
    return KnownCallers(_by_digest(path, content.callers))


def _parsed(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)


def _by_digest(path: Path, entries: Iterable[_Entry]) -> Mapping[str, Caller]:
    found: dict[str, Caller] = {}
    ids: set[str] = set()
    for entry in entries:
        if entry.id in ids:
            raise FileFaults(f"{path}: {entry.id} stands there twice")
        ids.add(entry.id)
        for kept in entry.keys:
            if kept in found:
                raise FileFaults(f"{path}: {entry.id} and {found[kept].id} have the same key")
            found[kept] = Caller(id=entry.id, scopes=entry.scopes, office=entry.office)
    return found


def refused(slug: str, message: str) -> DomainError:
    """The refusal of somebody who is not known (UNAUTHENTICATED), counted."""
    metrics.CALLS_REFUSED.labels(slug).inc()
    return DomainError(slug, Kind.UNAUTHENTICATED, message)


_HELP = """Makes a new key and its digest.

Give the key to the caller; one of the services reads it from SERVICE_KEY. Write the digest into
the file that CALLERS_FILE names, beside the old one, and take that out when the caller has changed
over. The software of an office has the scope `work` and names its office:

  callers:
    - id: notify
      scopes: [contact:notify, words:notify, answers:notify, survey-links]
      keys: [sha256:…, sha256:…]
    - id: gangnam-gu
      scopes: [work]
      office: d-11680
      keys: [sha256:…]
"""


def main() -> None:
    """Makes a key: `python -m services.common.edge.access`."""
    parser = argparse.ArgumentParser(
        prog="python -m services.common.edge.access",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    key = new_key()
    sys.stdout.write(f"key     {key}\ndigest  {digest(key)}\n")


if __name__ == "__main__":
    main()
