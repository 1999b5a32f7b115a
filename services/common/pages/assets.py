"""Styles, fonts and scripts of others: which there are, where they lie, and how they are served.

`assets.yaml` names each with the digest of its package; `scripts/fetch_assets.py` fetches them. A
page asks for an address and goes without where there is none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

MANIFEST = Path(__file__).with_name("assets.yaml")
FETCHED = Path(__file__).with_name("fetched")
PATH = "/assets"
# The address names the version, so the content behind it never changes.
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One package of the manifest."""

    name: str
    package: str
    version: str
    sha256: str
    files: Sequence[str]
    served: bool

    @property
    def folder(self) -> str:
        """The name of the folder that holds it, and of its part of the address."""
        return f"{self.name}-{self.version}"


def manifest(path: Path = MANIFEST) -> Mapping[str, Asset]:
    """The packages by their names here."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Asset(name=name, **fields) for name, fields in read.items()}


class Assets:
    """The packages of the manifest that this machine has; each is there as a whole or not at
    all."""

    def __init__(self, folder: Path = FETCHED) -> None:
        self._folder = folder
        self._there = {
            name: asset for name, asset in manifest().items() if (folder / asset.folder).is_dir()
        }

    def file(self, name: str, path: str) -> Path | None:
        """A file of a package on this machine; None where it was not fetched."""
        asset = self._there.get(name)
        return None if asset is None else self._folder / asset.folder / path

    def url(self, name: str, path: str) -> str | None:
        """The address of a file of a package that is served; None where it was not fetched."""
        asset = self._there.get(name)
        if asset is None or not asset.served:
            return None
        return f"{PATH}/{asset.folder}/{path}"

    def serve(self, app: FastAPI, *names: str) -> None:
        """Adds the addresses of these packages to an app."""
        for name in names:
            asset = self._there.get(name)
            if asset is not None and asset.served:
                app.mount(f"{PATH}/{asset.folder}", _Kept(directory=self._folder / asset.folder))


class _Kept(StaticFiles):
    """Files that a browser may keep: it asks for each only once."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
