"""Every object has the form that its API takes: Kubernetes 1.35 to 1.37, and the operators."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils

from scripts.cluster.check import ELSEWHERE
from scripts.cluster.crds import folder
from tests.k8s import schemas
from tests.k8s.rendering import K8S, OVERLAYS, Resource, name_of, named, overlay

VERSIONS = yaml.safe_load((K8S / "VERSIONS.yaml").read_text("utf-8"))["kubernetes"]["checked"]
OWN = {"v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2", "networking.k8s.io/v1"}


@cache
def objects() -> Sequence[Resource]:
    """The objects of all overlays; those that differ by namespace alone once."""
    found: dict[str, Resource] = {}
    for where in OVERLAYS:
        for each in overlay(where):
            placed = {k: v for k, v in each["metadata"].items() if k != "namespace"}
            found.setdefault(json.dumps({**each, "metadata": placed}, sort_keys=True), each)
    return list(found.values())


def refusals(resources: Sequence[Resource], version: str) -> list[str]:
    """What kubernetes-validate refuses, strictly."""
    found = []
    for each in resources:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{name_of(each)}: {error.message}")
    return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads 3 MB of schemas anew for each object."""
    monkeypatch.setattr(utils, "schema_contents", _contents)


_contents: Any = cache(utils.schema_contents)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object_of_its_own(version: str) -> None:
    own = [each for each in objects() if each["apiVersion"] in OWN]
    assert len(own) > 60
    assert refusals(own, version) == []
    broken = copy.deepcopy(named(overlay("dev"), "Deployment", "intake"))
    broken["spec"]["replicaz"] = 1
    assert refusals([broken], version) != []


def crds() -> Path:
    """The folder of the operators' schemas."""
    if (found := folder()) is None:
        pytest.skip("the schemas of the operators are not here (deploy/k8s/README.md, Checks)")
    return found


def test_operators_take_every_object_of_theirs() -> None:
    place = crds()
    theirs = [
        each
        for each in objects()
        if each["apiVersion"] not in OWN and each["apiVersion"].split("/")[0] not in ELSEWHERE
    ]
    kinds = {each["kind"] for each in theirs}
    assert kinds >= {"Kafka", "KafkaTopic", "KafkaUser", "PerconaServerMongoDB", "ScaledObject"}
    found = {name_of(each): list(schemas.faults(place, each)) for each in theirs}
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(
    ("kind", "name", "field", "value"),
    [
        ("KafkaTopic", "dasan.cases.v1", "partition", 24),
        ("KafkaTopic", "dasan.cases.v1", "partitions", "24"),
        ("ScaledObject", "intake", "maxReplicas", 3),
        ("PerconaServerMongoDB", "dasan-mongodb", "replicasets", []),
        ("PodMonitor", "services", "selector", None),
    ],
)
def test_a_misspelt_field_is_seen(kind: str, name: str, field: str, value: object) -> None:
    broken = copy.deepcopy(named(overlay("prod"), kind, name))
    broken["spec"][field] = value
    assert list(schemas.faults(crds(), broken)) != []
