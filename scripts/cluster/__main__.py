"""Asks a real Kubernetes API server about every overlay: `python -m scripts.cluster [OVERLAY...]`.

A line for each overlay, then its faults. It ends with 0 where all is well, with 1 where something
is not, and with 2 where something is missing that the check needs. Everything it starts listens on
loopback and ends with it, also by Ctrl-C.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from deploy.local.built import KUBE_APISERVER, NotBuilt
from deploy.local.cache import user_cache
from deploy.local.processes import StartFailed
from scripts import fetch_tools
from scripts.cluster import crds
from scripts.cluster.check import Report, Resource, check
from scripts.cluster.server import Kubectl, Said, Server
from scripts.fetching import NotFetched, WrongDigest

OVERLAYS = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "overlays"
_ETCD = f"etcd-{fetch_tools.ETCD.rpartition('=')[2]}"
_ESTABLISHED_WITHIN_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 0.5


class Missing(Exception):
    """Something is not here that the check needs; the message says what, and how to get it."""


def main(arguments: Sequence[str]) -> int:
    """Checks these overlays, or all."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    known = sorted(path.name for path in OVERLAYS.iterdir())
    if unknown := [name for name in arguments if name not in known]:
        print(f"there is no overlay {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        with running() as kubectl:
            reports = [tell(look(kubectl, name)) for name in arguments or known]
    except (Missing, NotBuilt) as reason:
        print(reason, file=sys.stderr)
        return 2
    except StartFailed as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 1 if any(report.faults for report in reports) else 0


@contextmanager
def running() -> Iterator[Kubectl]:
    """A server that knows the operators' resources; raises Missing, NotBuilt, StartFailed."""
    apiserver, (etcd, kubectl, schemas) = KUBE_APISERVER.require(), needed()
    with (
        tempfile.TemporaryDirectory(prefix="dasan-cluster-") as folder,
        Server(Path(folder), etcd=etcd, apiserver=apiserver, kubectl=kubectl) as server,
    ):
        learn(server.kubectl, schemas)
        yield server.kubectl


def needed() -> tuple[Path, Path, Path]:
    """etcd, kubectl, and the folder of the operators' schemas; raises Missing."""
    if (schemas := crds.folder()) is None:
        raise Missing(
            "the schemas of the operators are not here: put the YAML of their custom resources "
            "into a folder and name it, DASAN_CRDS=folder make cluster-check"
        )
    if not (kubectl := fetch_tools.BIN / "kubectl").is_file():
        raise Missing("kubectl is not here: `make setup` fetches it")
    etcd = user_cache() / "built" / _ETCD
    if not etcd.is_file():
        etcd.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="dasan-etcd-") as folder:
            try:
                fetch_tools.place(fetch_tools.fetch_etcd(Path(folder)), etcd)
            except (NotFetched, WrongDigest) as reason:
                raise Missing(f"etcd could not be fetched: {reason}") from reason
    return etcd, kubectl, schemas


def learn(kubectl: Kubectl, schemas: Path) -> None:
    """Teaches the server the operators' resources; raises Missing for what it refuses."""
    taken = kubectl("apply", "--server-side", "--filename", schemas)
    if taken.status:
        raise Missing(f"the server refuses {schemas}: {taken.errors}")
    deadline = time.monotonic() + _ESTABLISHED_WITHIN_SECONDS
    while unknown := not_established(kubectl("get", "crd", "--output=json")):
        if time.monotonic() > deadline:
            raise Missing(f"the server does not serve {', '.join(unknown)}")
        time.sleep(_LOOK_EVERY_SECONDS)


def not_established(said: Said) -> Sequence[str]:
    """The resources that the server does not serve yet. (`kubectl wait` fails where one has no
    conditions at all, as each has at first.)"""
    return [
        each["metadata"]["name"]
        for each in json.loads("\n".join(said.printed))["items"]
        if not any(
            (condition["type"], condition["status"]) == ("Established", "True")
            for condition in each.get("status", {}).get("conditions") or ()
        )
    ]


def look(kubectl: Kubectl, name: str) -> Report:
    """Renders an overlay and asks about it."""
    said = kubectl("kustomize", OVERLAYS / name)
    if said.status or said.errors:
        return Report(name, faults=list(said.errors))
    resources: list[Resource] = [*yaml.load_all("\n".join(said.printed), yaml.CSafeLoader)]
    return check(kubectl, name, resources)


def tell(report: Report) -> Report:
    """Prints a report; returns it."""
    state = f"{len(report.faults)} fault(s)" if report.faults else "ok"
    print(
        f"{report.overlay:8} {state}: {report.objects} objects taken; {report.pods} pods taken, "
        f"{report.refused} refused when privileged; {report.accounts} accounts asked for"
    )
    for fault in report.faults:
        print(f"  {fault}")
    if report.left:
        print(f"  not asked, their APIs are not here: {', '.join(report.left)}", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
