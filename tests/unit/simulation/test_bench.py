"""The bench's own arithmetic and its client: what counts as keeping up, and reading responses."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest

from simulation.bench import machine, report
from simulation.bench.generator import growth
from simulation.bench.goals import Cost, Measured, goals
from simulation.bench.http_client import HttpClient
from simulation.bench.protocol import LINE, Result


def result(**changes: object) -> Result:
    values = {
        "rate": 50.0,
        "seconds": 30.0,
        "sent": 1500,
        "acknowledged": 1500,
        "ended_in_time": 1450,
        "ended": 1500,
        "events": 18_000,
        "growth": 0.0,
        "backlog": 50,
        "drained_in": 1.0,
        "late_sends": 0.001,
        "ack": (0.01, 0.05),
        "office": (0.1, 0.5),
        "complete": (0.5, 1.5),
    }
    return Result.model_validate({**values, **changes})


def test_a_steady_backlog_is_kept_up_with() -> None:
    assert result().sustained


@pytest.mark.parametrize(
    "changes",
    [
        {"growth": 5.0},
        {"backlog": 400},
        {"ended": 1499},
        {"faults": ("x: lost CaseAnswered",)},
        {"errors": ("post: 503",)},
    ],
)
def test_growth_loss_and_errors_are_not(changes: dict[str, object]) -> None:
    assert not result(**changes).sustained


def test_growth_is_the_slope_of_the_backlog() -> None:
    assert growth([(0.0, 10), (1.0, 12), (2.0, 14)]) == pytest.approx(2.0)
    assert growth([(1.0, 10)]) == 0.0


def measured(one: Result) -> Measured:
    cost = Cost(cpu=6.0, rss=180 * 2**20)
    return Measured(
        result=one, seconds=30.0, ended=one.ended, costs={"intake": cost, "kafka": cost}, loop=0.2
    )


def test_goals_stand_beside_what_was_found() -> None:
    found = [measured(result()), measured(result(rate=75.0, growth=9.0))]
    assert [goal.met for goal in goals(found, "python")] == [False, True, True, True]
    assert [goal.met for goal in goals(found[1:], "python")] == [False, None, None, True]
    assert next(goals([measured(result(rate=75.0))], "python")).met


def test_cpu_by_fixed_work_is_the_same_on_a_machine_twice_as_slow() -> None:
    fast = measured(result())
    slow = replace(
        fast,
        loop=2 * fast.loop,
        costs={name: replace(cost, cpu=2 * cost.cpu) for name, cost in fast.costs.items()},
    )
    assert fast.cpu_each == pytest.approx(12.0 / 1500)
    assert fast.work_each == pytest.approx(0.04)
    assert slow.work_each == pytest.approx(fast.work_each)


def test_a_sitting_fits_beside_another() -> None:
    rows = [measured(result(rate=20.0)), measured(result(rate=100.0, growth=9.0))]
    text = report.compact(rows, ["1a2b3c", "", "2 cores"])
    assert text[0] == "1a2b3c, 2 cores"
    assert len({len(line) for line in text[1:]}) == 1
    assert len(text[1]) <= 100
    assert text[2].split() == [
        *("20", "10", "ms", "50", "ms", "100", "ms", "500", "ms", "1.5", "s"),
        *("8.0", "ms", "200", "ms", "0.040", "yes"),
    ]
    assert text[3].split()[-1] == "no"


def test_a_line_says_the_offices_half_and_its_worst() -> None:
    assert "office p50 100 ms p99 500 ms" in report.line(result())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("'--prefix=/usr' '--enable-optimizations' '--with-lto'", "optimised build (PGO and LTO)"),
        ("'--enable-optimizations'", "optimised build (PGO, no LTO)"),
        ("'--with-lto=full'", "no optimised build (LTO, no PGO)"),
        ("", "no optimised build (no PGO, no LTO)"),
    ],
)
def test_whether_python_is_an_optimised_build_is_said(arguments: str, said: str) -> None:
    assert machine.build_of(arguments) == said
    assert "optimised build" in machine.python()


def test_a_section_replaces_only_its_own(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    marks = "".join(f"<!-- {b}: begin -->old<!-- {b}: end -->\n" for b in ("python", "rust"))
    page.write_text(f"before\n{marks}after\n")
    text = report.section([measured(result())], "python", ["2 cores"], ["bench"])
    report.write(page, "python", text)
    written = page.read_text()
    assert "| 50 | 50.0 | 10 ms / 50 ms |" in written
    assert "<!-- rust: begin -->old<!-- rust: end -->\nafter" in written
    assert written.startswith("before")
    page.write_text("no marks")
    with pytest.raises(ValueError, match="python: begin"):
        report.write(page, "python", text)


def test_a_time_nothing_had_survives_the_pipe() -> None:
    line = result(complete=(math.nan, math.nan)).model_dump_json()
    read = LINE.validate_json(line)
    assert isinstance(read, Result)
    assert math.isnan(read.complete[0])


async def test_responses_are_matched_to_requests_in_order_even_when_split() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(3):
            await reader.readuntil(b"}")
            body = b"%d" % number
            head = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body)
            for piece in (head[:20], head[20:], body):
                writer.write(piece)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = HttpClient(f"http://{host}:{port}", connections=1)
    answers = await asyncio.gather(*(client.post("/x", b"{}", key="k") for _ in range(3)))
    assert [(answer.status, answer.body) for answer in answers] == [
        (201, b"0"),
        (201, b"1"),
        (201, b"2"),
    ]
    client.close()
    server.close()
    await server.wait_closed()


async def test_a_broken_connection_fails_what_waits() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = HttpClient(f"http://{host}:{port}", connections=1)
    with pytest.raises(OSError):
        await client.post("/x", b"{}")
    client.close()
    server.close()
    await server.wait_closed()
