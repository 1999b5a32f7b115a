"""Generates what the contracts imply: the Python modules in protos/gen and protos/asyncapi.yaml."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"


def main() -> int:
    """Writes into the folder given by --out (default: protos); 0 when all of it was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PROTOS, help="folder to write into")
    out: Path = parser.parse_args().out
    if status := modules(out / "gen"):
        return status
    # Only now can the modules be imported, from the place they were written to.
    sys.path[:0] = [str(ROOT), str(out / "gen")]
    from scripts import asyncapi

    (out / "asyncapi.yaml").write_text(asyncapi.rendered(image()), encoding="utf-8")
    return 0


def modules(out: Path) -> int:
    """Writes modules, type stubs and gRPC stubs of every contract; returns protoc's status."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    wanted = (f"--python_out={out}", f"--pyi_out={out}", f"--grpc_python_out={out}")
    if status := _protoc(*wanted):
        return status
    for stub in out.rglob("*_pb2_grpc.py"):
        if "class " not in stub.read_text(encoding="utf-8"):
            stub.unlink()  # a file without services: an empty module says nothing
    return 0


def image() -> bytes:
    """The descriptors of every contract, comments included."""
    with tempfile.NamedTemporaryFile() as target:
        _protoc(f"--descriptor_set_out={target.name}", "--include_source_info")
        return Path(target.name).read_bytes()


def _protoc(*wanted: str) -> int:
    well_known = Path(protoc.__file__).parent / "_proto"
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.glob("dasan/**/*.proto"))
    status: int = protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", *wanted, *sources])
    return status


if __name__ == "__main__":
    sys.exit(main())
