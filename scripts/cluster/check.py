"""What a real API server is asked about an overlay, and what its answers mean.

Owns the questions: does it take every object; does it take the pods that the manifests describe and
refuse the same pods with privileges; what may their accounts do. It knows neither how a server is
started nor who reads the report. Pods that operators make (broker, database) are theirs: nobody
here knows what they will look like.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.cluster.server import Kubectl, Said

Resource = dict[str, Any]

# Of other projects, whose schemas are not at hand; a cluster that has them checks their objects.
ELSEWHERE = frozenset({"gateway.networking.k8s.io", "external-secrets.io", "cert-manager.io"})
# Stored for real, because the server's answers about pods and accounts depend on them. A quota
# would refuse every pod: no controller counts what is used.
_STORED = frozenset(
    {
        *("Namespace", "ServiceAccount", "LimitRange"),
        *("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"),
    }
)
# An account that nobody gave anything.
_STRANGER = "system:serviceaccount:default:stranger"
_DRY = "--dry-run=server"
_REFUSED = "violates PodSecurity"


@dataclass(slots=True)
class Report:
    """What was asked and what is wrong; `left` names the objects that the server cannot know."""

    overlay: str
    objects: int = 0
    pods: int = 0
    refused: int = 0
    accounts: int = 0
    left: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def check(kubectl: Kubectl, overlay: str, resources: Sequence[Resource]) -> Report:
    """Everything that is asked about one overlay."""
    report = Report(overlay)
    space = _namespace(resources)
    known = [each for each in resources if _group(each) not in ELSEWHERE]
    report.left = [name_of(each) for each in resources if _group(each) in ELSEWHERE]
    _store(kubectl, known, report)
    _take(kubectl, known, report)
    _run(kubectl, [*pods_of(known, space)], report)
    accounts = [e["metadata"]["name"] for e in known if e["kind"] == "ServiceAccount"]
    report.accounts = len(accounts)
    report.faults += _rights(kubectl, space, accounts)
    return report


def _store(kubectl: Kubectl, resources: Sequence[Resource], report: Report) -> None:
    """In the order of an overlay, whose namespace comes first."""
    stored = [each for each in resources if each["kind"] in _STORED]
    said = kubectl("apply", "--server-side", "--filename=-", given=stored)
    report.faults += said.errors


def _take(kubectl: Kubectl, resources: Sequence[Resource], report: Report) -> None:
    """A warning is a fault, too: it tells of what a later version will refuse.

    The server itself refuses a field that is in no schema, and names the object; kubectl would
    refuse it first, without a name, and ask nothing more.
    """
    asked = ("apply", "--server-side", _DRY, "--validate=false", "--output=name", "--filename=-")
    said = kubectl(*asked, given=resources)
    report.objects = len(said.printed)
    report.faults += [line for line in said.errors if line not in report.faults]
    report.faults += _unanswered(resources, said)


def _run(kubectl: Kubectl, pods: Sequence[Resource], report: Report) -> None:
    """Each pod is taken, and refused as soon as it wants to be privileged.

    Of a Deployment the server only warns; what it enforces it says of pods.
    """
    asked = ("create", _DRY, "--output=name", "--filename=-")
    said = kubectl(*asked, given=pods)
    report.pods = len(said.printed)
    report.faults += [*said.errors, *_unanswered(pods, said)]
    said = kubectl(*asked, given=[privileged(pod) for pod in pods])
    for pod in pods:
        if refused(pod, said):
            report.refused += 1
        else:
            report.faults.append(f"{name_of(pod)} may be privileged, or was not asked for")


def _unanswered(resources: Sequence[Resource], said: Said) -> Iterator[str]:
    if not said.errors and len(said.printed) != len(resources):
        yield f"{len(resources) - len(said.printed)} objects went without an answer"


def refused(pod: Resource, said: Said) -> bool:
    """Whether the server refused this pod, and for its privileges."""
    answer = f'pods "{pod["metadata"]["name"]}" is forbidden: {_REFUSED}'
    return any(answer in line for line in said.errors)


def _rights(kubectl: Kubectl, space: str, accounts: Sequence[str]) -> Iterator[str]:
    """What an account may do in its namespace that any account of the cluster may not."""
    anybody = rights_of(kubectl, space, _STRANGER)
    for name in accounts:
        own = rights_of(kubectl, space, f"system:serviceaccount:{space}:{name}")
        if not (own and anybody):
            yield f"ServiceAccount/{name}: the server does not say what it may do"
        for right in sorted(own - anybody):
            yield f"ServiceAccount/{name} may do something: {right}"


def rights_of(kubectl: Kubectl, space: str, user: str) -> set[str]:
    """All that a user may do in a namespace, as kubectl lists it. Everybody may ask for their own
    rights, so an empty set means that there was no answer."""
    said = kubectl("auth", "can-i", "--list", f"--as={user}", f"--namespace={space}")
    return {" ".join(line.split()) for line in said.printed} if said.status == 0 else set()


def pods_of(resources: Sequence[Resource], space: str) -> Iterator[Resource]:
    """A Pod of every pod template, under its maker's name."""
    for each in resources:
        match each["kind"]:
            case "Deployment" | "DaemonSet" | "StatefulSet" | "Job":
                template = each["spec"]["template"]
            case "CronJob":
                template = each["spec"]["jobTemplate"]["spec"]["template"]
            case _:
                continue
        name = f"{each['kind'].lower()}-{each['metadata']['name']}"
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**template.get("metadata", {}), "name": name, "namespace": space},
            "spec": template["spec"],
        }


def privileged(pod: Resource) -> Resource:
    """The same pod, whose first container wants to be root on its node."""
    made = copy.deepcopy(pod)
    made["spec"]["containers"][0]["securityContext"] = {"privileged": True, "runAsUser": 0}
    return made


def name_of(resource: Resource) -> str:
    """Its kind and name, for messages."""
    return f"{resource['kind']}/{resource['metadata']['name']}"


def _group(resource: Resource) -> str:
    return str(resource["apiVersion"]).rpartition("/")[0]


def _namespace(resources: Sequence[Resource]) -> str:
    (space,) = (each for each in resources if each["kind"] == "Namespace")
    return str(space["metadata"]["name"])
