"""What others wrote is what the manifest names, whole or not there."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from scripts import fetch_assets
from scripts.fetch_assets import fetch, unpack
from scripts.fetching import NotFetched, WrongDigest, run
from services.common.pages.assets import Asset, Assets, manifest

FONT = manifest()["noto-sans-kr"]


def package(*files: tuple[str, bytes]) -> bytes:
    """A package as npm packs it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name, data in files:
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("package/link.css")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    return buffer.getvalue()


def asset(data: bytes) -> Asset:
    digest = hashlib.sha256(data).hexdigest()
    return Asset(
        name="x", package="x", version="1", sha256=digest, files=["*.css", "files/*"], served=True
    )


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that packs what lies in `packed`, and an empty folder to fetch to."""
    monkeypatch.setattr(fetch_assets, "FETCHED", tmp_path / "fetched")
    (tmp_path / "fetched").mkdir()
    (tmp_path / "npm").write_text(f"#!/bin/sh\ncp {tmp_path}/packed ./x.tgz\n")
    (tmp_path / "npm").chmod(0o755)
    return tmp_path


def test_the_files_named_are_kept_and_nothing_else(registry: Path) -> None:
    data = package(("a.css", b"a"), ("files/b.woff2", b"b"), ("evil.js", b"c"))
    (registry / "packed").write_bytes(data)
    room = registry / "room"
    room.mkdir()
    fetch(asset(data), [str(registry / "npm")], room)
    kept = [p.relative_to(registry / "fetched") for p in (registry / "fetched").rglob("*")]
    assert sorted(str(p) for p in kept if (registry / "fetched" / p).is_file()) == [
        "x-1/a.css",
        "x-1/files/b.woff2",
    ]


def test_another_package_than_the_one_named_is_not_taken(registry: Path) -> None:
    (registry / "packed").write_bytes(package(("a.css", b"other")))
    room = registry / "room"
    room.mkdir()
    with pytest.raises(WrongDigest):
        fetch(asset(package(("a.css", b"a"))), [str(registry / "npm")], room)
    assert not list((registry / "fetched").iterdir())


def test_a_path_that_leads_out_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(package(("files/../../../evil", b"x")))
    with pytest.raises(WrongDigest, match="leads out"):
        unpack(tmp_path / "x.tgz", ["files/*"], tmp_path / "to")
    assert not (tmp_path / "evil").exists()


def test_without_a_registry_nothing_is_fetched_and_setup_goes_on(
    registry: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch_assets, "find_npm", lambda _: ["false"])
    assert fetch_assets.main() == 0
    assert "own fonts" in capsys.readouterr().out
    assert not list((registry / "fetched").iterdir()), "an interrupted run leaves nothing"


def test_a_command_that_is_not_there_is_no_crash(tmp_path: Path) -> None:
    with pytest.raises(NotFetched):
        run(["no-such-command"], tmp_path, seconds=1)


@pytest.fixture
def fetched(tmp_path: Path) -> Assets:
    for known in manifest().values():
        (tmp_path / known.folder).mkdir()
    (tmp_path / FONT.folder / "index.css").write_text("a{}")
    return Assets(tmp_path)


async def test_what_is_served_is_kept_for_ever_by_who_asked(fetched: Assets) -> None:
    app = FastAPI()
    fetched.serve(app, "noto-sans-kr", "axe-core")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        address = fetched.url("noto-sans-kr", "index.css")
        assert address is not None
        answer = await client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/css")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (await client.get(f"/assets/{FONT.folder}/../assets.yaml")).status_code == 404
        axe = manifest()["axe-core"].folder
        assert (await client.get(f"/assets/{axe}/axe.min.js")).status_code == 404


def test_what_tests_use_has_no_address(fetched: Assets) -> None:
    assert fetched.url("axe-core", "axe.min.js") is None
    assert fetched.file("axe-core", "axe.min.js") is not None


def test_what_was_not_fetched_is_not_there(tmp_path: Path) -> None:
    assert Assets(tmp_path).url("noto-sans-kr", "index.css") is None
    assert Assets(tmp_path / "nowhere").file("axe-core", "axe.min.js") is None
