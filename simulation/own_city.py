"""A city of its own for one command: fresh, on ports that nobody has, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.ports import Ports
from deploy.local.settings import Build
from deploy.local.stack import Event, LocalStack, PartDied, PartWaits


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCity:
    """`ended` says of each part that ended by itself, in a line for a person; it may grow until the
    city is gone."""

    stack: LocalStack
    ended: list[str] = field(default_factory=list)


@contextmanager
def own_city(
    command: str,
    *,
    city: str,
    build: Build = "python",
    tracing: bool = True,
    sample: float = 1.0,
) -> Iterator[OwnCity]:
    """The running city; `command` is in the name of its folder. Raises as `LocalStack.up` does."""
    data = Path(tempfile.mkdtemp(prefix=f"dasan-{command}-"))
    ended: list[str] = []

    def tell(event: Event) -> None:
        if isinstance(event, PartDied | PartWaits):
            ended.append(f"{event.name} ended by itself (status {event.status})")

    stack = LocalStack(
        data=data,
        ports=Ports.free(),
        city=city,
        build=build,
        tracing=tracing,
        sample=sample,
        tell=tell,
    )
    try:
        with stack:
            yield OwnCity(stack=stack, ended=ended)
    finally:
        shutil.rmtree(data, ignore_errors=True)
