"""A deployment that gives and takes tokens; tests change its files and move its clocks by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from services.common.edge import access_tokens
from services.common.edge.access import Caller, CallersFile, digest
from services.common.edge.access_tokens import KeysAndTokens, SigningKeys, TokenIssuer
from services.common.process.watched_file import LOOK_EVERY_SECONDS, WatchedFile

LIFE = timedelta(minutes=15)
AUDIENCE = "dasan-saebom"


@cache
def signing_key(name: str) -> RSAKey:
    """The signing key of this name; making one takes a tenth of a second."""
    return access_tokens.new_signing_key()


class Deployment:
    """One service that gives tokens, and one that takes them."""

    def __init__(self, folder: Path) -> None:
        self._callers = folder / "callers.yaml"
        self._accepted = folder / "token_keys.json"
        self._signing = folder / "signing_key.json"
        self.now = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
        self._monotonic = 0.0
        self.knows(entry("mill", "mill-key", office="o-mill", scopes=("work", "read")))
        self.accepts("one")
        self.signs_with("one")
        self.callers = KeysAndTokens(
            CallersFile(self._callers, self.monotonic),
            self.watched_keys(),
            audience=AUDIENCE,
            clock=self.clock,
        )
        self.issuer = TokenIssuer(
            signing=WatchedFile(self._signing, access_tokens.read_signing, self.monotonic),
            accepted=self.watched_keys(),
            audience=AUDIENCE,
            life=LIFE,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self._monotonic

    def later(self, by: timedelta) -> None:
        """Time passes; the files are looked at again."""
        self.now += by
        self._monotonic += by.total_seconds()

    def knows(self, *callers: Mapping[str, Any]) -> None:
        """From now on these are the callers."""
        self._write(self._callers, {"callers": callers})

    def accepts(self, *names: str) -> None:
        """From now on tokens that these keys signed are taken."""
        keys = [access_tokens.public_half(signing_key(name)) for name in names]
        self._write(self._accepted, {"keys": keys})

    def signs_with(self, name: str) -> None:
        """From now on this key signs the tokens."""
        self._signing.unlink(missing_ok=True)
        access_tokens.write_signing_key(self._signing, signing_key(name))
        self._monotonic += LOOK_EVERY_SECONDS

    def watched_keys(self) -> WatchedFile[SigningKeys]:
        """The accepted keys as a service reads them."""
        return WatchedFile(self._accepted, access_tokens.read_accepted, self.monotonic)

    def token(self, key: str = "mill-key", scopes: Iterable[str] | None = None) -> str:
        """A token for this key."""
        caller = self.callers.of(key)
        wanted = caller.scopes if scopes is None else frozenset(scopes)
        return self.issuer.issue(caller, key, wanted).token

    def forged(
        self,
        *,
        signed_by: Any = None,
        algorithm: str = access_tokens.ALGORITHM,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token as the issuer makes it, but for these claims, header fields, signing key or
        algorithm; a field that is None is left out."""
        true = jwt.decode(self.token(), signing_key("one"), algorithms=[access_tokens.ALGORITHM])
        said = {**true.claims, **claims}
        head = {**true.header, "alg": algorithm, **(header or {})}
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            {name: value for name, value in said.items() if value is not None},
            signed_by or signing_key("one"),
            algorithms=[algorithm],
        )

    def _write(self, path: Path, content: Any) -> None:
        path.write_text(json.dumps(content), encoding="utf-8")
        self._monotonic += LOOK_EVERY_SECONDS


def entry(
    id_: str, *keys: str, office: str = "", scopes: Iterable[str] = ("work",)
) -> Mapping[str, Any]:
    """A caller as the file of callers names it."""
    entered = {"id": id_, "scopes": list(scopes), "keys": [digest(key) for key in keys]}
    return {**entered, "office": office} if office else entered


MILL = Caller(id="mill", scopes=frozenset({"work", "read"}), office="o-mill")
