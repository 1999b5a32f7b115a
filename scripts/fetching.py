"""What the scripts that fetch files of others do alike: run a command, and compare a digest."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path


class WrongDigest(Exception):
    """The registry gave another file than the one whose digest is named here."""


class NotFetched(Exception):
    """What is wanted cannot be fetched on this machine now."""


def run(command: Sequence[str], folder: Path, seconds: float) -> None:
    """Runs a command in a folder; raises NotFetched when it fails or takes longer."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotFetched(f"{Path(command[0]).name} did not answer") from error
    if done.returncode:
        raise NotFetched(f"{Path(command[0]).name} ended with {done.returncode}")


def require_digest(file: Path, sha256: str, name: str) -> None:
    """Raises WrongDigest, by the name of the package, unless the file has this digest (in hex)."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != sha256:
        raise WrongDigest(f"{name} has the digest {digest}")
