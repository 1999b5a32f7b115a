"""What each service's OpenAPI document says is what its HTTP does.

Schemathesis reads the document and sends what it allows, and what it forbids, to the service on a
port of its own, with the store in memory. With all its checks it must find nothing: no undocumented
status, type, header or body, no refusal of what the document allows, no success of what it forbids.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from deploy.local.ports import HOST, PAST_PROXIES, Ports
from services import cities
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.access_exchange import PATH
from services.common.edge.http_kit import HttpServer
from services.common.process.parts import Part
from services.common.run.service import running
from services.districts.application.ports import CitizenWords
from services.notify.domain.model import DeliveryChannel
from tests.component.districts import offices
from tests.component.intake.conftest import World as Intake
from tests.component.notify.conftest import World as Notify
from tests.component.notify.conftest import received
from tests.component.notify.fakes import Outbox
from tests.component.routing.world import open_routing
from tests.component.routing.world import received as routed
from tests.component.survey.conftest import World as Survey
from tests.component.survey.conftest import case
from tests.support.callers import header
from tests.support.kit import known, part
from tests.support.tokens import Deployment

CONFIG = Path(__file__).with_name("schemathesis.toml")
REPORT = "/v1/recommendations"
COMMANDS = "^/v1/work/[^/]+/"
# Most of the time what is there, so that answers are tried, too; else whatever the document allows.
OFTEN = 0.7


@dataclass
class Tried:
    """Schemathesis, with a folder for its configuration."""

    folder: Path

    async def findings(
        self, address: str, *options: str, key: str = "", known: Mapping[str, str] | None = None
    ) -> str:
        """All that it says when it finds something, else nothing. `known` are values of parameters
        (`path.id`, `query.secret`) that are there, `options` those of its command line."""
        config = self.folder / "schemathesis.toml"
        config.write_text(CONFIG.read_text() + _parameters(known or {}))
        headers = [f"--header={name}:{value}" for name, value in header(key).items() if key]
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("st"),
            *("--config-file", str(config), "--no-color", "run", f"{address}/openapi.json"),
            *headers,
            *options,
            cwd=self.folder,
            env={**os.environ, **PAST_PROXIES},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return said.decode() if process.returncode else ""


def _parameters(known: Mapping[str, str]) -> str:
    lines = []
    for number, (name, value) in enumerate(known.items()):
        lines.append(f"[dictionaries.known{number}]\nvalues = [{json.dumps(value)}]")
        lines.append(f'[parameters."{name}"]\ndictionary = "known{number}"\nprobability = {OFTEN}')
    return "\n" + "\n".join(lines)


@pytest.fixture
def schemathesis(tmp_path: Path) -> Tried:
    return Tried(tmp_path)


@asynccontextmanager
async def served(web: FastAPI, *parts: Part) -> AsyncIterator[str]:
    """The app on a port; its address."""
    port = Ports.free().intake_http
    async with running([*parts, HttpServer(web, host=HOST, port=port)]):
        yield f"http://{HOST}:{port}"


async def test_intake(schemathesis: Tried) -> None:
    world = Intake(city=cities.load("saebom"))
    await known(world.service)
    async with served(world.service.web, part(world.service, GroupCommit)) as address:
        receipt = await world.receipt()
        there = {
            "path.receipt_number": receipt["receipt_number"],
            "query.secret": receipt["status_secret"],
            "path.token": receipt["status_url"].rpartition("/")[2],
        }
        assert not await schemathesis.findings(address, known=there)


async def test_survey(schemathesis: Tried) -> None:
    world = Survey()
    await known(world.service)
    async with served(world.service.web, part(world.service, GroupCommit)) as address:
        await world.hear(case("s"))
        [survey_id] = world.store.documents
        there = {"path.survey_id": survey_id, "path.token": world.tokens.of(survey_id)}
        assert not await schemathesis.findings(address, known=there)


async def test_routing(schemathesis: Tried) -> None:
    async with open_routing() as service:
        service.intake.holds("i", "hello")
        await service.routing.handle([routed("i")])
        async with served(service.routing.web) as address:
            there = {"path.inquiry_id": "i"}
            assert not await schemathesis.findings(address, key="desk", known=there)


async def test_notify(schemathesis: Tried) -> None:
    world = Notify(channels=[Outbox(DeliveryChannel.FILE)])
    world.knows("a")
    await world.hear(received("a"))
    await world.wake()
    async with served(world.service.web) as address:
        there = {"query.inquiry_id": "a"}
        assert not await schemathesis.findings(address, key="desk", known=there)


async def test_districts(schemathesis: Tried) -> None:
    service = offices.Service(issuer=Deployment(schemathesis.folder).issuer)
    service.intake.words["a"] = CitizenWords(
        text="hello", address="", dong_code="", lat=None, lon=None
    )
    await known(service.replica.districts)
    await service.assign(offices.assigned("a"))
    web = service.replica.districts.web
    async with served(web, part(service.replica.districts, GroupCommit)) as address:
        there = {"path.inquiry_id": "a", "query.page_token": "", "query.district": "west"}
        # The exchange takes the key in its own way, and no other beside it; the report is the
        # city's.
        token, report = f"--include-path={PATH}", f"--include-path={REPORT}"
        # Commands have one form: as many tries of each by chance as are worth their time. What a
        # case takes depends on where it stands, and on the version that was decided on.
        commands = (
            f"--include-path-regex={COMMANDS}",
            "--phases=examples,fuzzing",
            "--exclude-checks=positive_data_acceptance",
        )
        rest = (f"--exclude-path-regex={COMMANDS}|^{PATH}$|^{REPORT}$",)
        assert not await schemathesis.findings(address, token)
        assert not await schemathesis.findings(address, report, key="desk", known=there)
        for tried in (commands, rest):
            assert not await schemathesis.findings(address, *tried, key="o-mill", known=there)
