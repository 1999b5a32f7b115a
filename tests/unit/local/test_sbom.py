"""The parts list: whole, and the same on every machine."""

from __future__ import annotations

import json
import sys
from email.message import Message
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.local import broker
from deploy.local.cache import user_cache
from scripts import fetch_tools, lock, sbom
from scripts.audit import pinned
from services.common.pages.assets import manifest


def purls(document: Any) -> set[str]:
    return {component["purl"] for component in document["components"]}


@pytest.fixture(scope="module")
def image() -> Any:
    return sbom.of_the_image()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return sbom.of_everything(tmp_path_factory.mktemp("nothing-fetched"))


def test_the_image_has_every_package_of_its_lock_and_what_it_serves(image: Any) -> None:
    named = {(part["name"], part["version"]) for part in image["components"]}
    assert set(pinned(lock.RUNTIME).items()) <= named
    assert {(a.package, a.version) for a in manifest().values() if a.served} <= named
    assert not {part for part in purls(image) if "/pytest@" in part or "maven" in part}


def test_the_whole_list_has_every_package_asset_and_jar(everything: Any) -> None:
    named = {(part["name"], part["version"]) for part in everything["components"]}
    assert set(pinned(lock.LOCK).items()) <= named
    assert {(a.package, a.version) for a in manifest().values()} <= named
    assert {tuple(jar.split(":")[1:]) for jar in broker.ARTIFACTS} <= named
    assert {tuple(each.split("==")) for each in (fetch_tools.CARRIER, fetch_tools.ETCD)} <= named


def test_nothing_of_the_machine_or_the_hour_is_in_it(everything: Any) -> None:
    text = json.dumps(everything)
    for path in (lock.ROOT, Path.home(), Path(sys.prefix).resolve(), user_cache()):
        assert f"{path}/" not in text
    assert "serialNumber" not in text
    assert "timestamp" not in text
    assert "://" not in text


def test_every_part_is_there_once_and_whoever_is_needed_is_there(everything: Any) -> None:
    listed = [part["bom-ref"] for part in everything["components"]]
    assert len(set(listed)) == len(listed)
    own = everything["metadata"]["component"]["bom-ref"]
    edges = {edge["ref"]: edge["dependsOn"] for edge in everything["dependencies"]}
    assert set(edges) == {own, *listed}
    assert {other for others in edges.values() for other in others} <= set(listed)


def test_fetched_jars_are_listed_by_name_and_digest(tmp_path: Path) -> None:
    folder = tmp_path / f"kafka-{broker.KAFKA}"
    folder.mkdir()
    (folder / f"kafka_2.13-{broker.KAFKA}.jar").write_bytes(b"kafka")
    (folder / "jackson-core-2.20.1.jar").write_bytes(b"jackson")
    found = {part.name: part for part in sbom.jars(tmp_path)}
    assert found["kafka_2.13"].sha256 == sha256(b"kafka").hexdigest()
    assert found["jackson-core"].version == "2.20.1"
    assert found["jackson-core"].sha256 == sha256(b"jackson").hexdigest()
    assert len(found) == len(broker.ARTIFACTS) + 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"License-Expression": "MIT OR Apache-2.0"}, {"expression": "MIT OR Apache-2.0"}),
        (
            {"Classifier": "License :: OSI Approved :: MIT License", "License": "text"},
            {"license": {"name": "MIT License"}},
        ),
        ({"License": "BSD"}, {"license": {"name": "BSD"}}),
        ({"License": "Copyright (c) …\nPermission is hereby …"}, None),
        ({}, None),
    ],
)
def test_a_licence_is_told_as_its_package_says_it(said: dict[str, str], told: object) -> None:
    about = Message()
    for name, value in said.items():
        about[name] = value
    assert sbom.licence(cast(Any, about)) == told
