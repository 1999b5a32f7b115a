"""The stack's own secrets: made once, kept in files that only their owner can read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path


def read_or_create(path: Path, names: Sequence[str]) -> dict[str, str]:
    """A secret for each name, new ones made where the file has none yet (mode 0600)."""
    if path.exists():
        path.chmod(0o600)  # somebody may have copied it here
    known = dict(
        line.split("=", 1) for line in (path.read_text().splitlines() if path.exists() else ())
    )
    missing = [name for name in names if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(32) for name in missing}
        _write(path, "".join(f"{name}={secret}\n" for name, secret in known.items()))
    return {name: known[name] for name in names}


def read_or_create_one(path: Path) -> str:
    """The secret that is all of a file, as an orchestrator mounts it; made if there is none."""
    if not path.exists():
        _write(path, secrets.token_urlsafe(32))
    return path.read_text()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
