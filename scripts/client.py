"""Builds the Python package for offices' own software into clients/python/dist, from the contracts.

The package holds the generated modules of the contracts that an office sees, the published service
config, and the small module beside them. Nothing generated is kept in the repository.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import gen_protos

CLIENTS = gen_protos.ROOT / "clients"
SOURCE = CLIENTS / "python"
# The packages of contracts that an office's software needs: its own, and what they name.
PACKAGES = ("common", "districts", "options")


def main() -> int:
    """Builds the wheel into the folder given by --out; 0 when it is there."""
    parser = argparse.ArgumentParser(prog="python -m scripts.client", description=__doc__)
    parser.add_argument("--out", type=Path, default=SOURCE / "dist", help="folder of the wheel")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package"
        if status := assemble(package):
            return status
        return build(package, out.resolve())


def assemble(package: Path) -> int:
    """Puts the sources of the package into this folder; returns protoc's status."""
    package.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(SOURCE / name, package)
    shutil.copytree(
        SOURCE / "src",
        package / "src",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(CLIENTS / "service_config.json", package / "src" / "dasan_office")
    generated = package.parent / "generated"
    if status := gen_protos.modules(generated):
        return status
    for name in PACKAGES:
        shutil.copytree(generated / "dasan" / name, package / "src" / "dasan" / name)
        (package / "src" / "dasan" / name / "py.typed").touch()
    return 0


def build(package: Path, out: Path) -> int:
    """Builds a wheel with the tools of this environment; returns pip's status."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    # Nothing is fetched: the environment has what builds it.
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    return subprocess.run([*command, *offline, "--wheel-dir", out, package]).returncode


if __name__ == "__main__":
    sys.exit(main())
