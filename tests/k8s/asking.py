"""What a PromQL expression asks for, held to the figures that there are and to how the replicas'
are put together.

What there is: docs/metrics.md, which another test proves complete; the bounds of histograms as
their source has them; the recorded rules; and what Prometheus and kube-state-metrics give.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml
from prometheus_client.utils import floatToGoString

from services.common.events import contracts
from tests.k8s.rendering import K8S, ROOT, Loader

RULES = K8S / "base" / "monitoring" / "rules"
RULE_FILES = ("alerts", "service-levels")
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
# The labels that Prometheus sets on every figure it reads; `service` is set by the PodMonitor.
TARGET = {"service", "job", "namespace", "pod", "container", "instance", "endpoint"}
# What is not ours, by whom it is given: Prometheus, and kube-state-metrics.
GIVEN: Mapping[str, set[str]] = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity", "sli"},
    "kube_deployment_status_replicas_available": {"deployment"},
    "kube_job_status_failed": {"job_name", "reason"},
    "kube_job_status_start_time": {"job_name"},
    "kube_cronjob_status_last_successful_time": {"cronjob"},
}
_GROWTH = {"rate", "increase"}


def groups(name: str) -> Sequence[Mapping[str, Any]]:
    """The groups of a file of rules."""
    found: Sequence[Mapping[str, Any]] = yaml.load(
        (RULES / f"{name}.yaml").read_text("utf-8"), Loader
    )["spec"]["groups"]
    return found


def all_rules() -> Iterator[Mapping[str, Any]]:
    """Every rule of every file."""
    for name in RULE_FILES:
        for group in groups(name):
            yield from group["rules"]


RECORDED = {rule["record"] for rule in all_rules() if "record" in rule}


def _rows() -> Mapping[str, tuple[str, frozenset[str]]]:
    """Kind and labels of each figure."""
    rows = re.findall(r"^\| `(dasan_\w+)` \| (\w+) \| ([^|]*) \|", PAGE, re.MULTILINE)
    return {name: (kind, frozenset(re.findall(r"\w+", labels))) for name, kind, labels in rows}


KINDS = {name: kind for name, (kind, _) in _rows().items()}


def _figures() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, (kind, labels) in _rows().items():
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            found[name + suffix] = set(labels) | ({"le"} if suffix == "_bucket" else set())
    return found


# The labels of each series that Prometheus sees of ours.
FIGURES = _figures()
# Gauges that each replica has of its own share. The page names them; of all other gauges each
# replica exports the whole, or the worst replica is what one asks for.
ADDED = {
    name
    for name in re.findall(
        r"`(dasan_\w+)`",
        re.search(r"Every replica exports.*?(?=\n\n)", PAGE, re.DOTALL)[0],  # type: ignore[index]
    )
    if KINDS.get(name) == "gauge"
}
WHOLE = {name for name, kind in KINDS.items() if kind == "gauge"} - ADDED
COUNTS = {name for name in FIGURES if name not in KINDS or KINDS[name] == "counter"}


@cache
def bounds() -> Mapping[str, frozenset[str]]:
    """The bounds of each histogram's buckets as Prometheus writes them, such as 10.0."""
    found = {}
    for path in [ROOT / "services/common/process/metrics.py", *_own()]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Histogram":
                (given,) = (word.value for word in node.keywords if word.arg == "buckets")
                found[ast.literal_eval(node.args[0])] = frozenset(
                    floatToGoString(bound)  # type: ignore[no-untyped-call]
                    for bound in ast.literal_eval(given)
                )
    return found


def _own() -> Iterator[Path]:
    return (ROOT / "services").glob("*/application/metrics.py")


@cache
def known(label: str) -> frozenset[str] | None:
    """Every value of a label, where they are few and known; None where not."""
    events = frozenset(name.rpartition(".")[2] for name in contracts.events())
    return {
        "service": frozenset(contracts.services()),
        "event": events | {"unknown"},
        "status": frozenset({"2xx", "3xx", "4xx", "5xx", "none"}),
        "outcome": frozenset(
            {
                "ack",
                "retry",
                "dead",
                "answered",
                "away",
                "failed",
                "done",
                "lost",
                "slow",
                "refused",
            }
        ),
    }.get(label)


def parsed(expression: str) -> Any:
    """The tree of a rule or of a panel's query; raises ValueError for what is no PromQL."""
    return promql.parse(expression.replace("$__rate_interval", "5m"))


def _inside(expression: Any) -> Sequence[Any]:
    match expression:
        case promql.VectorSelector() | promql.NumberLiteral() | promql.StringLiteral():
            return ()
        case promql.MatrixSelector():
            return (expression.vector_selector,)
        case promql.BinaryExpr():
            return (expression.lhs, expression.rhs)
        case promql.Call():
            return tuple(expression.args)
        case _:  # with one expression inside
            return (expression.expr,)


def selectors(
    expression: Any, around: tuple[Any, ...] = ()
) -> Iterator[tuple[promql.VectorSelector, tuple[Any, ...]]]:
    """Every selector of figures with the expressions around it, the innermost last."""
    if isinstance(expression, promql.VectorSelector):
        yield expression, around
    for each in _inside(expression):
        yield from selectors(each, (*around, expression))


def strange(expression: str) -> set[str]:
    """The figures, labels and values that an expression asks for and that there are none of; raises
    ValueError for what is no PromQL."""
    found: set[str] = set()
    for selector, around in selectors(parsed(expression)):
        name = selector.name or ""
        labels = _labels_of(name)
        if labels is None:
            found.add(name)
            continue
        for matcher in selector.matchers.matchers:
            if matcher.name not in labels:
                found.add(matcher.name)
            found |= set(_strange_values(name, matcher))
        found |= {each for call in around for each in _grouped(call)} - labels - _anywhere()
    return found


def _labels_of(name: str) -> set[str] | None:
    """The labels that a series may have; None where there is no such series."""
    if name in FIGURES:
        return FIGURES[name] | TARGET
    if name in RECORDED:
        return {"sli", "service", "namespace"}
    return GIVEN[name] | TARGET if name in GIVEN else None


def _grouped(call: Any) -> Sequence[str]:
    """The labels by which an expression groups."""
    modifier = getattr(call, "modifier", None)
    if isinstance(call, promql.AggregateExpr) and modifier is not None:
        return list(modifier.labels)
    return ()


def _anywhere() -> set[str]:
    """Labels that an operator brings from its other side."""
    return {"sli"}


def _strange_values(name: str, matcher: Any) -> Iterator[str]:
    is_pattern = matcher.op in (promql.MatchOp.Re, promql.MatchOp.NotRe)
    values = matcher.value.split("|") if is_pattern else [matcher.value]
    if matcher.name == "le":
        yield from (
            f"le {each}" for each in values if each not in bounds()[name[: -len("_bucket")]]
        )
    elif (right := known(matcher.name)) is not None:
        yield from (each for each in values if each not in right and not each.startswith("$"))


def wrongly_added(expression: str) -> set[str]:
    """The figures that an expression does not put together over replicas as docs/metrics.md
    says."""
    return {
        name
        for selector, around in selectors(parsed(expression))
        if (name := selector.name or "") in FIGURES and not _is_right(name, around)
    }


def _is_right(name: str, around: Sequence[Any]) -> bool:
    together = [str(each.op) for each in around if isinstance(each, promql.AggregateExpr)]
    innermost = together[-1] if together else ""
    if name in WHOLE:
        return innermost == "max"
    if name in ADDED:
        return innermost == "sum"
    calls = {each.func.name for each in around if isinstance(each, promql.Call)}
    return innermost == "sum" and bool(calls & _GROWTH)
