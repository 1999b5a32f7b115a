"""Writes the parts list of Dasan as CycloneDX 1.6 (JSON): `make sbom FILE=dasan.cdx.json`.

Of the image: the packages of runtime.lock, the fonts and scripts that are served, and the base.
With `--all` also what builds, runs and tests it on one machine: every package of
requirements.lock, every fetched asset, the packages of kubectl and etcd, and the jars of the local
broker. Programs that are built from Go source are not in it.

Versions come from the locks; licences, and who needs whom, from what is installed. Nothing of the
machine or the hour is in it, so that two lists of one commit differ in nothing. The digests of the
packages are in the locks, which name several files for each.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.local import broker
from deploy.local.cache import user_cache
from scripts import fetch_tools, lock
from scripts.audit import pinned
from services.common.pages.assets import Asset, manifest

_LONGEST_LICENCE = 100  # some packages put the whole text there
_CLASSIFIER = "License :: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that others made. `purl` is its name in the whole world (ECMA-427); `sha256`, in
    hex, is of the one file that it is, where it is one; `needs` are the purls of other parts."""

    purl: str
    name: str
    version: str
    kind: str = "library"
    licence: Mapping[str, Any] | None = None
    sha256: str = ""
    needs: Sequence[str] = field(default=())

    def component(self) -> Mapping[str, Any]:
        """As it stands in the document."""
        written: dict[str, Any] = {
            "type": self.kind,
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
        }
        if self.licence:
            written["licenses"] = [self.licence]
        if self.sha256:
            written["hashes"] = [{"alg": "SHA-256", "content": self.sha256}]
        return written


def document(parts: Iterable[Part], asked: Sequence[str]) -> Mapping[str, Any]:
    """The whole list. `asked` are the purls of what we name ourselves; the rest came with it."""
    ordered = sorted(parts, key=lambda part: part.purl)
    version = tomllib.loads((lock.ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    own = f"pkg:generic/dasan@{version}"
    needs = {own: asked, **{part.purl: part.needs for part in ordered}}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "dasan",
                "version": version,
                "purl": own,
            }
        },
        "components": [part.component() for part in ordered],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(set(others))} for ref, others in needs.items()
        ],
    }


def of_the_image() -> Mapping[str, Any]:
    """What the image holds."""
    wanted = lock.runtime_part(lock.WANTED.read_text("utf-8"))
    others = [base(), *(asset(one) for one in manifest().values() if one.served)]
    return _joined(lock.RUNTIME, wanted, others)


def of_everything(cache: Path) -> Mapping[str, Any]:
    """What the image holds, and what builds, runs and tests it on one machine."""
    others = [base(), *programs(), *map(asset, manifest().values()), *jars(cache)]
    return _joined(lock.LOCK, lock.WANTED.read_text("utf-8"), others)


def _joined(path: Path, wanted: str, others: Sequence[Part]) -> Mapping[str, Any]:
    asked = [Requirement(line) for line in wanted.splitlines() if line and line[0] != "#"]
    versions = pinned(path)
    names = [canonicalize_name(one.name) for one in asked]
    direct = [_pypi(name, versions[name]) for name in names] + [part.purl for part in others]
    return document([*packages(versions, asked), *others], direct)


def packages(versions: Mapping[str, str], asked: Sequence[Requirement]) -> Iterator[Part]:
    """The Python packages; one that is not installed here is listed without its licence."""
    found = {name: _installed(name) for name in versions}
    wanted = {name: _needs(about) for name, about in found.items()}
    extras: dict[str, set[str]] = {name: {""} for name in versions}
    for one in [*asked, *(need for needs in wanted.values() for need in needs)]:
        extras.setdefault(canonicalize_name(one.name), {""}).update(one.extras)
    for name, version in versions.items():
        needed = {
            canonicalize_name(need.name)
            for need in wanted[name]
            if need.marker is None
            or any(need.marker.evaluate({"extra": extra}) for extra in extras[name])
        }
        yield Part(
            purl=_pypi(name, version),
            name=name,
            version=version,
            licence=licence(found[name]),
            needs=[_pypi(other, versions[other]) for other in needed if other in versions],
        )


def _installed(name: str) -> metadata.PackageMetadata | None:
    try:
        return metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None


def _needs(about: metadata.PackageMetadata | None) -> Sequence[Requirement]:
    return [Requirement(line) for line in (about and about.get_all("Requires-Dist")) or ()]


def licence(about: metadata.PackageMetadata | None) -> Mapping[str, Any] | None:
    """The licence as the package says it: an SPDX expression, else the name that it uses."""
    if about is None:
        return None
    if expression := _first(about, "License-Expression"):
        return {"expression": expression}
    named = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or ()
        if line.startswith(_CLASSIFIER)
    ]
    said = ", ".join(sorted(set(named))) or _first(about, "License").strip()
    if not said or "\n" in said or len(said) > _LONGEST_LICENCE:
        return None
    return {"license": {"name": said}}


def _first(about: metadata.PackageMetadata, name: str) -> str:
    return next(iter(about.get_all(name) or ()), "")


def _pypi(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{quote(version, safe='')}"


def asset(one: Asset) -> Part:
    """A package of fonts, styles or scripts."""
    purl = f"pkg:npm/{quote(one.package, safe='/')}@{one.version}"
    return Part(purl=purl, name=one.package, version=one.version, sha256=one.sha256)


def programs() -> Iterator[Part]:
    """The packages that kubectl and etcd are taken out of; they check the manifests."""
    for package, digest in (
        (fetch_tools.CARRIER, fetch_tools.CARRIER_SHA256),
        (fetch_tools.ETCD, fetch_tools.ETCD_SHA256),
    ):
        name, _, version = package.partition("==")
        purl = _pypi(canonicalize_name(name), version)
        yield Part(purl=purl, name=name, version=version, sha256=digest)


def base() -> Part:
    """The image that ours stands on, as the Containerfile names it unless a release names it by
    its digest."""
    text = (lock.ROOT / "Containerfile").read_text(encoding="utf-8")
    (found,) = re.findall(r"^ARG PYTHON=(.+)$", text, re.MULTILINE)
    name, _, version = found.partition(":")
    return Part(purl=f"pkg:docker/{name}@{version}", name=name, version=version, kind="container")


def jars(cache: Path) -> Iterator[Part]:
    """The jars of the local broker: those that we name, and those that came with them, once they
    were fetched. Of these the file's name is all that is known."""
    fetched = {path.stem: path for path in cache.glob(f"kafka-{broker.KAFKA}/*.jar")}
    for artifact in broker.ARTIFACTS:
        group, name, version = artifact.split(":")
        file = fetched.pop(f"{name}-{version}", None)
        purl = f"pkg:maven/{group}/{name}@{version}"
        yield Part(purl=purl, name=name, version=version, sha256=_digest(file))
    for stem, file in fetched.items():
        name, _, version = re.sub(r"-(?=\d)", "\n", stem, count=1).partition("\n")
        purl = f"pkg:generic/{name}@{version}?file_name={file.name}"
        yield Part(purl=purl, name=name, version=version, sha256=_digest(file))


def _digest(file: Path | None) -> str:
    return "" if file is None else sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Writes the file that is named."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sbom", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path)
    parser.add_argument("--all", action="store_true", help="not of the image alone")
    chosen = parser.parse_args()
    made = of_everything(user_cache()) if chosen.all else of_the_image()
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    chosen.file.write_text(text, encoding="utf-8")
    print(f"{chosen.file}: {len(made['components'])} parts", file=sys.stderr)


if __name__ == "__main__":
    main()
