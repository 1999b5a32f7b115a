"""Short-lived signed tokens that a caller gets for its key and sends in the key's place.

Owns how a token is made and when it is taken, and the files of signing keys. Who may call, and for
what, stays with `access`: the caller is looked up at each call, so that a token gives nothing that
the file of callers no longer gives. The exchange over HTTP is left to `access_exchange`.

A token is a JWT access token (RFC 9068), signed with RS256. One service holds the private key; the
others have its public half, which can check a token and make none.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, RSAKey
from pydantic import BaseModel, ConfigDict

from services.common.edge.access import Caller, Callers, CallersFile, mark, refused
from services.common.kernel import DomainError, Kind
from services.common.process.clock import new_id, utc_now
from services.common.process.watched_file import FileFaults, WatchedFile

# A fixed algorithm: a token that names another one is not looked at.
ALGORITHM = "RS256"
_TYPE = "at+jwt"
ISSUER = "dasan"
# NIST SP 800-57 part 1, table 2: enough until 2030. Longer costs each check of a token more.
_KEY_BITS = 2048
# A signing key and its successor: the new one is known everywhere before anybody signs with it, and
# the old one until the last token that it signed has ended.
SIGNING_KEYS_MOST = 2
# A token of this deployment has some 700 characters. A text longer than this is refused undecoded.
LARGEST_TOKEN_CHARACTERS = 4096
# The clocks of two machines may differ by this much. Longer: a token is taken longer after its end.
# Shorter: a machine whose clock is ahead refuses a token before its end.
LEEWAY = timedelta(seconds=30)
# Tokens whose signature was checked, so that a caller's many calls cost one check. Only true ones
# are kept, so that strangers cannot push them out; a city's offices are some hundreds.
_CHECKED_MOST = 4096

SigningKeys = Mapping[str, RSAKey]
"""Public keys by their ids."""


class _Claims(BaseModel):
    """What a token says. `key` is the mark of the key that it was given for."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: str
    aud: str
    sub: str
    exp: int
    scope: str
    office: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token and what it is good for; `life` begins now."""

    token: str
    scopes: frozenset[str]
    life: timedelta


class TokenIssuer:
    """Makes tokens. Each is good for `life`."""

    def __init__(
        self,
        *,
        signing: WatchedFile[RSAKey],
        accepted: WatchedFile[SigningKeys],
        audience: str,
        life: timedelta,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._signing = signing
        self._accepted = accepted
        self._audience = audience
        self._life = life
        self._clock = clock

    def issue(self, caller: Caller, key: str, scopes: frozenset[str]) -> Issued:
        """A token for the caller, who has shown this key; `scopes` are some or all of its own.

        Raises DomainError `signing_key_unknown` (UNAVAILABLE) while no service would take it.
        """
        signing = self._signing.content()
        if signing.kid not in self._accepted.content():
            raise DomainError(
                "signing_key_unknown",
                Kind.UNAVAILABLE,
                "the public half of the signing key is not in TOKEN_KEYS_FILE",
            )
        now = int(self._clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": caller.id,
            "client_id": caller.id,
            "iat": now,
            "exp": now + int(self._life.total_seconds()),
            "jti": new_id(),
            "scope": " ".join(sorted(scopes)),
            "office": caller.office,
            "key": mark(key),
        }
        header = {"alg": ALGORITHM, "typ": _TYPE, "kid": signing.kid}
        token = jwt.encode(header, claims, signing, algorithms=[ALGORITHM])
        return Issued(token=token, scopes=scopes, life=self._life)


class KeysAndTokens:
    """Callers by what they send: a key, or a token that was given for one."""

    def __init__(
        self,
        keyed: Callers,
        accepted: WatchedFile[SigningKeys] | None,
        *,
        audience: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`keyed` are the callers by their keys, `accepted` the keys that tokens may be signed
        with; None takes keys only."""
        self._keyed = keyed
        self._accepted = accepted
        self._audience = audience
        self._clock = clock
        self._checked: dict[str, _Claims] = {}
        self._checked_with: SigningKeys = {}

    def of(self, sent: str) -> Caller:
        """See `access.Callers`. The slugs for a token: `tokens_not_accepted` where none is,
        `token_unknown` for one that was not made here for this deployment, `token_expired`,
        `token_withdrawn` when the caller, its key or its office has changed since.

        A key has no dot, a token has two.
        """
        if "." not in sent:
            return self._keyed.of(sent)
        if self._accepted is None:
            raise refused("tokens_not_accepted", "this service takes keys only; send your key")
        claims = self._claims(sent, self._accepted.content())
        if self._clock().timestamp() >= claims.exp + LEEWAY.total_seconds():
            raise refused("token_expired", "this token has ended; get a new one for your key")
        caller = self._keyed.with_mark(claims.sub, claims.key)
        if caller is None or caller.office != claims.office:
            raise refused("token_withdrawn", "its caller or key has changed; get a new token")
        scopes = caller.scopes & frozenset(claims.scope.split())
        return Caller(id=caller.id, scopes=scopes, office=caller.office)

    def with_mark(self, id_: str, mark: str) -> Caller | None:
        """See `access.Callers`."""
        return self._keyed.with_mark(id_, mark)

    def all(self) -> Iterable[Caller]:
        """See `access.Callers`."""
        return self._keyed.all()

    def _claims(self, token: str, keys: SigningKeys) -> _Claims:
        if keys is not self._checked_with:
            self._checked, self._checked_with = {}, keys
        claims = self._checked.get(token)
        if claims is None:
            claims = self._check(token, keys)
            if len(self._checked) >= _CHECKED_MOST:
                self._checked.clear()
            self._checked[token] = claims
        return claims

    def _check(self, token: str, keys: SigningKeys) -> _Claims:
        """What the token says, if it was made here for this deployment. Every fault found here has
        the same slug: a finer one would only help a forger."""
        if len(token) > LARGEST_TOKEN_CHARACTERS:
            raise _unknown()
        try:
            read = jwt.decode(token, _key_among(keys), algorithms=[ALGORITHM])
            claims = _Claims.model_validate(read.claims)
        except (JoseError, ValueError, TypeError):
            raise _unknown() from None
        meant = (claims.iss, claims.aud, read.header.get("typ"))
        if meant != (ISSUER, self._audience, _TYPE):
            raise _unknown()
        return claims


def _unknown() -> DomainError:
    return refused("token_unknown", "this is no token of this city; get one for your key")


def _key_among(keys: SigningKeys) -> Callable[[GuestProtocol], RSAKey]:
    """Finds the key that a token names. Given a set, the library would try any for a token that
    names none."""

    def named(token: GuestProtocol) -> RSAKey:
        kid = token.headers().get("kid")
        key = keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise InvalidKeyIdError
        return key

    return named


def callers(callers_file: Path, token_keys_file: Path | None, *, audience: str) -> KeysAndTokens:
    """Those who may call by the settings of a service; raises FileFaults."""
    accepted = token_keys_file and WatchedFile(token_keys_file, read_accepted)
    return KeysAndTokens(CallersFile(callers_file), accepted or None, audience=audience)


def issuer(
    signing_key_file: Path, token_keys_file: Path, *, audience: str, life: timedelta
) -> TokenIssuer:
    """Makes tokens by the settings of a service; raises FileFaults."""
    return TokenIssuer(
        signing=WatchedFile(signing_key_file, read_signing),
        accepted=WatchedFile(token_keys_file, read_accepted),
        audience=audience,
        life=life,
    )


def new_signing_key() -> RSAKey:
    """A new key to sign with; its id is its thumbprint (RFC 7638)."""
    return RSAKey.generate_key(_KEY_BITS, auto_kid=True)


def public_half(key: RSAKey) -> dict[str, Any]:
    """What services need to know tokens by, as it stands among the `keys` of TOKEN_KEYS_FILE."""
    return {**key.as_dict(private=False), "kid": key.kid}


def write_signing_key(path: Path, key: RSAKey) -> None:
    """Writes the private key for its owner's eyes only (0600); FileExistsError if there is one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({**key.as_dict(private=True), "kid": key.kid}, file)


def read_signing(path: Path) -> RSAKey:
    """The key to sign with, from a file with one private JWK (RFC 7517); raises FileFaults."""
    key = _key(path, _json(path))
    if not key.is_private:
        raise FileFaults(f"{path}: holds a public key; signing needs the private one")
    return key


def read_accepted(path: Path) -> SigningKeys:
    """The public keys from a JWK set (RFC 7517 section 5), one or two; raises FileFaults."""
    content = _json(path)
    listed = content.get("keys")
    if not isinstance(listed, list) or not 1 <= len(listed) <= SIGNING_KEYS_MOST:
        raise FileFaults(f"{path}: keys: must list 1 to {SIGNING_KEYS_MOST} public keys")
    keys = [_key(path, one) for one in listed]
    if any(key.is_private for key in keys):
        raise FileFaults(f"{path}: holds a private key; only public halves belong here")
    return {str(key.kid): key for key in keys}


def _key(path: Path, content: object) -> RSAKey:
    try:
        if not isinstance(content, dict) or content.get("kty") != "RSA":
            raise FileFaults(f"{path}: holds a key that is not of RSA")
        key = RSAKey.import_key(content)
    except (JoseError, ValueError, TypeError) as error:
        if isinstance(error, FileFaults):
            raise
        # What the library says may quote the key.
        raise FileFaults(f"{path}: holds a key that cannot be read") from None
    if key.public_key.key_size < _KEY_BITS:
        raise FileFaults(f"{path}: holds a key of fewer than {_KEY_BITS} bits")
    key.ensure_kid()
    return key


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FileFaults(f"{path}: cannot be read ({type(error).__name__})") from None
    if not isinstance(content, dict):
        raise FileFaults(f"{path}: is not an object of JSON")
    return content


_HELP = f"""Makes a new key to sign tokens with.

Writes it to FILE, which only its owner can read, and prints its public half. To change over:

1. Put the public half beside the old one into the file that TOKEN_KEYS_FILE names, at every
   service: {{"keys": [{{…}}, {{…}}]}}, at most {SIGNING_KEYS_MOST}.
2. Put the new file in the place that TOKEN_SIGNING_KEY_FILE names. New tokens are signed with it.
3. Once the longest life of a token is over, take the old public half out.
"""


def main() -> None:
    """Makes a signing key: `python -m services.common.edge.access_tokens FILE`."""
    parser = argparse.ArgumentParser(
        prog="python -m services.common.edge.access_tokens",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    path: Path = parser.parse_args().file
    key = new_signing_key()
    try:
        write_signing_key(path, key)
    except OSError as error:
        parser.error(f"{path}: {error.strerror}")
    sys.stdout.write(json.dumps(public_half(key)) + "\n")


if __name__ == "__main__":
    main()
