"""Builds what the Containerfile builds as a plain folder, and runs all five services in it,
read-only and as nobody, without a container runtime:

    sudo python scripts/image_tree.py FOLDER

Shows that runtime.lock suffices, that nothing writes outside /tmp, and that no right is needed.
Broker and database are away: a service must start, say that it is alive and not ready, and end with
0. FOLDER is kept for a second run. What the base image would bring (Python, its libraries) is this
machine's. Needs Linux and root, for namespaces and chroot.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Those that probes ask.
PORTS = {"intake": 8130, "routing": 8131, "districts": 8132, "survey": 8133, "notify": 8134}
# Of the machine, read-only: Python itself and its libraries.
_OF_THE_BASE = ("bin", "etc", "lib", "lib64", "sbin", "usr")
_MOUNTED = r"""
set -eu
mount --bind "$TREE" "$TREE"
for part in $PARTS; do mount --rbind "/$part" "$TREE/$part"; done
mount -o remount,bind,ro "$TREE"
for part in $PARTS; do mount -o remount,bind,ro "$TREE/$part"; done
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$TREE/tmp"
mount --bind /dev "$TREE/dev"
printf '%s' "$CALLERS" > "$TREE/tmp/callers.yaml"; chmod 444 "$TREE/tmp/callers.yaml"
exec /usr/sbin/chroot "$TREE" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups \
  --no-new-privs --bounding-set -all --inh-caps -all "$@"
"""


def main(folder: Path) -> int:
    """Builds and tries; 1 when a service did not do as it should."""
    tree = folder.resolve() / "tree"
    build(tree)
    faults = [*writing(tree), *(fault for name in PORTS for fault in trying(tree, name))]
    for fault in faults:
        print(fault, file=sys.stderr)
    print("as it should be" if not faults else f"{len(faults)} fault(s)")
    return 1 if faults else 0


def build(tree: Path) -> None:
    """The steps of the Containerfile."""
    for part in (*_OF_THE_BASE, "tmp", "dev", "proc", "srv/dasan/protos", "opt"):
        (tree / part).mkdir(parents=True, exist_ok=True)
    wanted = (ROOT / "runtime.lock").read_text("utf-8")
    installed = tree.parent / "installed.lock"
    if not installed.exists() or installed.read_text("utf-8") != wanted:
        shutil.rmtree(tree / "opt" / "dasan", ignore_errors=True)
        venv.create(tree / "opt" / "dasan", with_pip=True)
        pip: list[str | Path] = [tree / "opt/dasan/bin/python", "-m", "pip", "install", "--quiet"]
        lock = ROOT / "runtime.lock"
        subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
        installed.write_text(wanted, encoding="utf-8")
    for source, target in (("services", "services"), ("protos/gen", "protos/gen")):
        shutil.rmtree(tree / "srv/dasan" / target, ignore_errors=True)
        without = shutil.ignore_patterns("__pycache__", "examples")
        shutil.copytree(ROOT / source, tree / "srv/dasan" / target, ignore=without)


def inside(tree: Path, *command: str, **settings: str) -> subprocess.Popen[bytes]:
    """Starts a command in the tree, alone with what a pod has."""
    own = {
        "PATH": "/opt/dasan/bin:/usr/bin:/bin",
        "PYTHONPATH": "/srv/dasan:/srv/dasan/protos/gen",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PARTS": " ".join(_OF_THE_BASE),
        "TREE": str(tree),
        "CALLERS": '{"callers": []}',
        "CALLERS_FILE": "/tmp/callers.yaml",
        **settings,
    }
    shell = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNTED, "sh"]
    return subprocess.Popen([*shell, *command], env=own, cwd="/", stderr=subprocess.PIPE)


def writing(tree: Path) -> list[str]:
    """Whether anything but /tmp can be written to, or the process is somebody."""
    program = (
        "import os; assert os.getuid() == 10001; open('/tmp/x', 'w'); open('/srv/dasan/x', 'w')"
    )
    process = inside(tree, "/opt/dasan/bin/python", "-c", program)
    _, said = process.communicate()
    return [] if b"Read-only file system" in said else [f"writes: {said.decode()}"]


def trying(tree: Path, name: str) -> list[str]:
    """What a service did that it should not."""
    key = secrets.token_urlsafe(32)
    process = inside(
        tree,
        "/opt/dasan/bin/python",
        "-m",
        f"services.{name}",
        SERVICE_KEY=key,
        STATUS_TOKEN_SECRET=key,
        SURVEY_TOKEN_SECRET=key,
        DESK_SESSION_SECRET=key,
        NOTIFY_FILE_DIR="/tmp/messages",
        KAFKA_BOOTSTRAP="127.0.0.1:1",
        MONGO_URL="mongodb://127.0.0.1:1/?journal=true&w=majority",
        LAME_DUCK_SECONDS="0",
    )
    faults = []
    began = time.monotonic()
    while answer(name, "startupz") != 200 and time.monotonic() - began < 60:
        if process.poll() is not None:
            break
        time.sleep(0.2)
    found = {probe: answer(name, probe) for probe in ("startupz", "healthz", "readyz")}
    if found != {"startupz": 200, "healthz": 200, "readyz": 503}:
        faults.append(f"{name} answers {found}")
    process.terminate()
    _, said = process.communicate(timeout=60)
    if process.returncode != 0 or b"Read-only" in said or b"Permission" in said:
        faults.append(f"{name} ended with {process.returncode}: {said.decode()[-2000:]}")
    print(f"{name}: {found}, ended with {process.returncode}")
    return faults


def answer(name: str, probe: str) -> int:
    """The status of a probe; 0 for no answer."""
    address = f"http://127.0.0.1:{PORTS[name]}/{probe}"
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            status: int = response.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0
    return status


if __name__ == "__main__":
    if len(sys.argv) != 2 or os.geteuid() != 0:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
