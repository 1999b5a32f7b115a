"""Lets the environment this runs in import the generated contracts (`dasan.<context>.v1`).

A path file rather than an installed package: it needs no build step and always shows the working
tree.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path


def main() -> None:
    generated = Path(__file__).resolve().parent.parent / "protos" / "gen"
    path_file = Path(sysconfig.get_paths()["purelib"]) / "dasan-contracts.pth"
    path_file.write_text(f"{generated}\n")


if __name__ == "__main__":
    main()
