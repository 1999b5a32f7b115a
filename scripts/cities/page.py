"""Puts what a command measured into a page, between the two marks that are its place there."""

from __future__ import annotations

import re
from pathlib import Path


def put(page: Path, mark: str, text: str) -> None:
    """Replaces what stands between `<!-- mark -->` and the next `<!-- end -->`.

    Raises ValueError for a page without them.
    """
    written, places = re.subn(
        rf"(<!-- {re.escape(mark)} -->\n).*?(<!-- end -->)",
        lambda found: f"{found[1]}{text}\n{found[2]}",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if not places:
        raise ValueError(f"{page.name} needs the lines <!-- {mark} --> and <!-- end -->")
    page.write_text(written, encoding="utf-8")
