"""Writes requirements.lock: the full closure of requirements.in as exact pins.

Resolved in an environment made for it and thrown away: what happens to be installed stays out.
The file names packages and versions only: where they come from is each machine's own setting.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make lock` from requirements.in; don't edit.\n"


def freeze(python: Path) -> str:
    """The packages `python` has installed, one `name==version` a line, without pip."""
    frozen = subprocess.run(
        [python, "-m", "pip", "freeze", "--disable-pip-version-check"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pins = sorted((line for line in frozen.splitlines() if "==" in line), key=str.lower)
    return HEADER + "\n".join(pins) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="dasan-lock-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        install = f"{python} -m pip install --quiet --disable-pip-version-check -r".split()
        subprocess.run([*install, ROOT / "requirements.in"], check=True)
        (ROOT / "requirements.lock").write_text(freeze(python))
    print("requirements.lock written", file=sys.stderr)


if __name__ == "__main__":
    main()
