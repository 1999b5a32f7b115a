"""The commands that the project's pages show, and the files that they have a reader write."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES: tuple[Path, ...] = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)

# Each is passed by for the reason beside it; everything else that a page shows is run.
NOT_RUN: Mapping[str, str] = {
    r"make (run|test|rehearse|capacity)\b": "takes minutes; other tests try what it does",
    r"kubectl ": "needs a cluster; the pages say that nobody ran them",
    r"grpcurl ": "a program of its own; its lines are compared with the contracts instead",
    r"\S+ -m scripts\.cities\.(seoul|boston|boston_words) ": "reads files that come from elsewhere",
    r"\S+ -m scripts\.cities\.train\b": "needs a package that nothing needs at run time",
}

_FENCE = re.compile(r"^```(\w*)[ \t]*(\S*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:\A|(?<=\n\n))(?: {4,}\S.*\n(?:(?: {4}.*)?\n)*)")
_SHELLS = ("sh", "bash", "shell", "console")
_PROGRAMS = (
    "make", "curl", "grpcurl", "python", "python3", "pip", "bash", "sh", "git", "npm", "docker",
    "kubectl", "helm", "apt-get", "cargo", "buf", "sed", "export", "cd",
)  # fmt: skip
_PROGRAM = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:\S*/bin/\S+|{'|'.join(_PROGRAMS)})(?= |$)")


def commands(page: str) -> Iterator[str]:
    """Each block of a page that a reader is to type into a shell."""
    for language, _, text in _FENCE.findall(page):
        if language in _SHELLS:
            yield text
    for block in _INDENTED.findall(_FENCE.sub("", page)):
        text = textwrap.dedent(block).strip("\n") + "\n"
        if _PROGRAM.match(text):
            yield text


def files(page: str) -> Mapping[str, str]:
    """The files that a page shows whole, by the name behind the language of their fence."""
    return {name: text for _, name, text in _FENCE.findall(page) if name}


def reason_not_to_run(block: str) -> str | None:
    """Why a block is passed by, or None."""
    for line in block.splitlines():
        for pattern, reason in NOT_RUN.items():
            if re.match(pattern, line):
                return reason
    return None


RUNBOOKS: tuple[Path, ...] = tuple(sorted((ROOT / "docs" / "runbooks").glob("*.md")))
# Commands of runbooks that no test types, each with the reason.
NOT_TYPED: Mapping[str, str] = {
    r"kubectl ": "needs a cluster; tests/k8s/test_runbooks.py gives it to kubectl without one",
    r"make run\b": "test_stack.py tries it",
    r"make k8s\b": "writes into the checkout; tests/k8s/test_files.py compares what it writes",
}
_COMMAND = re.compile(r"(kubectl|make|python) \S")
_INLINE = re.compile(r"`([^`]+)`")
# What a runbook leaves open, and what a test puts there.
OPEN: Mapping[str, str] = {
    "<service>": "routing",
    "<reason>": "rejected",
    "<topic>": "dasan.cases.v1",
    "<pod>": "routing-0",
    "<job>": "routing-audit-1",
    "TIME": "2026-01-01T00:00:00",
}


def inline(page: str) -> Iterator[str]:
    """Each piece of code within the text of a page, on one line."""
    for code in _INLINE.findall(_FENCE.sub("", page)):
        yield " ".join(code.split())


def by_hand() -> Mapping[str, str | None]:
    """Every command that a runbook names, with the reason why no test types it, or None."""
    return {
        code: next((why for begins, why in NOT_TYPED.items() if re.match(begins, code)), None)
        for path in RUNBOOKS
        for code in inline(path.read_text("utf-8"))
        if _COMMAND.match(code)
    }


def filled(code: str) -> str:
    """A command with something in each place that it leaves open."""
    for place, word in OPEN.items():
        code = code.replace(place, word)
    return code
