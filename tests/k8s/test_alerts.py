"""The alerts: Prometheus takes them, each speaks when it should and keeps silent otherwise, asks
only for figures that there are, and leads to its page and to a panel."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.k8s.dashboards import BOARDS
from scripts.k8s.service_levels import LEVELS
from tests.k8s.asking import RULE_FILES, RULES, all_rules, groups, strange, wrongly_added
from tests.k8s.rendering import ROOT, of_kind, overlay, tool

SLO = (ROOT / "docs" / "slo.md").read_text("utf-8")


def by_name() -> Mapping[str, list[Mapping[str, Any]]]:
    """The rules of each alert: one, or two of which one wakes somebody."""
    found = defaultdict(list)
    for rule in all_rules():
        if "alert" in rule:
            found[rule["alert"]].append(rule)
    return found


ALERTS = by_name()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules as Prometheus reads them, out of the operator's resources, beside their tests."""
    made = tmp_path_factory.mktemp("rules")
    for name in RULE_FILES:
        (made / f"{name}.yaml").write_text(yaml.safe_dump({"groups": groups(name)}))
    for path in RULES.glob("*.test.yaml"):
        shutil.copy(path, made)
    return made


def promtool(*arguments: str, folder: Path) -> str:
    """What it found wrong; empty for nothing."""
    done = subprocess.run(
        [tool("promtool"), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_prometheus_takes_the_rules(folder: Path) -> None:
    files = [f"{name}.yaml" for name in RULE_FILES]
    assert promtool("check", "rules", "--lint-fatal", *files, folder=folder) == ""


@pytest.mark.parametrize("tests", sorted(path.name for path in RULES.glob("*.test.yaml")))
def test_alerts_speak_when_they_should(folder: Path, tests: str) -> None:
    assert promtool("test", "rules", tests, folder=folder) == ""


def test_a_changed_bound_is_seen_by_the_tests_of_the_rules(folder: Path, tmp_path: Path) -> None:
    """Of the tests those alone that name this alert: all of them take seconds."""
    bound, alert = "dasan_outbox_age_seconds) > 60", "DasanOutboxOld"
    text = (folder / "alerts.yaml").read_text("utf-8")
    assert bound in text
    (tmp_path / "alerts.yaml").write_text(text.replace(bound, f"{bound}00000"))
    written = yaml.safe_load((folder / "alerts.test.yaml").read_text("utf-8"))
    written["tests"] = [each for each in written["tests"] if alert in str(each)]
    (tmp_path / "alerts.test.yaml").write_text(yaml.safe_dump(written))
    assert alert in promtool("test", "rules", "alerts.test.yaml", folder=tmp_path)


def test_a_changed_promise_is_seen_by_the_tests_of_the_rules(folder: Path) -> None:
    text = (folder / "service-levels.yaml").read_text("utf-8")
    changed = folder.parent / "promised"
    shutil.copytree(folder, changed)
    (changed / "service-levels.yaml").write_text(re.sub(r"(?<=\} > )", "100000 * ", text))
    said = promtool("test", "rules", "service-levels.test.yaml", folder=changed)
    assert {level.alert for level in LEVELS} == set(re.findall(r'alertname=\\?"(\w+)', said))


def test_every_alert_is_seen_to_speak() -> None:
    for name in RULE_FILES:
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


def test_rules_ask_for_what_there_is() -> None:
    found = {rule["expr"]: strange(rule["expr"]) for rule in all_rules()}
    assert {expression: names for expression, names in found.items() if names} == {}
    assert strange("sum by (service) (rate(dasan_outbox_ages[5m])) > 1") == {"dasan_outbox_ages"}
    assert strange('dasan_unrouted{office="x"} > 0') == {"office"}
    assert strange("sum by (whom) (dasan_unrouted) > 0") == {"whom"}
    assert strange('rate(dasan_events_consumed_total{outcome=~"ack|died"}[5m])') == {"died"}
    # Prometheus' client writes 10.0: the series of le="10" is for ever empty.
    assert strange('rate(dasan_event_delay_seconds_bucket{le="10"}[5m])') == {"le 10"}
    with pytest.raises(ValueError, match="unclosed"):
        strange("sum by (service) (dasan_unrouted")


def test_rules_put_replicas_together_in_the_right_way() -> None:
    found = {rule["expr"]: wrongly_added(rule["expr"]) for rule in all_rules()}
    assert {expression: names for expression, names in found.items() if names} == {}


# -- and whom they wake ------------------------------------------------------------------------


@pytest.mark.parametrize("alert", ALERTS)
def test_whoever_is_woken_finds_a_page_and_a_panel(alert: str) -> None:
    severities = [rule["labels"]["severity"] for rule in ALERTS[alert]]
    assert severities in (["page"], ["ticket"], ["none"], ["page", "ticket"])
    panels = {board.uid: {p.number: p for p in board.panels} for board in BOARDS}
    for rule in ALERTS[alert]:
        annotations = rule["annotations"]
        assert annotations.keys() == {"summary", "runbook_url", "dashboard_url"}
        assert annotations["runbook_url"] == f"docs/runbooks/{alert}.md"
        address = re.fullmatch(
            r"/d/([\w-]+)\?(var-service=\{\{ \$labels\.service \}\}&)?viewPanel=(\d+)",
            annotations["dashboard_url"],
        )
        assert address is not None, annotations["dashboard_url"]
        # Both ways: the panel leads to the page of the alert, too.
        assert alert in panels[address[1]][int(address[3])].alerts
        assert bool(address[2]) is any(b.by_service for b in BOARDS if b.uid == address[1])


def test_no_panel_leads_to_an_alert_that_there_is_none_of() -> None:
    named = {alert for board in BOARDS for panel in board.panels for alert in panel.alerts}
    assert named == ALERTS.keys()


def test_the_page_of_promises_says_what_is_measured() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d.]+) % \| \[(\w+)\]", SLO, re.MULTILINE)
    assert rows == [(level.sli, f"{level.kept:g}", level.alert) for level in LEVELS]
