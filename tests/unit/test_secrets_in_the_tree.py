"""Nothing secret is committed: no private key, no credential of a provider, no file of keys."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Names that tools give to keys, and those of our own local stack.
_NAMES = re.compile(
    r"(^|/)(id_(rsa|dsa|ecdsa|ed25519)|[^/]+\.(pem|key|p12|pfx|jks|kdbx)|\.env|\.netrc|\.npmrc"
    r"|(office_)?keys\.env|callers\.yaml|signing_key\.json)$"
)
_FORMS = re.compile(
    "-----BEGIN (?:[A-Z]+ )*PRIVATE " + "KEY-----"  # in two, so that this file has none
    r"|\bAKIA[0-9A-Z]{16}\b"  # Amazon
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bglpat-[\w-]{20}"  # GitHub, GitLab
    r"|\bxox[abprs]-[\w-]{10,}"  # Slack
    r'|"d"\s*:\s*"[\w-]{40,}"'  # the private half of a JWK
)


def committed() -> list[str]:
    """What git keeps; a copy without git has nothing to commit."""
    try:
        listed = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git here")
    return [name for name in listed.stdout.split("\0") if name]


def faults(name: str, text: str) -> Iterator[str]:
    """Why a file must not be committed."""
    if _NAMES.search(name):
        yield f"{name} is named as a secret is"
    for found in _FORMS.finditer(text):
        yield f"{name}:{text.count(chr(10), 0, found.start()) + 1} holds what looks like a secret"


def test_no_secret_is_committed() -> None:
    found = [
        fault
        for name in committed()
        if (path := ROOT / name).is_file()
        for fault in faults(name, path.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deploy/tls.key", ""),
        (".env", "A=1"),
        ("a.txt", "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIE"),
        ("a.json", '{"kty": "RSA", "d' + '": "' + "x" * 40 + '"}'),
        ("a.yaml", "token: gh" + "p_" + "a" * 36),
    ],
)
def test_a_secret_would_be_seen(name: str, text: str) -> None:
    assert list(faults(name, text))
