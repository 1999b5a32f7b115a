"""A server that speaks MongoDB's protocol, as its own process; never imported, only connected to.

Two builds of the same engine: `python` from the package index is the default, `rust` is several
times faster and built on demand (`make rust-db`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from deploy.local import ports
from deploy.local.processes import Command, Process
from deploy.local.settings import Build


class BuildMissing(Exception):
    """The chosen build of the database isn't on this machine; the message says how to get it."""


class Database(Process):
    """One database whose data lies in `folder` and survives stop, kill and restart.

    What was acknowledged survives a kill only if the URL's `journal=true` is kept (python), as
    `url` has it; the rust build syncs every commit instead.
    """

    def __init__(
        self,
        *,
        folder: Path,
        log: Path,
        port: int,
        build: Build = "python",
        binaries: Path | None = None,
        on_death: Callable[[Process, int], None] | None = None,
    ) -> None:
        """`binaries` is a further folder to look in for the rust build."""
        self.port = port
        # The driver's own retries cost this server a third of its time in book-keeping, and the
        # services need none: what is unsure is looked up, and a cause has its effect once.
        options = "journal=true&w=majority&retryWrites=false"
        self.url = f"mongodb://{ports.HOST}:{port}/?{options}"
        command = Command(
            name="mongo",
            argv=(
                *_server(build, binaries),
                *("--host", ports.HOST, "--port", str(port)),
                *("--storage-path", str(folder.resolve()), "--log-level", "WARNING"),
            ),
            log=log,
            ready=self._answers,
            # One thread of it works at a time; handing that from core to core costs it a quarter.
            cores=1 if build == "python" else 0,
        )
        super().__init__(command, on_death)

    def _answers(self) -> bool:
        """Whether it answers a ping."""
        if not ports.is_open(self.port):
            return False
        try:
            with pymongo.MongoClient[dict[str, object]](
                self.url, serverSelectionTimeoutMS=500, connectTimeoutMS=500, socketTimeoutMS=1000
            ) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True


def _server(build: Build, binaries: Path | None) -> tuple[str, ...]:
    if build == "python":
        return (str(Path(sys.executable).with_name("secantusd-py")),)
    found = shutil.which("secantusd-rs") or shutil.which(
        "secantusd-rs", path=str(binaries) if binaries else None
    )
    if found is None:
        raise BuildMissing("secantusd-rs isn't on the PATH; `make rust-db` builds it (needs cargo)")
    return (found, "--sync-on-commit")
