"""Who may call whom in the local city, with keys made once and kept by the stack.

The keys are in a file that only its owner can read; the services get the digests, and each its own
key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from deploy.local import secret_file
from services.common import access

# The desk stands for the city's own people: the unrouted queue, arbitration, the log of messages;
# the system for another one that hands in inquiries.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "intake": ("answers:status",),
    "routing": ("words:route",),
    "districts": ("words:handle",),
    "survey": (),
    "notify": ("contact:notify", "answers:notify", "survey-links"),
    "desk": ("assign", "assignments", "deliveries"),
    "system": ("inquiries",),
}


def read_or_create(data: Path) -> Mapping[str, str]:
    """The key of each caller, by its id."""
    variables = {caller: f"{caller.upper()}_KEY" for caller in SCOPES}
    made = secret_file.read_or_create(data / "keys.env", tuple(variables.values()))
    return {caller: made[variable] for caller, variable in variables.items()}


def write_callers(data: Path) -> Path:
    """Writes the file of callers that the services read; JSON is YAML, too."""
    callers = [
        {"id": caller, "scopes": list(SCOPES[caller]), "keys": [access.digest(key)]}
        for caller, key in read_or_create(data).items()
    ]
    path = data / "callers.yaml"
    content = json.dumps({"callers": callers}, indent=2)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")
    return path
