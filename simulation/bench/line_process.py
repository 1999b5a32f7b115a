"""A Python module as a process of its own that reads a line for each thing it is to do, and answers
with lines: so that the load has a core's time, and a garbage collector, of its own."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self

from pydantic import BaseModel

from deploy.local.stack import ROOT


class LineProcess:
    """The process of a module; a context manager. It is told first where it works."""

    def __init__(self, module: str, site: BaseModel) -> None:
        self._module = module
        self._site = site
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.write(self._site)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._running()
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._running().pid

    def write(self, what: BaseModel) -> None:
        """Tells it something."""
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(what.model_dump_json() + "\n")
        process.stdin.flush()

    def read(self) -> str:
        """Its next line; waits for it. Raises RuntimeError when it has ended."""
        process = self._running()
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._module} ended with {process.wait()}")
        return line

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError(f"{self._module} isn't started")
        return self._process
