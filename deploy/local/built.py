"""Programs that no package index has and that this machine builds once from Go source.

Owns where they lie: in the user's cache folder, by name and version, for every checkout. Building
them is `scripts.build_go`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.local.cache import user_cache


class NotBuilt(Exception):
    """A program has not been built on this machine; the message says which command builds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A program of one version; `by` is the command that builds it, `minutes` how long that takes
    with one of two busy cores."""

    name: str
    version: str
    by: str
    minutes: int

    def path(self, cache: Path | None = None) -> Path:
        """Where it lies, or will."""
        return (cache or user_cache()) / "built" / f"{self.name}-{self.version}"

    def require(self, cache: Path | None = None) -> Path:
        """Where it lies; raises NotBuilt."""
        if (path := self.path(cache)).is_file():
            return path
        raise NotBuilt(
            f"{self.name} {self.version} is not built yet: `{self.by}` does it once for all "
            f"checkouts (needs Go; about {self.minutes} minutes)"
        )


COLLECTOR = Built(name="otelcol-dasan", version="0.165.0", by="make collector", minutes=6)
KUBE_APISERVER = Built(name="kube-apiserver", version="1.37.2", by="make apiserver", minutes=32)
