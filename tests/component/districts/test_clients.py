"""What is published for offices' own software works as its pages say: the Python package is built,
installed apart from this project and its example run; so is the example for Node.js."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from deploy.local.ports import PAST_PROXIES
from services.common.aggregates.command_id import cause_id
from tests.component.districts.offices import Service, assigned

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / "clients"
BEYOND_A_PAGE = 60
NOTES = """
import os
from dasan.districts.v1 import cases_pb2, cases_pb2_grpc, work_pb2, work_pb2_grpc
from dasan_office import channel
with channel(os.environ["DASAN"], os.environ["KEY"]) as made:
    note = cases_pb2.AddNoteRequest(inquiry_id="i-0", text="Called.")
    cases_pb2_grpc.CaseServiceStub(made).AddNote(note)
    own = work_pb2.AcceptRequest(inquiry_id="i-0", command_id="mine")
    many = work_pb2.AcceptManyRequest(items=[own, work_pb2.AcceptRequest(inquiry_id="i-1")])
    work_pb2_grpc.OfficeWorkServiceStub(made).AcceptMany(many)
    assert not note.command_id, "the caller's request is the caller's"
"""
WATCHES = """
import os
from dasan_office import connect, watch
with connect(os.environ["DASAN"], os.environ["KEY"]) as office:
    for told in watch(office):
        print(told.WhichOneof("event"), told.item.inquiry_id, flush=True)
        if told.item.inquiry_id == "i-1":
            break
"""
SAYS_REFUSAL = """
import os, sys, grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan_office import connect, refusal
with connect(os.environ["DASAN"], os.environ["KEY"]) as office:
    for request in (
        pb.AcceptRequest(inquiry_id="nowhere"),
        pb.AcceptRequest(inquiry_id="i-0", expected_version=7),
    ):
        try:
            office.Accept(request)
        except grpc.RpcError as error:
            said = refusal(error)
            print(said.slug, said.field, said.version, said.retry_after)
    watch = office.WatchWork(pb.WatchWorkRequest())
    print([told.WhichOneof("event") for _, told in zip(range(3), watch)])
    watch.cancel()
"""


async def run(*argv: str, folder: Path, **environment: str) -> str:
    """What a program says; it must end well, within a minute."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=folder,
        env={**os.environ, **PAST_PROXIES, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.fixture
async def installed(tmp_path: Path) -> Path:
    """The folder of the package as pip installs it."""
    dist, target = tmp_path / "dist", tmp_path / "installed"
    build = [sys.executable, "-m", "scripts.client", "--out", str(dist)]
    await run(*build, folder=ROOT)
    [wheel] = dist.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    await run(*install, "--target", str(target), str(wheel), folder=tmp_path)
    return target


def called(service: Service) -> dict[str, str]:
    port = service.replica.settings.districts_grpc_port
    return {"DASAN": f"127.0.0.1:{port}", "KEY": "o-mill"}


async def test_the_example_in_python_takes_what_is_new(
    service: Service, installed: Path, tmp_path: Path
) -> None:
    ids = [f"i-{number:02}" for number in range(BEYOND_A_PAGE)]
    await service.assign(*map(assigned, ids), assigned("foreign", "o-hill"))
    environment = {**called(service), "PYTHONPATH": str(installed)}
    example = str(CLIENTS / "python" / "example.py")
    said = await run(sys.executable, example, folder=tmp_path, **environment)
    assert [line.split()[:2] for line in said.splitlines()] == [
        [f"261123-{id_}", "WORK_STATE_ACCEPTED"] for id_ in ids
    ]
    again = await run(sys.executable, example, folder=tmp_path, **environment)
    assert again == ""


async def test_the_package_says_what_a_refusal_says_and_watches(
    service: Service, installed: Path, tmp_path: Path
) -> None:
    await service.assign(assigned("i-0"))
    environment = {**called(service), "PYTHONPATH": str(installed)}
    said = await run(sys.executable, "-c", SAYS_REFUSAL, folder=tmp_path, **environment)
    assert said.splitlines() == [
        "unknown_case  None None",
        "stale_version expected_version 1 None",
        "['snapshot_begins', 'item', 'caught_up']",
    ]


async def test_the_package_calls_every_service_and_names_each_command(
    service: Service, installed: Path, tmp_path: Path
) -> None:
    """What the channel tries again by itself would have its effect twice without an id."""
    await service.assign(assigned("i-0"), assigned("i-1"))
    environment = {**called(service), "PYTHONPATH": str(installed)}
    await run(sys.executable, "-c", NOTES, folder=tmp_path, **environment)
    causes = [one for id_ in ("i-0", "i-1") for one in service.store.documents[id_].handled[1:]]
    named = [re.sub("[0-9a-f-]{36}", "uuid", one).rpartition(":")[0] for one in causes]
    mine = cause_id("o-mill", "Accept", "mine", "").rpartition(":")[0]
    assert named == ["o-mill:AddNote:uuid", mine, "o-mill:Accept:uuid"]


async def test_the_package_watches_on_at_another_replica(service: Service, installed: Path) -> None:
    """The replica that serves the watch stops; the list is not told anew."""
    await service.assign(assigned("i-0"))
    other = await service.another()
    ports = [one.settings.districts_grpc_port for one in (service.replica, other)]
    environment = {
        **os.environ,
        **PAST_PROXIES,
        "DASAN": "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in ports),
        "KEY": "o-mill",
        "PYTHONPATH": str(installed),
    }
    async with other.serving():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WATCHES, env=environment, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        said: list[str] = []
        async with asyncio.timeout(60):
            while "caught_up" not in said:
                said.append((await process.stdout.readline()).decode().strip())
            [watched] = [one for one in (service.replica, other) if one.feed.watched]
            [left] = [one for one in (service.replica, other) if one is not watched]
            await watched.feed.close()
            await service.assign(assigned("i-1"), at=left)
            rest, _ = await process.communicate()
        assert process.returncode == 0
    assert said == ["snapshot_begins", "item i-0", "caught_up"]
    again = rest.decode().splitlines()
    assert "snapshot_begins" not in [line.strip() for line in again]
    assert again[-1] == "item i-1"


async def test_the_example_in_node_takes_what_is_new(service: Service, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("there is no Node.js here")
    ids = [f"i-{number:02}" for number in range(BEYOND_A_PAGE)]
    await service.assign(*map(assigned, ids), assigned("foreign", "o-hill"))
    folder = tmp_path / "clients" / "node"
    shutil.copytree(CLIENTS / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(CLIENTS / "service_config.json", tmp_path / "clients")
    wanted = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    try:
        await run(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    except (AssertionError, TimeoutError):
        pytest.skip(f"npm cannot fetch {', '.join(wanted)}")
    protos = {"PROTOS": str(ROOT / "protos")}
    said = await run(node, "example.mjs", folder=folder, **called(service), **protos)
    assert [line.split()[:2] for line in said.splitlines()] == [
        [f"261123-{id_}", "WORK_STATE_ACCEPTED"] for id_ in ids
    ]
