"""What a dashboard is made of: panels that ask a question, with a unit and what to do about the
answer; links from a panel to the pages of its alerts and to its traces.

The numbers of panels are part of what is promised: an alert's `dashboard_url` leads to one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as form
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphTresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
)

FIGURES = form.DataSourceRef(type_val="prometheus", uid="${figures}")
_HEIGHT = 8
_HALF = 12
_SIXTH = 4
# Rows are numbered among the panels, far from them.
_FIRST_ROW = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One query (PromQL) and how its lines are called."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`number` is the panel's own on its dashboard and never given to another; `about` says what to
    do; `unit` is one of Grafana's; `alerts` are those that lead here; `bound`, where there is one,
    is where it begins to be bad; `traces` (TraceQL) finds the lives behind it."""

    number: int
    asks: str
    about: str
    unit: str
    lines: tuple[Line, ...]
    alerts: tuple[str, ...] = ()
    bound: float | None = None
    traces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Panel):
    """A panel that shows the last value alone, small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard: `rows` are panels under a heading."""

    uid: str
    title: str
    about: str
    rows: Mapping[str, Sequence[Panel]]
    by_service: bool = False

    @property
    def panels(self) -> Sequence[Panel]:
        """All of its panels."""
        return [panel for row in self.rows.values() for panel in row]


def rendered(board: Board) -> str:
    """The dashboard as Grafana reads it; the same bytes for the same board."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags(["dasan"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(form.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables([*_variables(board)])
        .links([_others(), _life()])
    )
    for at, (heading, panels) in enumerate(board.rows.items()):
        built.with_row(dashboard.Row(heading).id(_FIRST_ROW + at))
        for panel in panels:
            built.with_panel(_panel(panel))
    return (
        json.dumps(
            json.loads(JSONEncoder().encode(built.build())),
            sort_keys=True,
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _variables(board: Board) -> Iterator[Any]:
    """The sources are chosen by whoever looks: nobody here knows what a city calls them."""
    yield dashboard.DatasourceVariable("figures").label("Prometheus").type("prometheus")
    yield dashboard.DatasourceVariable("traces").label("Traces").type("tempo")
    yield _of_figures("namespace", 'label_values(up{job="dasan"}, namespace)')
    if board.by_service:
        query = 'label_values(up{job="dasan", namespace="$namespace"}, service)'
        yield _of_figures("service", query)
    yield (
        dashboard.TextBoxVariable("inquiry")
        .label("Inquiry (id)")
        .description("The id of an inquiry, from a log line; `Trace of the inquiry` looks for it")
    )
    yield (
        dashboard.TextBoxVariable("runbooks")
        .label("Where docs/runbooks is")
        .default_value("/runbooks")
    )


def _of_figures(name: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .datasource(FIGURES)
        .query(query)
        .refresh(form.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(form.VariableSort.ALPHABETICAL_ASC)
    )


def _others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Dasan")
        .type(form.DashboardLinkType.DASHBOARDS)
        .tags(["dasan"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )


def _life() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Trace of the inquiry")
        .url(search('{ span.dasan.inquiry_id = "${inquiry}" }'))
        .target_blank(True)
    )


def _panel(panel: Panel) -> Any:
    is_number = isinstance(panel, Number)
    made: Any = _number() if is_number else _lines()
    made = (
        made.id(panel.number)
        .title(panel.asks)
        .description(panel.about)
        .datasource(FIGURES)
        .unit(panel.unit)
        .height(_HEIGHT // 2 if is_number else _HEIGHT)
        .span(_SIXTH if is_number else _HALF)
        .targets(
            [
                prometheus.Dataquery()
                .datasource(FIGURES)
                .expr(line.expr)
                .legend_format(line.legend)
                .ref_id(chr(ord("A") + at))
                for at, line in enumerate(panel.lines)
            ]
        )
        .thresholds(_bounds(panel.bound))
    )
    links = [*_links(panel)]
    # Of a number its value is the link: the library gives such panels no links of their own.
    return (made.data_links if is_number else made.links)(links) if links else made


def _number() -> stat.Panel:
    return (
        stat.Panel()
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
    )


def _lines() -> timeseries.Panel:
    return (
        timeseries.Panel()
        .axis_soft_min(0)
        .fill_opacity(5)
        .line_width(1)
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.LINE))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
            .show_legend(True)
        )
    )


def _bounds(bound: float | None) -> dashboard.ThresholdsConfig:
    steps = [form.Threshold(value=None, color="green")]
    if bound is not None:
        steps.append(form.Threshold(value=bound, color="red"))
    return dashboard.ThresholdsConfig().mode(form.ThresholdsMode.ABSOLUTE).steps(steps)


def _links(panel: Panel) -> Iterator[dashboard.DashboardLink]:
    for alert in panel.alerts:
        yield dashboard.DashboardLink(alert).url(f"${{runbooks}}/{alert}.md").target_blank(True)
    if panel.traces:
        yield dashboard.DashboardLink("Traces").url(search(panel.traces)).target_blank(True)


def search(traceql: str) -> str:
    """The address of Grafana's Explore that looks for traces in the time shown. Variables stay as
    they are: Grafana fills them in only where their braces are not encoded."""
    pane = {
        "datasource": "${traces}",
        "queries": [{"refId": "A", "queryType": "traceql", "query": traceql}],
        "range": {"from": "${__from}", "to": "${__to}"},
    }
    encoded = quote(json.dumps({"traces": pane}), safe="")
    return "/explore?schemaVersion=1&panes=" + re.sub(r"%24%7B(\w+)%7D", r"${\1}", encoded)
