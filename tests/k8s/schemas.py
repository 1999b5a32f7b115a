"""Objects of operators against the schemas of their custom resources, as an API server would.

Pure. Kubernetes' own objects are left to kubernetes-validate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.k8s.rendering import Loader, Resource

# What JSON Schema does not know, and a server does.
_EITHER = "x-kubernetes-int-or-string"
_ANYTHING = "x-kubernetes-preserve-unknown-fields"
# Keywords that hold schemas by name, one schema, or several.
_BY_NAME = ("properties", "patternProperties")
_ONE = ("items", "additionalProperties", "not")
_SEVERAL = ("allOf", "anyOf", "oneOf")

Schema = dict[str, Any]


@cache
def known(place: Path) -> Mapping[tuple[str, str], Schema]:
    """The schemas by apiVersion and kind, made strict."""
    found = {}
    for path in sorted(place.glob("*.yaml")):
        for crd in yaml.load_all(path.read_text("utf-8"), Loader):
            if not crd:
                continue
            kind, group = crd["spec"]["names"]["kind"], crd["spec"]["group"]
            for version in crd["spec"]["versions"]:
                schema = version.get("schema", {}).get("openAPIV3Schema")
                if schema and version["name"] in ("v1", "v1alpha1"):
                    found[f"{group}/{version['name']}", kind] = strict(schema, at_top=True)
    return found


def strict(schema: Schema, *, at_top: bool = False) -> Schema:
    """The schema without the fields that it does not name: a server drops or refuses them."""
    made = {key: value for key, value in schema.items() if not key.startswith("x-")}
    for key in _BY_NAME:
        if key in made:
            made[key] = {name: strict(each) for name, each in made[key].items()}
    for key in _ONE:
        if isinstance(made.get(key), dict):
            made[key] = strict(made[key])
    if schema.get(_EITHER):
        # They add conditions to what stands beside them, and name no fields.
        for key in _SEVERAL:
            made.pop(key, None)
        made["type"] = ["integer", "string"]
    if at_top:
        made["properties"] = {**made["properties"], "metadata": {"type": "object"}}
    if "properties" in made and "additionalProperties" not in made and not schema.get(_ANYTHING):
        made["additionalProperties"] = False
    if schema.get("nullable"):
        made = {"anyOf": [{"type": "null"}, made]}
    made.pop("format", None)
    return made


def faults(place: Path, resource: Resource) -> Iterator[str]:
    """Where an object differs from its schema; raises KeyError for a kind that has none."""
    schema = known(place)[resource["apiVersion"], resource["kind"]]
    for error in jsonschema.Draft7Validator(schema).iter_errors(resource):
        yield f"{error.json_path}: {error.message[:200]}"
