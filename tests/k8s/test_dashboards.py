"""The dashboards: Grafana's form, one question a panel, and only figures that there are, put
together over replicas in the right way. That their bytes are current test_files.py sees.

No Grafana runs here: what its own library builds is taken for its form, and nobody has looked at
the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from scripts.k8s.dashboards import BOARDS
from scripts.k8s.dashboards.board import Board, Line, Panel, search
from tests.k8s.asking import (
    ADDED,
    COUNTS,
    FIGURES,
    KINDS,
    WHOLE,
    parsed,
    selectors,
    strange,
    wrongly_added,
)
from tests.k8s.rendering import K8S, OVERLAYS, named, overlay

FOLDER = K8S / "base" / "monitoring" / "dashboards"
# https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
UNITS = {"short", "s", "ops", "reqps", "percentunit"}
PANELS = [
    pytest.param(board, panel, id=f"{board.uid}-{panel.number}")
    for board in BOARDS
    for panel in board.panels
]


def read(board: Board) -> dict[str, Any]:
    """The dashboard as it is committed."""
    found: dict[str, Any] = json.loads((FOLDER / f"{board.uid}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("where", OVERLAYS)
def test_every_overlay_hands_them_to_grafana(where: str) -> None:
    for board in BOARDS:
        config = named(overlay(where), "ConfigMap", board.uid)
        assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
        (text,) = config["data"].values()
        assert json.loads(text) == read(board)


def test_no_file_is_left_of_a_dashboard_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {board.uid for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboard_is_whole(board: Board) -> None:
    numbers = [panel.number for panel in board.panels]
    assert len(set(numbers)) == len(numbers)
    made = read(board)
    ids = [panel["id"] for panel in made["panels"]]
    assert len(set(ids)) == len(ids)
    shown = [panel for panel in made["panels"] if panel["type"] != "row"]
    assert [panel["id"] for panel in shown] == numbers
    # Grafana puts its own where there are none, but not where they are null.
    assert all(panel["options"] for panel in shown)
    # Nothing lies upon another.
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in made["panels"])
        for x in range(place.get("x", 0), place.get("x", 0) + place["w"])
        for y in range(place.get("y", 0), place.get("y", 0) + place["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    variables = {each["name"] for each in made["templating"]["list"]}
    assert variables >= {"figures", "traces", "namespace", "inquiry", "runbooks"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(made, ensure_ascii=False)))
    assert used - {"__rate_interval", "__from", "__to"} <= variables


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_asks_a_question_and_says_what_to_do(board: Board, panel: Panel) -> None:
    assert panel.asks.endswith("?")
    assert len(panel.about.split()) >= 8
    assert panel.unit in UNITS
    for title in re.findall(r"`(Dasan: [^`]+)`", panel.about):
        assert title in {each.title for each in BOARDS}
    (made,) = (each for each in read(board)["panels"] if each["id"] == panel.number)
    links = made.get("links") or made["fieldConfig"]["defaults"].get("links") or []
    titles = [link["title"] for link in links]
    assert titles == [*panel.alerts, *(["Traces"] if panel.traces else [])]


@pytest.mark.parametrize(("board", "panel"), PANELS)
def test_a_panel_asks_for_what_there_is_and_puts_it_together_rightly(
    board: Board, panel: Panel
) -> None:
    for line in panel.lines:
        assert strange(line.expr) == set(), line.expr
        assert wrongly_added(line.expr) == set(), line.expr
        assert set(of_another_city(line)) == set(), line.expr
        assert set(re.findall(r"\{\{(\w+)\}\}", line.legend)) <= grouped(line), line.legend


def of_another_city(line: Line) -> Iterator[str]:
    """The figures of a query that are not of the namespace chosen above the dashboard."""
    for selector, _ in selectors(parsed(line.expr)):
        chosen = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
        # A budget is the same for all; alerts are shown whatever they are about.
        of_all = selector.name in ("dasan:budget:ratio", "ALERTS")
        if not of_all and chosen.get("namespace") != "$namespace":
            yield str(selector.name)


def grouped(line: Line) -> set[str]:
    """The labels by which a query groups."""
    found = re.findall(r"by \(([^)]*)\)", line.expr)
    return {label for listed in found for label in re.findall(r"\w+", listed)}


def test_a_planted_fault_is_seen() -> None:
    assert strange('sum by (service) (rate(dasan_events_total{namespace="$namespace"}[5m]))') == {
        "dasan_events_total"
    }
    assert strange('max by (service) (dasan_outbox_age_seconds{office="x"})') == {"office"}
    assert strange("max by (whom) (dasan_outbox_age_seconds)") == {"whom"}
    assert strange('rate(dasan_events_consumed_total{event="CaseOpend"}[5m])') == {"CaseOpend"}
    assert strange('max(up{service="router"})') == {"router"}
    assert list(of_another_city(Line("max(dasan_unrouted)", ""))) == ["dasan_unrouted"]


def test_replicas_are_put_together_as_the_page_says() -> None:
    assert sorted(ADDED) == [
        "dasan_consumer_lag",
        "dasan_events_waiting",
        "dasan_grpc_server_open_streams",
        "dasan_http_server_active_requests",
    ]
    assert len(WHOLE) > 8
    assert {name for name in COUNTS if name in KINDS} == {n for n in KINDS if KINDS[n] == "counter"}
    for whole in WHOLE:
        assert wrongly_added(f"max by (service) ({whole})") == set()
        assert wrongly_added(f"sum by (service) ({whole})") == {whole}
        assert wrongly_added(f"sum (max by (service) ({whole}))") == set()
        assert wrongly_added(whole) == {whole}
    assert wrongly_added("max(dasan_consumer_lag)") == {"dasan_consumer_lag"}
    assert wrongly_added("sum(dasan_events_dead_total)") == {"dasan_events_dead_total"}
    assert wrongly_added("max(rate(dasan_events_dead_total[5m]))") == {"dasan_events_dead_total"}
    assert wrongly_added("sum(rate(dasan_events_dead_total[5m]))") == set()


def test_a_link_to_traces_keeps_its_variables_and_is_read_whole() -> None:
    address = search('{ resource.service.name = "${service}" }')
    assert "${service}" in address
    assert "${traces}" in address
    (panes,) = parse_qs(urlsplit(address).query)["panes"]
    (query,) = json.loads(unquote(panes))["traces"]["queries"]
    assert query["query"] == '{ resource.service.name = "${service}" }'


def of_ours(expr: str) -> set[str]:
    """The figures of the services that a query asks for."""
    return {str(each.name) for each, _ in selectors(parsed(expr))} & FIGURES.keys()


def on_panels() -> set[str]:
    """The figures that any panel shows."""
    return set().union(*(of_ours(line.expr) for b in BOARDS for p in b.panels for line in p.lines))


def test_every_figure_is_on_a_dashboard() -> None:
    """A person who is told to look at one finds it, above all one that an alert speaks of."""
    unseen = {
        name
        for name in KINDS
        if not {name, f"{name}_bucket", f"{name}_sum", f"{name}_count"} & on_panels()
    }
    assert unseen == set()
