"""Generates protos/gen from protos/**/*.proto; `--out` writes elsewhere, for a test to compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"


def generate(out: Path) -> int:
    """Writes modules, type stubs and gRPC stubs of every contract; returns protoc's status."""
    out.mkdir(parents=True, exist_ok=True)
    well_known = Path(protoc.__file__).parent / "_proto"
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("dasan/**/*.proto"))
    status: int = protoc.main(
        [
            "protoc",
            f"-I{PROTOS}",
            f"-I{well_known}",
            f"--python_out={out}",
            f"--pyi_out={out}",
            f"--grpc_python_out={out}",
            *sources,
        ]
    )
    for stub in out.rglob("*_pb2_grpc.py"):
        if "class " not in stub.read_text():
            stub.unlink()  # a file without services: an empty module says nothing
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PROTOS / "gen")
    return generate(parser.parse_args().out)


if __name__ == "__main__":
    sys.exit(main())
