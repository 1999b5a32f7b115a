"""A real API server takes every overlay, and refuses what it should.

    CLUSTER=1 .venv/bin/python -m pytest tests/k8s/test_cluster.py

As `make cluster-check`, with faults planted besides. Starts the server once; it is asked for by a
variable, because it takes half a minute and needs a program that is built in half an hour.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploy.local.built import NotBuilt
from scripts.cluster.__main__ import Missing, running
from scripts.cluster.check import Resource, check
from scripts.cluster.server import Kubectl
from tests.k8s import rules
from tests.k8s.rendering import OVERLAYS, overlay


@pytest.fixture(scope="module")
def kubectl() -> Iterator[Kubectl]:
    if os.environ.get("CLUSTER") != "1":
        pytest.skip("asks a real API server, with CLUSTER=1 only (deploy/k8s/README.md, Checks)")
    try:
        with running() as asked:
            yield asked
    except (Missing, NotBuilt) as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("where", OVERLAYS)
def test_the_server_takes_the_overlay(kubectl: Kubectl, where: str) -> None:
    report = check(kubectl, where, overlay(where))
    assert report.faults == []
    assert report.objects == len(overlay(where)) - len(report.left)
    assert report.pods == report.refused >= 17
    assert report.accounts >= 7


def grant(resources: list[Resource]) -> None:
    """An account may read secrets."""
    group = "rbac.authorization.k8s.io"
    meta = {"name": "planted", "namespace": "dasan"}
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    resources.append(
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": [rule]}
    )
    resources.append(
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "planted"},
            "subjects": [{"kind": "ServiceAccount", "name": "intake", "namespace": "dasan"}],
        }
    )


SECURITY = "spec/template/spec/securityContext/runAsNonRoot"


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (
            rules.changed("KafkaTopic", "dasan.cases.v1", "spec/partition", 24),
            "dasan.cases.v1; kafka.strimzi.io/v1, Kind=KafkaTopic): .spec.partition: field not",
        ),
        (
            rules.changed("Deployment", "intake", "spec/replicaz", 1),
            "dasan/intake; apps/v1, Kind=Deployment): .spec.replicaz: field not declared",
        ),
        (rules.changed("Deployment", "intake", SECURITY, False), "violates PodSecurity"),
        (rules.changed("ScaledObject", "intake", "spec/minReplicaCount", 300), "ScaledObject"),
        (
            rules.changed("Deployment", "intake", "spec/template/spec/serviceAccountName", "x"),
            'serviceaccount "x" not found',
        ),
        (grant, "ServiceAccount/intake may do something: secrets"),
    ],
)
def test_the_server_sees_a_planted_fault(
    kubectl: Kubectl, plant: Callable[[list[Resource]], Any], said: str
) -> None:
    resources = copy.deepcopy(list(overlay("prod")))
    plant(resources)
    faults = check(kubectl, "prod", resources).faults
    kubectl("delete", "--namespace=dasan", "role,rolebinding", "--all")
    assert [fault for fault in faults if said in fault], faults
