"""The alerts: Prometheus takes them, each speaks when it should and keeps silent otherwise, asks
only for figures that there are, and has its page for whoever is woken."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from services.common.events import contracts
from services.common.run import command_line
from services.notify.entrypoints import by_hand
from tests.k8s.rendering import K8S, ROOT, Loader, of_kind, overlay, tool

RULES = K8S / "base" / "monitoring" / "rules"
FILES = ("alerts", "service-levels")
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ["Meaning", "Impact", "Diagnose", "Mitigate", "Verify"]
# What Prometheus itself gives, and the labels that it sets on every figure it reads; `service` is
# set by the PodMonitor.
GIVEN = {"up", "ALERTS"}
TARGET = {"service", "job", "namespace", "pod", "container", "instance", "endpoint"}


def groups(name: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = yaml.load(
        (RULES / f"{name}.yaml").read_text("utf-8"), Loader
    )["spec"]["groups"]
    return found


def all_rules() -> Iterator[Mapping[str, Any]]:
    for name in FILES:
        for group in groups(name):
            yield from group["rules"]


ALERTS = {rule["alert"]: rule for rule in all_rules() if "alert" in rule}
RECORDED = {rule["record"] for rule in all_rules() if "record" in rule}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules as Prometheus reads them, out of the operator's resources, beside their tests."""
    made = tmp_path_factory.mktemp("rules")
    for name in FILES:
        (made / f"{name}.yaml").write_text(yaml.safe_dump({"groups": groups(name)}))
        shutil.copy(RULES / f"{name}.test.yaml", made)
    return made


def promtool(*arguments: str, folder: Path) -> str:
    """What it found wrong; empty for nothing."""
    done = subprocess.run(
        [tool("promtool"), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


@pytest.mark.parametrize("name", FILES)
def test_prometheus_takes_the_rules_and_they_speak_when_they_should(
    folder: Path, name: str
) -> None:
    assert promtool("check", "rules", "--lint-fatal", f"{name}.yaml", folder=folder) == ""
    assert promtool("test", "rules", f"{name}.test.yaml", folder=folder) == ""


def test_a_changed_bound_is_seen_by_the_tests_of_the_rules(folder: Path) -> None:
    text = (folder / "alerts.yaml").read_text("utf-8")
    changed = folder.parent / "changed"
    shutil.copytree(folder, changed, dirs_exist_ok=True)
    assert "dasan_outbox_age_seconds) > 60" in text
    (changed / "alerts.yaml").write_text(
        text.replace("dasan_outbox_age_seconds) > 60", "dasan_outbox_age_seconds) > 6000000")
    )
    assert "DasanOutboxOld" in promtool("test", "rules", "alerts.test.yaml", folder=changed)


def test_every_alert_is_seen_to_speak() -> None:
    for name in FILES:
        tests = (RULES / f"{name}.test.yaml").read_text("utf-8")
        told = {
            rule["alert"] for group in groups(name) for rule in group["rules"] if "alert" in rule
        }
        assert told == set(re.findall(r'labels: \'\w*{alertname="(\w+)"', tests))


def test_the_overlays_have_these_rules() -> None:
    for where in ("prod", "staging"):
        found = {
            rule["alert"]
            for each in of_kind(overlay(where), "PrometheusRule")
            for group in each["spec"]["groups"]
            for rule in group["rules"]
            if "alert" in rule
        }
        assert found == ALERTS.keys()


# -- what they ask for -------------------------------------------------------------------------


def figures() -> Mapping[str, set[str]]:
    """The labels of each figure of docs/metrics.md, which another test proves complete."""
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    rows = re.findall(r"^\| `(dasan_\w+)` \| (\w+) \| ([^|]*) \|", page, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for name, kind, labels in rows:
        own = {
            f"exported_{each}" if each in TARGET else each for each in re.findall(r"\w+", labels)
        }
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            found[name + suffix] = own | ({"le"} if suffix == "_bucket" else set())
    return found


FIGURES = figures()


def selectors(expression: Any) -> Iterator[promql.VectorSelector]:
    """Every selector of figures in a parsed expression."""
    match expression:
        case promql.VectorSelector():
            yield expression
        case promql.MatrixSelector():
            yield expression.vector_selector
        case promql.BinaryExpr():
            yield from selectors(expression.lhs)
            yield from selectors(expression.rhs)
        case promql.Call():
            for argument in expression.args:
                yield from selectors(argument)
        case promql.NumberLiteral() | promql.StringLiteral():
            return
        case _:  # with one expression inside
            yield from selectors(expression.expr)


def strange(expression: str) -> set[str]:
    """The figures and labels of an expression that there are none of; raises ValueError for what is
    no PromQL."""
    found: set[str] = set()
    for selector in selectors(promql.parse(expression)):
        name = selector.name or ""
        if name not in FIGURES.keys() | RECORDED | GIVEN:
            found.add(name)
        labels = {matcher.name for matcher in selector.matchers.matchers}
        if name in FIGURES:
            found |= labels - FIGURES[name] - TARGET
    by = {
        label
        for listed in re.findall(r"by \(([^)]*)\)", expression)
        for label in re.findall(r"\w+", listed)
    }
    return found | (by - TARGET - set().union(*FIGURES.values()))


def test_rules_ask_for_what_there_is() -> None:
    found = {rule["expr"]: strange(rule["expr"]) for rule in all_rules()}
    assert {expression: names for expression, names in found.items() if names} == {}
    assert strange("sum by (service) (rate(dasan_outbox_ages[5m])) > 1") == {"dasan_outbox_ages"}
    assert strange('dasan_unrouted{office="x"} > 0') == {"office"}
    assert strange("sum by (whom) (dasan_unrouted) > 0") == {"whom"}
    with pytest.raises(ValueError, match="unclosed"):
        strange("sum by (service) (dasan_unrouted")


# -- and whom they wake ------------------------------------------------------------------------


@pytest.mark.parametrize("alert", ALERTS)
def test_whoever_is_woken_finds_a_page(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket", "none"}
    assert rule["annotations"].keys() == {"summary", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{alert}.md"
    page = (RUNBOOKS / f"{alert}.md").read_text("utf-8")
    assert page.startswith(f"# {alert}\n")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == SECTIONS
    for section in page.split("\n## ")[1:]:
        assert len(section.split()) > 3, section
    known = FIGURES.keys() | RECORDED
    for figure in re.findall(r"\bdasan_[a-z_]+", page):
        assert figure in known or figure in {f"dasan_{s}" for s in contracts.services()}, figure


def test_no_page_is_without_an_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == ALERTS.keys()
    index = (RUNBOOKS / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\((\w+)\.md\)", index)) == ALERTS.keys()


def test_every_command_of_a_page_exists() -> None:
    known = {command.name for command in command_line.COMMANDS}
    of_notify = {command.name for command in by_hand.COMMANDS}
    jobs = {each["metadata"]["name"] for each in of_kind(overlay("prod"), "CronJob")}
    for path in RUNBOOKS.glob("*.md"):
        page = path.read_text("utf-8")
        for service, command in re.findall(r"services\.([\w<>]+) (\w+)", page):
            assert service in (*contracts.services(), "<service>"), path
            assert command in (known | of_notify if service == "notify" else known), path
        for job in re.findall(r"cronjob/([\w<>-]+)", page):
            assert job.replace("<service>", "intake") in jobs, path
