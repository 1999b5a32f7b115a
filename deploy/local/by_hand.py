"""The services' own commands (`rewind`, `forgotten`, `audit`), run on a database and a broker as a
person would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from deploy.local.stack import ROOT


def run(
    service: str, words: Sequence[str], *, mongo: str, kafka: str, quiet: bool = False
) -> subprocess.CompletedProcess[str]:
    """`python -m services.<service> <words>` against this database (URL) and broker (host:port);
    `quiet` keeps what it prints, which otherwise goes to the terminal."""
    return subprocess.run(
        [sys.executable, "-m", f"services.{service}", *words],
        cwd=ROOT,
        env={
            **os.environ,
            "MONGO_URL": mongo,
            "KAFKA_BOOTSTRAP": kafka,
            "PYTHONPATH": str(ROOT / "protos" / "gen"),
        },
        capture_output=quiet,
        text=True,
        check=False,
    )
