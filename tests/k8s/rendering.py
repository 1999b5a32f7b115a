"""The overlays of deploy/k8s as kubectl renders them, once for all tests of a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

Resource = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
OVERLAYS = tuple(sorted(path.name for path in (K8S / "overlays").iterdir()))
# In these nothing is lost with one node.
REPLICATED = ("prod", "staging")
_BIN = Path(sys.prefix) / "bin"


class Loader(yaml.CSafeLoader):
    """Takes `=` for a text: the schemas of some operators have it among their values."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def tool(name: str) -> Path:
    """A program that `make setup` fetches; skips the test where it could not."""
    if not (path := _BIN / name).is_file():
        pytest.skip(f"`make setup` could not fetch {name}")
    return path


def overlay(name: str) -> Sequence[Resource]:
    """Every object of an overlay; not to be changed."""
    kubectl = tool("kubectl")
    return _all(kubectl)[name]


@cache
def _all(kubectl: Path) -> Mapping[str, Sequence[Resource]]:
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: _render(kubectl, K8S / "overlays" / name), OVERLAYS)
        return dict(zip(OVERLAYS, found, strict=True))


def _render(kubectl: Path, folder: Path) -> Sequence[Resource]:
    done = subprocess.run(
        [kubectl, "kustomize", folder], capture_output=True, text=True, check=False
    )
    # A warning is a field that the next kustomize no longer knows.
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(yaml.load_all(done.stdout, Loader))


def of_kind(resources: Sequence[Resource], *kinds: str) -> Iterator[Resource]:
    """The objects of some kinds."""
    return (each for each in resources if each["kind"] in kinds)


def named(resources: Sequence[Resource], kind: str, name: str) -> Resource:
    """One object; the suffix that kustomize gives a ConfigMap is left out of its name."""
    (found,) = (
        each
        for each in of_kind(resources, kind)
        if each["metadata"]["name"] == name
        or (kind == "ConfigMap" and each["metadata"]["name"].rpartition("-")[0] == name)
    )
    return found


def name_of(resource: Resource) -> str:
    """Its kind and name, for messages."""
    return f"{resource['kind']}/{resource['metadata']['name']}"


def pods(resources: Sequence[Resource]) -> Iterator[tuple[str, Resource]]:
    """The pod template of everything that makes pods here, with the maker's kind and name."""
    for each in of_kind(resources, "Deployment", "DaemonSet", "StatefulSet"):
        yield name_of(each), each["spec"]["template"]
    for each in of_kind(resources, "CronJob"):
        yield name_of(each), each["spec"]["jobTemplate"]["spec"]["template"]


def services(resources: Sequence[Resource]) -> Mapping[str, Resource]:
    """The Deployments of the five services, by name."""
    return {
        each["metadata"]["name"]: each
        for each in of_kind(resources, "Deployment")
        if _labels(each["spec"]["template"]).get("app.kubernetes.io/component") == "service"
    }


def _labels(template: Resource) -> Mapping[str, str]:
    found: Mapping[str, str] = template["metadata"]["labels"]
    return found


def is_selected(selector: Resource | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (labels, and expressions with In) takes these labels."""
    if selector is None:
        return False
    return all(labels.get(k) == v for k, v in (selector.get("matchLabels") or {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions") or ()
    )


def environment(resources: Sequence[Resource], template: Resource) -> dict[str, str]:
    """What a pod's first container gets as settings: variables with their values, and the files of
    its folder of secrets as `secret:<name>/<key>`."""
    container = template["spec"]["containers"][0]
    found: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        wanted = source["configMapRef"]["name"]
        for config in of_kind(resources, "ConfigMap"):
            if config["metadata"]["name"] == wanted:
                found |= config["data"]
    found |= {each["name"]: each["value"] for each in container.get("env") or ()}
    folder = found.get("SECRETS_DIR")
    for mount in container.get("volumeMounts") or ():
        if mount["mountPath"] == folder:
            for path, name, key in files_of(template["spec"], mount["name"]):
                found[path] = f"secret:{name}/{key}"
    return found


def files_of(spec: Resource, volume: str) -> Iterator[tuple[str, str, str]]:
    """The files that a volume says it has of secrets: path, secret and key of each."""
    (found,) = (each for each in spec["volumes"] if each["name"] == volume)
    sources = [each["secret"] for each in (found.get("projected") or {}).get("sources", ())]
    if "secret" in found:
        sources.append({**found["secret"], "name": found["secret"]["secretName"]})
    for source in sources:
        for item in source.get("items") or ():
            yield item["path"], source["name"], item["key"]
