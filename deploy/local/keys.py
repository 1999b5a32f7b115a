"""Who may call whom in the local city, with keys made once and kept by the stack.

The keys are in files that only their owner can read, as is the one that signs tokens; the services
get the digests, each its own key, and the public half of the signing key.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from deploy.local import secret_file
from services import cities
from services.common.edge import access, access_tokens

# The desk stands for the city's own people: the unrouted queue, arbitration, the log of messages;
# the sealed desk for the few of them who name the office of a sealed matter when its own refuses
# it, the rules desk for those who keep the rules of competence, the offices desk for those who say
# what the offices are. The system stands for another one
# that hands in inquiries, the portal for one that knows by its sign-in whose an address is. Survey
# calls nobody.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "intake": ("answers:status", "documents:status"),
    "routing": ("words:route", "likeness:route"),
    "districts": ("words:handle",),
    "notify": ("contact:notify", "words:notify", "answers:notify", "survey-links"),
    "desk": ("assign", "assignments", "deliveries", "recommendations"),
    "sealed-desk": ("assign", "assignments", "assignments:sealed"),
    "rules-desk": ("assignments", "rulesets"),
    "offices-desk": ("offices",),
    "system": ("inquiries",),
    "portal": ("inquiries", "contacts:verified"),
}
OFFICE_SCOPES = ("work",)
# Whoever investigates reports of corruption must see where they lie, and the sealed desk, which
# works for them; nobody else may, not even the desk (「부패방지 및 국민권익위원회의 설치와 운영에
# 관한 법률」 제64조).
SEALED_OFFICE_SCOPES = (*OFFICE_SCOPES, "assignments", "assignments:sealed")
_OWNER_ONLY = 0o600


def read_or_create(data: Path) -> Mapping[str, str]:
    """The key of each caller that is no office, by its id."""
    variables = {caller: f"{caller.upper().replace('-', '_')}_KEY" for caller in SCOPES}
    made = secret_file.read_or_create(data / "keys.env", tuple(variables.values()))
    return {caller: made[variable] for caller, variable in variables.items()}


def of_offices(data: Path, office_ids: Iterable[str]) -> Mapping[str, str]:
    """The key of each office's software, by the office's id, which is also the caller's."""
    return secret_file.read_or_create(data / "office_keys.env", tuple(office_ids))


def write_callers(
    data: Path, office_ids: Iterable[str] = (), sealed_offices: Collection[str] = ()
) -> Path:
    """Writes the file of callers that the services read; JSON is YAML, too. `sealed_offices` are
    those of the offices that answer sealed matters."""
    return _write(
        data / "callers.yaml",
        callers_of(read_or_create(data), of_offices(data, office_ids), sealed_offices),
    )


def callers_of(
    keys: Mapping[str, str], office_keys: Mapping[str, str], sealed_offices: Collection[str]
) -> Mapping[str, Any]:
    """The content of the file of callers: what each may, and the digest of its key."""
    callers = [_entry(id_, key, SCOPES[id_]) for id_, key in keys.items()]
    callers += [
        {
            **_entry(id_, key, SEALED_OFFICE_SCOPES if id_ in sealed_offices else OFFICE_SCOPES),
            "office": id_,
        }
        for id_, key in office_keys.items()
    ]
    return {"callers": callers}


def offices_of_sealed(city: cities.City) -> Collection[str]:
    """The offices that answer sealed matters."""
    owners = (city.service(code).owner for code in city.sealed)
    return {owner for owner in owners if owner is not None}


def signing(data: Path) -> tuple[Path, Path]:
    """The file of the key that signs tokens, made once, and that of its public half."""
    private, public = data / "signing_key.json", data / "token_keys.json"
    if not private.exists():
        data.mkdir(parents=True, exist_ok=True)
        access_tokens.write_signing_key(private, access_tokens.new_signing_key())
        public.unlink(missing_ok=True)  # of another key
    if stat.S_IMODE(private.stat().st_mode) != _OWNER_ONLY:
        private.chmod(_OWNER_ONLY)  # somebody may have copied it here
    if not public.exists():
        known = access_tokens.public_half(access_tokens.read_signing(private))
        _write(public, {"keys": [known]})
    return private, public


def _entry(id_: str, key: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    return {"id": id_, "scopes": list(scopes), "keys": [access.digest(key)]}


def _write(path: Path, content: Mapping[str, Any]) -> Path:
    """Replaces the file in one step, because the services may read it at this moment."""
    text = json.dumps(content, indent=2)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    return path
