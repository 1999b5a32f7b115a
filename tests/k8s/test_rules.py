"""Every overlay keeps every rule, and every rule sees the faults that it is for."""

from __future__ import annotations

import ast
import copy
import re
from pathlib import Path

import pytest

from scripts.k8s import kafka
from services.common.events import contracts
from services.common.run import command_line
from tests.k8s import rules
from tests.k8s.rendering import OVERLAYS, REPLICATED, ROOT, of_kind, overlay

# A laptop keeps one copy of everything.
ONLY_REPLICATED = {"nothing_is_lost_with_one_node", "the_database_can_be_set_back"}


@pytest.mark.parametrize("name", rules.ALL)
@pytest.mark.parametrize("where", OVERLAYS)
def test_an_overlay_keeps_the_rule(where: str, name: str) -> None:
    if name in ONLY_REPLICATED and where not in REPLICATED:
        return
    assert list(rules.ALL[name].check(overlay(where))) == []


def test_no_two_overlays_keep_their_copies_in_one_place() -> None:
    """One's retention would end the other's copies."""
    places = [
        (storage["s3"]["bucket"], storage["s3"]["prefix"])
        for where in REPLICATED
        for database in of_kind(overlay(where), "PerconaServerMongoDB")
        for storage in database["spec"]["backup"]["storages"].values()
    ]
    assert len(set(places)) == len(places) == len(REPLICATED)


BROKEN = [(name, at) for name, rule in rules.ALL.items() for at in range(len(rule.breaking))]


@pytest.mark.parametrize(("name", "at"), BROKEN)
def test_the_rule_sees_a_broken_copy(name: str, at: int) -> None:
    broken = copy.deepcopy(list(overlay("prod")))
    rules.ALL[name].breaking[at](broken)
    assert list(rules.ALL[name].check(broken)) != []


def events_named_in(folder: Path) -> set[str]:
    """The events whose names stand in the code of a folder."""
    texts = {
        node.value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts & contracts.events().keys()


@pytest.mark.parametrize("service", contracts.services())
def test_a_user_reaches_the_topics_that_its_code_names(service: str) -> None:
    """Beside its dead letters and changelogs: found by the names in the adapters, where the
    generator asks the wiring."""
    named = events_named_in(ROOT / "services" / service / "adapters")
    topics = {contracts.events()[name].topic for name in named} | {contracts.SEALED_TOPIC}
    access = kafka.access_of(service)
    own = {name for name in access.reads if re.fullmatch(r".*\.dlq|.*-changelog", name)}
    assert (access.reads | access.writes | access.returns) - own == topics
    tells = {c.topic for c in contracts.events().values() if f".{service}." in c.name}
    assert access.writes - own == tells | {contracts.SEALED_TOPIC}


def test_who_listens_to_itself_is_known() -> None:
    listening = {
        service
        for service in contracts.services()
        for node in ast.walk(
            ast.parse((ROOT / "services" / service / "bootstrap.py").read_text("utf-8"))
        )
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Tail"
    }
    assert listening == kafka.LISTEN_TO_THEMSELVES


def test_the_jobs_run_commands_of_every_service() -> None:
    assert {command.name for command in command_line.COMMANDS} >= {"audit", "replay"}
