"""What `python -m scripts.k8s secrets` makes is what services and callers can work with."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pymongo.uri_parser import parse_uri

from scripts.k8s import secrets
from services import cities
from services.common.edge import access_tokens
from services.common.events import contracts


@pytest.fixture(scope="module")
def city() -> dict[str, dict[str, str]]:
    documents = yaml.safe_load_all(secrets.rendered("seoul"))
    return {each["metadata"]["name"]: each["stringData"] for each in documents}


def test_services_know_each_other_and_the_offices(
    city: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    for name, text in {**city["dasan-callers"], **city["districts-signing-key"]}.items():
        (tmp_path / name).write_text(text)
    known = access_tokens.callers(
        tmp_path / "callers.yaml", tmp_path / "token_keys.json", audience="dasan"
    )
    for service in contracts.services():
        if "SERVICE_KEY" in city[f"{service}-secrets"]:
            assert known.of(city[f"{service}-secrets"]["SERVICE_KEY"]).id == service
    handed_out = city["dasan-callers-keys"]
    loaded = cities.load("seoul")
    offices = loaded.offices
    people = {"desk", "offices-desk", "portal", "rules-desk", "sealed-desk", "system"}
    assert handed_out.keys() == {*people, *offices}
    for office in offices:
        assert known.of(handed_out[office]).office == office
    with_sealed = {loaded.service(code).owner for code in loaded.sealed}
    for office in offices:
        assert ("assignments:sealed" in known.of(handed_out[office]).scopes) == (
            office in with_sealed
        )
    private = access_tokens.read_signing(tmp_path / "signing_key.json")
    assert private.kid in access_tokens.read_accepted(tmp_path / "token_keys.json")


def test_each_service_finds_its_database_and_believes_no_write_that_may_be_lost(
    city: dict[str, dict[str, str]],
) -> None:
    for service in contracts.services():
        made = city[f"mongodb-{service}"]
        found = parse_uri(made["url"], validate=False)
        assert (found["username"], found["password"]) == (service, made["password"])
        wanted = {"tls": "true", "w": "majority", "journal": "true"}
        assert found["options"].items() >= wanted.items()


def test_nothing_is_made_twice_alike(city: dict[str, dict[str, str]]) -> None:
    made = [text for keys in city.values() for text in keys.values() if text]
    again = secrets.made("seoul")
    assert len(set(made)) == len(made)
    assert not set(made) & {text for keys in again.values() for text in keys.values() if text}
