"""Secrets for a trial of deploy/k8s, made anew by chance: `python -m scripts.k8s secrets`.

Whoever has a store of secrets puts the same names into it instead (components/external-secrets).
Nothing is written to a file: what is printed goes to `kubectl create`, which
keeps no second copy of it beside the secret (`apply` would). Who may call whom is said in
the same table as for the local city.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

import yaml

from deploy.local.keys import SCOPES, callers_of, offices_of_sealed
from services import cities
from services.common.edge import access, access_tokens
from services.common.events import contracts

Secret = dict[str, str]
# Where each pod has the certificate of the database's authority (base/recipe/pod.yaml).
MONGODB_CA = "/etc/dasan/mongodb/ca.crt"


def made(city: str) -> Mapping[str, Secret]:
    """Every secret of a city, by its name, as the texts of its keys.

    `dasan-callers-keys` is mounted nowhere: it holds the plain keys of the desks, of two other
    systems and of each office, to be handed to them.
    """
    loaded = cities.load(city)
    keys = {caller: access.new_key() for caller in SCOPES}
    office_keys = {office: access.new_key() for office in sorted(loaded.offices)}
    callers = callers_of(keys, office_keys, offices_of_sealed(loaded))
    signing = access_tokens.new_signing_key()
    found: dict[str, Secret] = {}
    for name in contracts.services():
        password = _chance()
        found[f"mongodb-{name}"] = {"password": password, "url": mongodb_url(name, password)}
    for name in contracts.services():
        own = {"SERVICE_KEY": keys[name]} if name in SCOPES else {}
        found[f"{name}-secrets"] = own | {each: _chance() for each in _OWN.get(name, ())}
    found["notify-secrets"] |= dict.fromkeys(_PROVIDERS, "")
    found["dasan-callers"] = {
        "callers.yaml": json.dumps(callers, indent=2),
        "token_keys.json": json.dumps({"keys": [access_tokens.public_half(signing)]}),
    }
    found["districts-signing-key"] = {
        "signing_key.json": json.dumps({**signing.as_dict(private=True), "kid": signing.kid})
    }
    found["dasan-callers-keys"] = {
        name: key for name, key in (keys | office_keys).items() if name not in contracts.services()
    }
    return found


def mongodb_url(user: str, password: str) -> str:
    """MONGO_URL of a service at the database of base/mongodb: with TLS, and writes that count once
    they are safe. `password` has no character that an address would need to write otherwise."""
    options = f"replicaSet=rs0&tls=true&tlsCAFile={MONGODB_CA}&authSource=admin"
    return f"mongodb://{user}:{password}@dasan-mongodb-rs0:27017/?{options}&w=majority&journal=true"


def names() -> Mapping[str, Sequence[str]]:
    """The keys of every secret that a pod may ask for, by the secret's name."""
    found = {name: list(keys) for name, keys in made(_SMALLEST_CITY).items()}
    del found["dasan-callers-keys"]
    return found


# Its names are those of every city, and it is loaded at once.
_SMALLEST_CITY = "saebom"
# What a service signs its links and sessions with.
_OWN: Mapping[str, Sequence[str]] = {
    "intake": ("STATUS_TOKEN_SECRET",),
    "routing": ("DESK_SESSION_SECRET",),
    "districts": ("DESK_SESSION_SECRET",),
    "survey": ("SURVEY_TOKEN_SECRET",),
}
# What others gave the city; empty until they have.
_PROVIDERS = ("SMTP_PASSWORD", "SMS_GATEWAY_TOKEN")


def _chance() -> str:
    return secrets.token_urlsafe(32)


def rendered(city: str) -> str:
    """The secrets as YAML for `kubectl create --namespace … -f -`."""
    return yaml.safe_dump_all(
        [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "dasan"}},
                "stringData": values,
            }
            for name, values in sorted(made(city).items())
        ],
        sort_keys=False,
        explicit_start=True,
    )
