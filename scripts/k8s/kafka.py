"""Topics and users of Kafka as Strimzi's resources, from the contract registry.

The registry says which topics there are; each service's wiring says which events it tells and
hears, from which follows what its user may do and no more. `make k8s` writes the files; a test
proves them current.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

import yaml

from services.common.events import contracts
from services.common.events.contracts import TopicSpec

HEAD = "# Generated from the contract registry: make k8s. Do not edit.\n"
CLUSTER = "dasan"
API = "kafka.strimzi.io/v1"
# What a keyed topic begins with it keeps for good: with another count later events of a life lie
# elsewhere. 24 divides evenly by 1, 2, 3, 4, 6, 8 and 12 replicas, and has work for as many.
PARTITIONS = 24
# Three copies, two of which must have a record before it counts: one broker may be away.
REPLICAS = 3
IN_SYNC = 2
# Services that listen to their own topics beside the group, so that every replica hears all.
LISTEN_TO_THEMSELVES = frozenset({"districts"})
# Offsets are asked for by name; the autoscaler reads and writes nothing else.
_AUTOSCALER = "keda"
TOOLS = "tools"

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a service does with each topic, and the names of its consumer groups.

    `returns` are topics to which it puts back what it had put away (parked events); `view_groups`
    is the beginning of the names of groups that each life of a live view makes for itself.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    returns: frozenset[str]
    groups: frozenset[str]
    view_groups: frozenset[str]


def access_of(service: str) -> Access:
    """What the code of a service does with Kafka."""
    wire = import_module(f"services.{service}.adapters.wire")
    heard, told = _topics(wire.HEARD), _told_on(wire.TOLD)
    viewed = frozenset().union(*(_topics(each) for each in _views_of(service)))
    changelogs = {
        name for name in contracts.TABLE_CHANGELOGS if name.startswith(f"dasan-{service}-")
    }
    letters = {contracts.dlq_topic(service)}
    own = _topics(wire.TOLD) if service in LISTEN_TO_THEMSELVES else frozenset()
    return Access(
        reads=heard | viewed | own | changelogs | letters,
        writes=told | changelogs | letters,
        returns=heard,
        groups=frozenset({f"dasan-{service}"}),
        view_groups=frozenset({f"dasan-{service}-views-"} if changelogs else ()),
    )


def _topics(events: Sequence[str] | Mapping[str, Any]) -> frozenset[str]:
    """Where these events travel: who hears them hears those of sealed matters, too."""
    return frozenset(contracts.events()[name].topic for name in events) | {contracts.SEALED_TOPIC}


def _told_on(events: Mapping[str, Any]) -> frozenset[str]:
    """Where a service tells its events: those that carry a matter may be of a sealed one."""
    found = {contracts.events()[name].topic for name in events}
    if any(field.name == "matter" for told in events.values() for field in fields(told)):
        found.add(contracts.SEALED_TOPIC)
    return frozenset(found)


def _views_of(service: str) -> Iterator[Sequence[str]]:
    """The events that each live view and each tally of a service hears: whatever of its adapters
    has the form of a `views.Projection` or of a `recent.Tally`."""
    package = import_module(f"services.{service}.adapters")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
            if found.__module__ == module.name and "heard" in vars(found):
                yield tuple(vars(found)["heard"])


def topics(partitions: int = PARTITIONS) -> Sequence[Resource]:
    """Every topic."""
    return [_topic(spec) for spec in contracts.topics(partitions)]


def _topic(spec: TopicSpec) -> Resource:
    return {
        "apiVersion": API,
        "kind": "KafkaTopic",
        "metadata": {"name": spec.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "partitions": spec.partitions,
            "replicas": REPLICAS,
            "config": {
                "cleanup.policy": spec.cleanup,
                "retention.ms": spec.retention_ms,
                "min.insync.replicas": IN_SYNC,
            },
        },
    }


def users() -> Sequence[Resource]:
    """A user for each service, and one for what is done by hand and by night."""
    return [_user(name, rules_of(name)) for name in (*contracts.services(), TOOLS)]


def rules_of(user: str) -> Sequence[Resource]:
    """What a user may do: a service by its name, or the tools."""
    return _rules_of_tools() if user == TOOLS else acls_of(access_of(user))


def acls_of(access: Access) -> Sequence[Resource]:
    """The rules of a service. Read and Write imply Describe, and a producer that may write may
    number its records (KIP-679), so nothing else is needed."""
    rules = []
    for topic in sorted(access.reads | access.writes | access.returns):
        operations = []
        if topic in access.reads:
            operations.append("Read")
        if topic in access.writes | access.returns:
            operations.append("Write")
        rules.append(_rule("topic", topic, operations))
    rules += [_rule("group", group, ["Read"]) for group in sorted(access.groups)]
    rules += [
        _rule("group", group, ["Read"], pattern="prefix") for group in sorted(access.view_groups)
    ]
    return rules


def _rules_of_tools() -> Sequence[Resource]:
    """`audit` and `forgotten` read every event topic; `replay` reads dead letters and puts them
    back; `rewind` sets the groups of the services back."""
    letters = {contracts.dlq_topic(service) for service in contracts.services()}
    groups = {group for each in contracts.services() for group in access_of(each).groups}
    return [
        *(
            _rule("topic", topic, ["Read", "Write"])
            for topic in sorted({*letters, *contracts.event_topics()})
        ),
        *(_rule("group", group, ["Read"]) for group in sorted(groups)),
    ]


def autoscaler() -> Sequence[Resource]:
    """The user of KEDA: it may see how far each group is behind."""
    heard = sorted(set().union(*(access_of(each).returns for each in contracts.services())))
    groups = sorted(set().union(*(access_of(each).groups for each in contracts.services())))
    return [
        _user(
            _AUTOSCALER,
            [
                *(_rule("topic", topic, ["Describe"]) for topic in heard),
                *(_rule("group", group, ["Describe"]) for group in groups),
            ],
        )
    ]


def _user(name: str, acls: Sequence[Resource]) -> Resource:
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(acls)},
        },
    }


def _rule(kind: str, name: str, operations: Sequence[str], pattern: str = "literal") -> Resource:
    return {
        "resource": {"type": kind, "name": name, "patternType": pattern},
        "operations": list(operations),
    }


def rendered(resources: Sequence[Resource]) -> str:
    """The resources as one YAML file."""
    return HEAD + "---\n" + yaml.safe_dump_all(resources, sort_keys=False, width=100)
