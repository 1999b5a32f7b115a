"""Every command that a page shows works as it stands, in the order of the page.

Each page's are typed into a shell in a folder that looks like a checkout: the city that runs here
is its `.dasan`. Only the ports are this city's instead of the ones that `make run` takes. What
cannot be run is named in `tests/support/pages.py`, with the reason. The runbooks' commands stand
within their text; they are typed side by side, for none of them depends on another.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from pathlib import Path

import pytest

from deploy.local.ports import HOST, PAST_PROXIES, Ports
from deploy.local.tracing.store import traces_of
from simulation.judge.lifecycles import Kind
from tests.support.city import CITY_HALL, City, eventually
from tests.support.pages import (
    PAGES,
    ROOT,
    by_hand,
    commands,
    files,
    filled,
    reason_not_to_run,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

_WITHIN_SECONDS = 60.0
# What is seen when a command has done what its page says, by how the command begins.
SHOWS = {
    "curl -s localhost:8120/v1/inquiries": '"receipt_number"',
    "PYTHONPATH=protos/gen .venv/bin/python docs/examples/subscribe.py": " events",
    ".venv/bin/python - <<'END'\nfrom pathlib": "가로등이 꺼져 있어요",
    ".venv/bin/python -m services.cities areas": "./saebom: no fault",
}


def checkout(folder: Path, data: Path) -> Path:
    """A folder with everything of the project, this run's environment, and a city's data."""
    folder.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".dasan").symlink_to(data)
    return folder


def written(page: Path, folder: Path) -> None:
    """Writes the files that a page shows whole: those of the town that docs/cities.md describes."""
    town = folder / "saebom"
    town.mkdir()
    for name, text in files(page.read_text("utf-8")).items():
        (town / name).write_text(text, encoding="utf-8")


def moved(block: str, ports: Ports) -> str:
    """The same command, to the ports of this city."""
    usual = dataclasses.asdict(Ports())
    for name, port in dataclasses.asdict(ports).items():
        block = block.replace(f"localhost:{usual[name]}", f"{HOST}:{port}")
    return block


async def typed(block: str, folder: Path, ports: Ports) -> str:
    """What a shell prints when somebody types this; it ends well."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", block),
        cwd=folder,
        env={
            **os.environ,
            "KAFKA_BOOTSTRAP": f"{HOST}:{ports.kafka}",
            "MONGO_URL": f"mongodb://{HOST}:{ports.mongo}/?journal=true&w=majority",
            "PYTHONPATH": str(ROOT / "protos" / "gen"),
            **PAST_PROXIES,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(shell.communicate(), _WITHIN_SECONDS)
    finally:
        if shell.returncode is None:
            shell.kill()
    text = said.decode(errors="replace")
    assert shell.returncode == 0, f"{block}\n{text}"
    return text


TYPED = {
    page: blocks
    for page in PAGES
    if (blocks := [b for b in commands(page.read_text("utf-8")) if reason_not_to_run(b) is None])
}


@pytest.mark.parametrize("page", TYPED, ids=lambda page: str(page.relative_to(ROOT)))
async def test_the_commands_of_a_page_work_as_they_stand(
    page: Path, city: City, tmp_path: Path
) -> None:
    folder = checkout(tmp_path / "dasan", city.stack.data)
    written(page, folder)
    for block in TYPED[page]:
        await city.read_up()
        said = await typed(moved(block, city.stack.ports), folder, city.stack.ports)
        for begins, seen in SHOWS.items():
            if block.startswith(begins):
                assert seen in said


# What is seen when a command of a runbook has done what it is there for, by its end.
HEARD = {
    "audit": "0 missing",
    "--tell": "0 sent now",
    "--dry-run": " kept",
    "<reason>": "0 returned",
    "never_passed": "0 returned",
    "held": " will be sent",
    "access": "digest  sha256:",
    "tell-offices": " offices will be told again",
    "tell-delegations": " delegations will be told again",
    "<inquiry>": "intake",
}


async def test_the_commands_of_the_runbooks_work_beside_a_city(city: City, tmp_path: Path) -> None:
    asked = await city.ask(Kind.CASE, {"text": "소음", "category": "noise", "place": CITY_HALL})
    await city.told(asked.inquiry_id, "InquiryAssigned:1:1")
    spans = city.stack.data / "traces.sqlite"
    await eventually(lambda: bool(traces_of(spans, asked.inquiry_id)), 10.0, "a trace")
    folder = checkout(tmp_path / "dasan", city.stack.data)

    # As many as the smallest machine has processors: more would only wait for one another.
    turns = asyncio.Semaphore(2)

    async def says(command: str) -> str:
        block = filled(command.replace("<inquiry>", asked.inquiry_id))
        async with turns:
            return await typed(f".venv/bin/{block}", folder, city.stack.ports)

    open_to_type = [command for command, reason in by_hand().items() if reason is None]
    assert len(open_to_type) >= len(HEARD)
    said = await asyncio.gather(*(says(command) for command in open_to_type))
    for command, text in zip(open_to_type, said, strict=True):
        (seen,) = (word for end, word in HEARD.items() if command.endswith(end))
        assert seen in text, f"{command}\n{text}"
