"""Rules of a broker whose clients log in, in the form of deploy/k8s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
)

from deploy.local.broker import Broker

_PATTERNS = {
    "literal": ACLResourcePatternType.LITERAL,
    "prefix": ACLResourcePatternType.PREFIXED,
}
# For a user whose rules are not what is tried.
ANYTHING = [
    {"resource": {"type": kind, "name": "*", "patternType": "literal"}, "operations": ["All"]}
    for kind in ("topic", "group")
]


def allow(broker: Broker, user: str, acls: Sequence[Mapping[str, Any]]) -> None:
    """Lets a user do what a KafkaUser's `acls` say."""
    rules = [
        ACL(
            principal=f"User:{user}",
            host="*",
            operation=ACLOperation[operation.upper()],
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=ResourcePattern(
                ResourceType[acl["resource"]["type"].upper()],
                acl["resource"]["name"],
                _PATTERNS[acl["resource"]["patternType"]],
            ),
        )
        for acl in acls
        for operation in acl["operations"]
    ]
    with broker.admin() as admin:
        failed = admin.create_acls(rules)["failed"]
    assert not failed
