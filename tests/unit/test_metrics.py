"""Every figure that a service exports: made where figures are made, named as Prometheus asks, and
in docs/metrics.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.common.events import contracts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
# The kit's, and beside it those that one service alone has: services never import each other, so no
# other exports a zero that would hide the owner's figure.
PLACES = {
    "services/common/process/metrics.py": "every service",
    **{f"services/{name}/application/metrics.py": name for name in contracts.services()},
}
MAKERS = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}
# What those need who show them, at the edge or to a collector.
SHOWING = {"CONTENT_TYPE_LATEST", "generate_latest", "REGISTRY", "Metric", "Collector"}
# https://prometheus.io/docs/practices/naming/: a base unit, or the things that are counted.
UNITS = (
    *("_seconds", "_events", "_requests", "_streams", "_points"),
    *("_lag", "_waiting", "_unrouted", "_asked", "_untaken", "_overdue", "_open", "_due_today"),
    *("_invited", "_answered", "_arrived_today", "_strained", "_unusable", "_stale", "_unread"),
)
# Every label takes few values, and nobody outside chooses one: what they are.
LABELS = {
    "about": "whom an alarm concerns, an enumeration",
    "caller": "a caller that the file of callers names",
    "cause": "a word of the code",
    "channel": "a channel of notify",
    "code": "a status of gRPC",
    "event": "a type of event",
    "key": "the begin of a key's digest, one for each key in the file of callers",
    "kind": "a word of the code",
    "level": "a word of the code",
    "method": "a method of HTTP or gRPC that is served, or other",
    "outcome": "a word of the code",
    "partition": "the number of a partition",
    "peer": "a service",
    "reader": "a reader of the code",
    "reason": "a word of the code",
    "result": "a word of the code",
    "route": "the template of a route, or other",
    "slug": "a slug of the code",
    "status": "the class of a status of HTTP",
    "store": "a collection",
    "strain": "a word of the code",
    "task": "a ticker or job of the code",
    "ticker": "a ticker of the code",
    "topic": "a topic",
    "type": "a type of event",
    "view": "a view",
    "workload": "city, district or dong",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Figure:
    """One figure as its source says it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    owner: str
    about: str

    @property
    def row(self) -> str:
        """Its row on the page."""
        labels = ", ".join(f"`{label}`" for label in self.labels)
        return f"| `{self.name}` | {self.kind} | {labels} | {self.owner} | {self.about} |"


def figures(source: str, owner: str) -> Iterator[Figure]:
    """The figures that a module makes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS:
            name, about, *labels = (ast.literal_eval(argument) for argument in node.args)
            kind = MAKERS[ast.unparse(node.func)]
            yield Figure(name=name, kind=kind, labels=tuple(*labels), owner=owner, about=about)


def makes_figures(source: str) -> bool:
    """Whether a module has what figures are made with, under whatever name."""
    return any(
        alias.name not in SHOWING
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if "prometheus_client" in (getattr(node, "module", None) or alias.name)
    )


def read(place: str) -> str:
    path = ROOT / place
    return path.read_text(encoding="utf-8") if path.is_file() else ""


ALL = sorted(figure for place, owner in PLACES.items() for figure in figures(read(place), owner))


def test_no_figure_is_made_anywhere_else() -> None:
    modules = [str(path.relative_to(ROOT)) for path in (ROOT / "services").rglob("*.py")]
    assert {place for place in modules if makes_figures(read(place))} <= PLACES.keys()
    assert makes_figures("from prometheus_client import Counter as Tally")
    assert makes_figures("import prometheus_client")
    assert not makes_figures("from prometheus_client import generate_latest")


def faults(figure: Figure) -> Iterator[str]:
    """How a figure is not as Prometheus asks."""
    if not re.fullmatch(r"dasan_[a-z_]+", figure.name):
        yield "name"
    if not figure.name.endswith("_total" if figure.kind == "counter" else UNITS):
        yield "unit"
    if len(figure.about.split()) < 3:
        yield "help"
    yield from (f"label {label}" for label in figure.labels if label not in LABELS)


def test_every_figure_has_its_unit_and_says_what_it_is() -> None:
    assert {figure.name: list(faults(figure)) for figure in ALL if list(faults(figure))} == {}
    names = [figure.name for figure in ALL]
    assert len(set(names)) == len(names) > 20
    (strange,) = figures('X = Gauge("dasan_outbox_age", "Age")', "x")
    assert list(faults(strange)) == ["unit", "help"]


def test_no_label_holds_what_grows_without_end_or_tells_of_a_person() -> None:
    (planted,) = figures(
        'X = Counter("dasan_calls_total", "Calls that came in", ["path", "method", "inquiry_id"])',
        "x",
    )
    assert list(faults(planted)) == ["label path", "label inquiry_id"]
    assert {label for figure in ALL for label in figure.labels} == LABELS.keys()


def unproven(names: Iterable[str], tests: str) -> list[str]:
    """The figures that no test looks at, by the name that a monitor sees."""
    return [name for name in names if f'"{name}' not in tests]


def test_every_figure_is_moved_by_a_test() -> None:
    """It reads their names alone; whether the figure moves is what those tests see."""
    here = Path(__file__)
    tests = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != here
    )
    assert unproven((figure.name for figure in ALL), tests) == []
    assert unproven(["dasan_nobody_looks_total"], tests) == ["dasan_nobody_looks_total"]


def test_the_page_has_every_figure() -> None:
    expected = [figure.row for figure in ALL]
    assert re.findall(r"^\| `dasan_.*$", PAGE, re.MULTILINE) == expected, "\n".join(expected)
