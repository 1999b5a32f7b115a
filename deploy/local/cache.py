"""Where this machine keeps what it fetched or built once, for every checkout of its user.

`make doctor` asks here before the packages are there: the standard library alone.
"""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path:
    """A folder of the user, which `DASAN_CACHE` moves; it may not be there yet."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("DASAN_CACHE") or Path(caches) / "dasan")
