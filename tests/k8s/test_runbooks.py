"""The runbooks: each leads from its alert to a panel, to lines of the log, to a trace and to a
command, and all of these exist.

`tests/e2e/test_docs.py` types the commands of ours into a city that runs. Those of kubectl are
given to kubectl here, without a cluster: what is wrong with one is said before it looks for one.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from scripts.k8s.dashboards import BOARDS
from services.common.events import contracts
from services.common.run import command_line
from tests.k8s.asking import FIGURES, RECORDED, all_rules, strange
from tests.k8s.rendering import ROOT, of_kind, overlay, pods, tool
from tests.support.pages import filled, inline

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = {
    path.stem: path.read_text("utf-8")
    for path in sorted(RUNBOOKS.glob("*.md"))
    if path.stem != "README"
}
INDEX = (RUNBOOKS / "README.md").read_text("utf-8")
EVERYWHERE = {**PAGES, "README": INDEX}
SECTIONS = ["Meaning", "Impact", "Diagnose", "Mitigate", "Verify"]
TITLES = {board.title: {panel.asks for panel in board.panels} for board in BOARDS}
# The ends of names that look like those of log lines: files, and settings of topics.
_NO_LOG = (".yaml", ".env", ".md", ".ms")
# Nothing listens there.
NO_CLUSTER = "127.0.0.1:1"


def urls() -> dict[str, str]:
    """Where each alert's panel is."""
    return {
        rule["alert"]: rule["annotations"]["dashboard_url"]
        for rule in all_rules()
        if "alert" in rule
    }


def section(page: str, name: str) -> str:
    """One section of a page."""
    (found,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return str(found)


def test_no_page_is_without_an_alert() -> None:
    assert PAGES.keys() == urls().keys()
    severities = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| ([\w, ]+) \|", INDEX, re.MULTILINE)
    assert [(name, name) for name in urls()] == [(name, file) for name, file, _ in severities]
    said = {name: words.split(", ") for name, _, words in severities}
    for name, words in said.items():
        rules = [rule for rule in all_rules() if rule.get("alert") == name]
        assert [rule["labels"]["severity"] for rule in rules] == words


@pytest.mark.parametrize("alert", PAGES)
def test_a_page_is_whole(alert: str) -> None:
    page = PAGES[alert]
    assert page.startswith(f"# {alert}\n")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == SECTIONS
    for name in SECTIONS:
        assert len(section(page, name).split()) > 3, name
    for link in re.findall(r"\]\(([^)#]+)", page):
        assert (RUNBOOKS / link).exists(), link


@pytest.mark.parametrize("alert", PAGES)
def test_a_page_leads_to_the_panel_of_its_alert(alert: str) -> None:
    found = re.fullmatch(r"/d/([\w-]+)\?.*viewPanel=(\d+)", urls()[alert])
    assert found is not None
    (board,) = (board for board in BOARDS if board.uid == found[1])
    (panel,) = (panel for panel in board.panels if panel.number == int(found[2]))
    assert f"- **Panel**: *{panel.asks}* on *{board.title}*." in section(PAGES[alert], "Diagnose")


def nowhere(page: str) -> set[str]:
    """The panels and dashboards that a page names and that there are none of."""
    found = {
        asks
        for asks, title in re.findall(r"\*([^*\n]+\?)\*(?: on \*([^*\n]+)\*)?", page)
        if asks not in (TITLES.get(title, set()) if title else set().union(*TITLES.values()))
    }
    return found | set(re.findall(r"\*(Dasan: [^*]+)\*", page)) - TITLES.keys()


def test_every_panel_that_a_page_names_exists() -> None:
    for name, page in {**EVERYWHERE, "slo": (ROOT / "docs" / "slo.md").read_text("utf-8")}.items():
        assert nowhere(page) == set(), name
    assert nowhere("see *Is it well?* on *Dasan: the city*, *Dasan: the sea*") == {
        "Is it well?",
        "Dasan: the sea",
    }


@pytest.mark.parametrize("alert", PAGES)
def test_a_page_leads_to_the_log_to_a_trace_and_to_a_command(alert: str) -> None:
    diagnose = section(PAGES[alert], "Diagnose")
    assert re.search(r"^- \*\*Log\*\*: (`kubectl .* logs |none)", diagnose, re.MULTILINE)
    assert re.search(
        r"^- \*\*Trace\*\*: (none;|\[of the inquiry\]\(README\.md#the-trace-of-an-inquiry\)"
        r"|\*Traces\* on the panel)",
        diagnose,
        re.MULTILINE,
    )
    mitigate = section(PAGES[alert], "Mitigate")
    commands = [code for code in inline(mitigate) if re.match(r"kubectl|python|GET|POST", code)]
    assert commands or "No command" in mitigate
    # It promises a link that its panel has.
    if "*Traces* on the panel" in diagnose:
        assert any(panel.traces for b in BOARDS for panel in b.panels if alert in panel.alerts)


@cache
def log_names() -> tuple[frozenset[str], str]:
    """Everything in the services' code that has the form of a log line's name; and a pattern of the
    names that are put together."""
    names, patterns = set(), set()
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names |= {node.value} if re.fullmatch(r"[a-z]+\.[a-z_]+", node.value) else set()
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    part.value if isinstance(part, ast.Constant) else "\0" for part in node.values
                ]
                text = "".join(str(part) for part in parts)
                if re.fullmatch(r"(\0\.[a-z_]+|[a-z]+\.\0)", text):
                    patterns.add(re.escape(text).replace("\0", "[a-z_]+"))
    return frozenset(names), "|".join(sorted(patterns))


def unlogged(page: str) -> set[str]:
    """The names of log lines on a page that no service writes; `outbox.…` is any that begins so."""
    names, pattern = log_names()
    found = set()
    for code in inline(page):
        if re.fullmatch(r"[a-z]+\.…", code):
            if not any(name.startswith(code[:-1]) for name in names):
                found.add(code)
        elif (
            re.fullmatch(r"[a-z]+\.[a-z_]+", code)
            and not code.endswith(_NO_LOG)
            and code not in names
            and not re.fullmatch(pattern, code)
        ):
            found.add(code)
    return found


def test_every_log_line_that_a_page_names_is_written() -> None:
    assert {name: unlogged(page) for name, page in PAGES.items() if unlogged(page)} == {}
    assert unlogged("`consume.dead`, `consume.deadly`, `nobody.…`, `x.yaml`") == {
        "consume.deadly",
        "nobody.…",
    }


def test_every_figure_that_a_page_asks_for_exists() -> None:
    for name, page in EVERYWHERE.items():
        for code in inline(page):
            if re.search(r"\bdasan[_:][a-z]", code) and "dasan_<" not in code:
                assert strange(code) == set(), (name, code)
    assert FIGURES.keys() & RECORDED == set()


def test_every_address_that_a_page_asks_exists() -> None:
    routes = set()
    for module in (ROOT / "services").glob("*/entrypoints/*.py"):
        code = module.read_text("utf-8")
        prefixes = re.findall(r"APIRouter\(prefix=\"([^\"]+)\"", code)
        for method, path in re.findall(r"\.(get|post)\(\s*\"([^\"]*)\"", code):
            routes |= {
                (method.upper(), f"{prefix}{path}".removeprefix("/v1"))
                for prefix in ["", *prefixes]
            }
    for name, page in EVERYWHERE.items():
        for method, path in re.findall(r"`(GET|POST) /v1(/[^`\s?]*)", page):
            assert (method, path) in routes, (name, path)


def test_every_command_of_a_page_exists() -> None:
    known = {command.name for command in command_line.COMMANDS}
    own = {
        service: {command.name for command in module.COMMANDS}
        for service in contracts.services()
        if (module := by_hand_of(service)) is not None
    }
    for name, page in EVERYWHERE.items():
        for service, command in re.findall(r"services\.([a-z<>]+) ([\w-]+)", page):
            assert service in (*contracts.services(), "<service>"), name
            assert command in known | own.get(service, set()), name


def by_hand_of(service: str) -> ModuleType | None:
    """The commands that a service has for itself; None where it has none."""
    name = f"services.{service}.entrypoints.by_hand"
    return import_module(name) if find_spec(name) is not None else None


# -- kubectl -----------------------------------------------------------------------------------


def kubectl_commands(pages: Iterator[str]) -> list[str]:
    """Every kubectl command, each once, with its places filled."""
    return sorted(
        {filled(code) for page in pages for code in inline(page) if code.startswith("kubectl ")}
    )


TYPED = kubectl_commands(iter(EVERYWHERE.values()))


def objection(kubectl: Path, command: str) -> str:
    """What kubectl says against a command before it asks a cluster; empty for nothing."""
    name, *words = shlex.split(command)
    assert name == "kubectl"
    done = subprocess.run(
        [kubectl, "--server", f"http://{NO_CLUSTER}", *words],
        cwd=ROOT,
        env={**os.environ, "KUBECONFIG": os.devnull, "NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    reached = f"{NO_CLUSTER} was refused" in said or f"dial tcp {NO_CLUSTER}" in said
    return "" if reached else said


def test_kubectl_understands_every_command_of_a_page() -> None:
    kubectl = tool("kubectl")
    wrong = ["kubectl logs --sinse=15m x", "kubectl rollout undone deployment/x", "kubectl get"]
    with ThreadPoolExecutor(4) as pool:
        objections = list(pool.map(lambda command: objection(kubectl, command), [*TYPED, *wrong]))
    assert dict(zip(TYPED, objections, strict=False)) == dict.fromkeys(TYPED, "")
    assert all(objections[-len(wrong) :])


def missing(command: str) -> set[str]:
    """What a command names of the overlay `prod` that it does not have."""
    resources = overlay("prod")
    found = set()
    for kind, name in re.findall(r"\b(deployment|daemonset|cronjob)/([\w-]+)", command):
        if not any(
            each["metadata"]["name"] == name
            for each in of_kind(resources, "Deployment", "DaemonSet", "CronJob")
            if each["kind"].lower() == kind
        ):
            found.add(f"{kind}/{name}")
    labels = [template["metadata"]["labels"] for _, template in pods(resources)]
    for key, value in re.findall(r"-l (app\.kubernetes\.io/\w+)=([\w-]+)", command):
        if not any(each.get(key) == value for each in labels):
            found.add(f"{key}={value}")
    if "-n " in command and "-n dasan " not in command:
        found.add("namespace")
    return found


def test_every_object_that_a_command_names_is_in_the_overlay() -> None:
    assert {command: missing(command) for command in TYPED if missing(command)} == {}
    assert missing("kubectl -n dasan rollout undo deployment/router") == {"deployment/router"}
    assert missing("kubectl logs -l app.kubernetes.io/name=router") == {
        "app.kubernetes.io/name=router"
    }
