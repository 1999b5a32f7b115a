"""Tokens: what one is good for, when it ends, and what is no token."""

from __future__ import annotations

import base64
import hmac
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from services.common.edge.access import KnownCallers, digest
from services.common.edge.access_tokens import (
    ALGORITHM,
    LARGEST_TOKEN_CHARACTERS,
    LEEWAY,
    KeysAndTokens,
    public_half,
    read_accepted,
    read_signing,
    write_signing_key,
)
from services.common.kernel import DomainError, Kind
from services.common.process.watched_file import FileFaults
from tests.support.tokens import LIFE, MILL, Deployment, entry, signing_key

SOON = timedelta(seconds=1)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def refused(callers: KeysAndTokens, sent: str) -> str:
    with pytest.raises(DomainError) as error:
        callers.of(sent)
    assert error.value.kind is Kind.UNAUTHENTICATED
    return error.value.slug


# What a token is good for.


def test_a_token_stands_for_its_caller_as_the_key_does(deployment: Deployment) -> None:
    assert deployment.callers.of("mill-key") == MILL
    assert deployment.callers.of(deployment.token()) == MILL


def test_a_token_may_have_fewer_scopes_than_its_caller_and_never_gets_more(
    deployment: Deployment,
) -> None:
    token = deployment.token(scopes={"read"})
    assert deployment.callers.of(token).scopes == {"read"}
    everything = ("read", "work", "assign")
    deployment.knows(entry("mill", "mill-key", office="o-mill", scopes=everything))
    assert deployment.callers.of(token).scopes == {"read"}


def test_it_says_who_calls_by_the_names_of_rfc_9068(deployment: Deployment) -> None:
    read = jwt.decode(deployment.token(), signing_key("one"), algorithms=[ALGORITHM])
    assert read.header == {"alg": "RS256", "typ": "at+jwt", "kid": signing_key("one").kid}
    now = int(deployment.now.timestamp())
    jti, key = read.claims.pop("jti"), read.claims.pop("key")
    assert read.claims == {
        "iss": "dasan",
        "aud": "dasan-saebom",
        "sub": "mill",
        "client_id": "mill",
        "iat": now,
        "exp": now + LIFE.total_seconds(),
        "scope": "read work",
        "office": "o-mill",
    }
    assert jti
    assert digest("mill-key").startswith(f"sha256:{key}")
    assert len(deployment.token()) < LARGEST_TOKEN_CHARACTERS / 4


# When it ends.


def test_it_ends_after_its_life_and_the_leeway_of_clocks(deployment: Deployment) -> None:
    token = deployment.token()
    deployment.later(LIFE + LEEWAY - SOON)
    assert deployment.callers.of(token) == MILL
    deployment.later(SOON)
    assert refused(deployment.callers, token) == "token_expired"
    assert refused(deployment.callers, token) == "token_expired"


@pytest.mark.parametrize(
    "now_known",
    [
        pytest.param((), id="the caller is gone"),
        pytest.param((entry("mill", office="o-mill"),), id="it has no key any more"),
        pytest.param((entry("mill", "new-key", office="o-mill"),), id="the key was replaced"),
        pytest.param((entry("mill", "mill-key", office="o-hill"),), id="of another office now"),
        pytest.param((entry("miller", "mill-key", office="o-mill"),), id="another has the key"),
    ],
)
def test_what_the_file_of_callers_takes_away_ends_a_token_at_once(
    deployment: Deployment, now_known: tuple[dict[str, object], ...]
) -> None:
    token = deployment.token()
    assert deployment.callers.of(token) == MILL
    deployment.knows(*now_known)
    assert refused(deployment.callers, token) == "token_withdrawn"


def test_a_scope_that_the_caller_lost_its_token_has_lost_too(deployment: Deployment) -> None:
    token = deployment.token()
    deployment.knows(entry("mill", "mill-key", office="o-mill", scopes=("read",)))
    caller = deployment.callers.of(token)
    caller.must("read")
    with pytest.raises(DomainError, match="not_allowed"):
        caller.must("work")


def test_a_token_lives_on_while_its_key_is_the_older_of_two(deployment: Deployment) -> None:
    token = deployment.token()
    deployment.knows(entry("mill", "mill-key", "new-key", office="o-mill", scopes=("work", "read")))
    assert deployment.callers.of(token) == deployment.callers.of(deployment.token("new-key"))


# Signing keys change over without anybody being refused.


def test_two_signing_keys_live_side_by_side_until_the_old_one_goes(deployment: Deployment) -> None:
    old = deployment.token()
    deployment.accepts("one", "two")
    deployment.signs_with("two")
    new = deployment.token()
    assert deployment.callers.of(old) == deployment.callers.of(new) == MILL
    deployment.accepts("two")
    assert refused(deployment.callers, old) == "token_unknown"
    assert deployment.callers.of(new) == MILL


def test_nothing_is_signed_that_nobody_would_take(deployment: Deployment) -> None:
    deployment.signs_with("two")
    with pytest.raises(DomainError) as error:
        deployment.token()
    assert (error.value.slug, error.value.kind) == ("signing_key_unknown", Kind.UNAVAILABLE)


# What is no token.


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(deployment: Deployment) -> str:
    _, payload, _ = deployment.token().split(".")
    header = {"alg": "none", "typ": "at+jwt", "kid": signing_key("one").kid}
    return f"{encoded(header)}.{payload}."


def with_an_unsigned_header(deployment: Deployment) -> str:
    _, _, signature = deployment.token().split(".")
    return unsigned(deployment) + signature


def changed(deployment: Deployment) -> str:
    header, payload, signature = deployment.token(scopes=("read",)).split(".")
    plain = base64.urlsafe_b64decode(payload + "==").replace(b'"read"', b'"work"')
    return f"{header}.{base64.urlsafe_b64encode(plain).rstrip(b'=').decode()}.{signature}"


def signed_with_the_public_key(deployment: Deployment) -> str:
    """Everybody may know it; a reader that lets the token choose takes it for a secret."""
    public = signing_key("one").public_key
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _, payload, _ = deployment.token().split(".")
    header = encoded({"alg": "HS256", "typ": "at+jwt", "kid": signing_key("one").kid})
    signature = hmac.digest(pem, f"{header}.{payload}".encode(), "sha256")
    return f"{header}.{payload}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED: dict[str, Callable[[Deployment], str]] = {
    "unsigned": unsigned,
    "unsigned, with a signature": with_an_unsigned_header,
    "changed after it was signed": changed,
    "signed with the public key": signed_with_the_public_key,
    "signed by another": lambda d: d.forged(signed_by=signing_key("another")),
    "by another algorithm": lambda d: d.forged(algorithm="PS256"),
    "of an unknown key": lambda d: d.forged(
        signed_by=signing_key("another"), header={"kid": signing_key("another").kid}
    ),
    "that brings its own key": lambda d: d.forged(
        signed_by=signing_key("another"), header={"jwk": public_half(signing_key("another"))}
    ),
    "of no key": lambda d: d.forged(header={"kid": None}),
    "for another deployment": lambda d: d.forged(aud="dasan-elsewhere"),
    "for several deployments": lambda d: d.forged(aud=["dasan-saebom", "dasan-elsewhere"]),
    "for nobody": lambda d: d.forged(aud=None),
    "by another issuer": lambda d: d.forged(iss="somebody"),
    "of another kind": lambda d: d.forged(header={"typ": "JWT"}),
    "without an end": lambda d: d.forged(exp=None),
    "with an end that is no time": lambda d: d.forged(exp=float("nan")),
    "with an end in words": lambda d: d.forged(exp="9999999999"),
    "of nobody": lambda d: d.forged(sub=None),
    "for no key": lambda d: d.forged(key=None),
    "two parts": lambda _: "a.b",
    "dots": lambda _: "..",
    "encrypted": lambda _: "a.b.c.d.e",
    "a header that is a list": lambda _: encoded([[]]) + ".e30.x",
    "an algorithm that is a list": lambda _: encoded({"alg": []}) + ".e30.x",
    "a kid that is a list": lambda _: encoded({"alg": ALGORITHM, "kid": []}) + ".e30.x",
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_what_was_not_made_here_is_refused_in_one_way(
    deployment: Deployment, make: Callable[[Deployment], str]
) -> None:
    """One slug and one sentence for all: which check it fell at would help who tries."""
    with pytest.raises(DomainError) as error:
        deployment.callers.of(make(deployment))
    assert error.value.kind is Kind.UNAUTHENTICATED
    assert str(error.value) == (
        "token_unknown: this is no token of this city; get one for your key"
    )


def test_a_huge_token_is_not_even_decoded(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = deployment.forged(scope="work " * LARGEST_TOKEN_CHARACTERS)

    def decode(*_: object, **__: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(jwt, "decode", decode)
    assert refused(deployment.callers, huge) == "token_unknown"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(sent=st.one_of(st.text(), st.lists(st.text(), min_size=2).map(".".join)))
def test_whatever_is_sent_is_refused_and_never_an_error(deployment: Deployment, sent: str) -> None:
    refused(deployment.callers, sent)


def test_a_key_is_no_token_and_a_token_no_key(deployment: Deployment) -> None:
    token = deployment.token()
    by_key = KnownCallers({digest("mill-key"): MILL})
    with pytest.raises(DomainError, match="key_unknown"):
        by_key.of(token)
    # Not even when somebody has written its digest into the file.
    deployment.knows(entry("mill", token, "a.b.c", office="o-mill"))
    assert refused(deployment.callers, token) == "token_withdrawn"
    assert refused(deployment.callers, "a.b.c") == "token_unknown"


def test_where_no_tokens_are_taken_keys_go_on(deployment: Deployment) -> None:
    keys_only = KeysAndTokens(
        KnownCallers({digest("mill-key"): MILL}), None, audience="dasan-saebom"
    )
    assert keys_only.of("mill-key") == MILL
    assert refused(keys_only, deployment.token()) == "tokens_not_accepted"
    assert list(keys_only.all()) == [MILL]


def test_the_many_calls_of_a_caller_cost_one_check_of_its_token(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = deployment.token()
    checked = []
    decode = jwt.decode

    def counted(*given: object, **named: object) -> object:
        checked.append(given)
        return decode(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(jwt, "decode", counted)
    for _ in range(3):
        assert deployment.callers.of(token) == MILL
    assert len(checked) == 1


# The files of signing keys.


def test_a_signing_key_is_for_its_owners_eyes_only_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "signing_key.json"
    write_signing_key(path, signing_key("one"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_signing_key(path, signing_key("two"))
    assert read_signing(path).kid == signing_key("one").kid


def private_half(name: str) -> dict[str, object]:
    return {**signing_key(name).as_dict(private=True)}


SMALL = RSAKey.generate_key(2048)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read"),
        ("[]", "is not an object"),
        ("{}", "keys: must list 1 to 2"),
        ('{"keys": []}', "keys: must list 1 to 2"),
        (json.dumps({"keys": [public_half(SMALL)] * 3}), "keys: must list 1 to 2"),
        (json.dumps({"keys": [private_half("one")]}), "holds a private key"),
        ('{"keys": [{"kty": "oct", "k": "c2VjcmV0LWluLXRoZS1jbGVhcg"}]}', "not of RSA"),
        ('{"keys": [{"kty": "RSA", "n": "c2VjcmV0", "e": []}]}', "cannot be read"),
        ('{"keys": [7]}', "not of RSA"),
    ],
)
def test_a_faulty_file_of_accepted_keys_is_named_without_what_is_in_it(
    tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "token_keys.json"
    path.write_text(content)
    with pytest.raises(FileFaults) as error:
        read_accepted(path)
    assert str(path) in str(error.value)
    assert says in str(error.value)
    assert "c2VjcmV0" not in str(error.value)


def test_a_key_that_is_too_short_or_only_public_signs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "signing_key.json"
    path.write_text(json.dumps(public_half(signing_key("one"))))
    with pytest.raises(FileFaults, match="holds a public key"):
        read_signing(path)
    path.unlink()
    with pytest.warns(UserWarning, match="2048"):
        short = RSAKey.generate_key(1024, auto_kid=True)
    path.write_text(json.dumps(short.as_dict(private=True)))
    with pytest.warns(UserWarning, match="2048"), pytest.raises(FileFaults, match="fewer than"):
        read_signing(path)


def test_the_command_makes_a_key_and_shows_its_public_half_only(tmp_path: Path) -> None:
    path = tmp_path / "signing_key.json"
    command = [sys.executable, "-m", "services.common.edge.access_tokens", str(path)]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = json.loads(made.stdout)
    assert shown == public_half(read_signing(path))
    assert not {"d", "p", "q"} & set(shown)
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "File exists" in again.stderr
