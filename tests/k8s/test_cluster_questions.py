"""What an API server is asked about an overlay, and that each kind of bad answer is a fault.

The server is played here; a real one is asked in `test_cluster`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster import check
from scripts.cluster.__main__ import main, not_established
from scripts.cluster.check import Report, name_of
from scripts.cluster.server import Said
from tests.k8s.rendering import overlay, pods

SPACE = "town"
POD = {"containers": [{"name": "a", "image": "a:1", "securityContext": {}}]}
OBJECTS: list[check.Resource] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}},
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
        "spec": {"template": {"metadata": {"labels": {"x": "y"}}, "spec": POD}},
    },
    {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "way"},
    },
]
FORBIDDEN = 'Error from server (Forbidden): pods "deployment-a" is forbidden: '
ANYBODY = ("selfsubjectreviews.authentication.k8s.io  []  []  [create]",)


class Player:
    """Answers as a server that likes everything but privileges; `instead` may answer before."""

    def __init__(self, instead: Callable[..., Said | None] = lambda *_: None) -> None:
        self.instead = instead
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *arguments: str | Path, given: Iterable[Mapping[str, Any]] = ()) -> Said:
        words, objects = tuple(map(str, arguments)), list(given)
        self.asked.append(words)
        if (said := self.instead(words, objects)) is not None:
            return said
        if words[0] == "auth":
            return Said(status=0, printed=ANYBODY, errors=())
        if any(_is_privileged(each) for each in objects):
            return Said(status=1, printed=(), errors=[f"{FORBIDDEN}violates PodSecurity"])
        return Said(status=0, printed=[name_of(dict(each)) for each in objects], errors=())


def _is_privileged(resource: Mapping[str, Any]) -> bool:
    if resource["kind"] != "Pod":
        return False
    return "privileged" in resource["spec"]["containers"][0]["securityContext"]


def asked(instead: Callable[..., Said | None] = lambda *_: None) -> Report:
    player: Any = Player(instead)
    return check.check(player, "somewhere", OBJECTS)


def test_a_good_overlay_has_no_fault_and_what_was_left_is_named() -> None:
    report = asked()
    assert report.faults == []
    assert (report.objects, report.pods, report.refused, report.accounts) == (3, 1, 1, 1)
    assert report.left == ["HTTPRoute/way"]


def test_a_pod_has_what_its_template_says_and_lies_where_it_will_run() -> None:
    (pod,) = check.pods_of(OBJECTS, SPACE)
    assert pod["metadata"] == {"labels": {"x": "y"}, "name": "deployment-a", "namespace": SPACE}
    assert pod["spec"] == POD
    assert check.privileged(pod)["spec"]["containers"][0]["securityContext"]["privileged"]
    assert "privileged" not in pod["spec"]["containers"][0]["securityContext"]


def test_every_pod_of_an_overlay_is_asked_for() -> None:
    assert len(list(check.pods_of(overlay("prod"), "dasan"))) == len(list(pods(overlay("prod"))))


def test_a_warning_is_a_fault() -> None:
    def warning(words: tuple[str, ...], objects: list[Any]) -> Said | None:
        if "--dry-run=server" in words and words[0] == "apply":
            names = [name_of(each) for each in objects]
            return Said(status=0, printed=names, errors=["Warning: would violate PodSecurity"])
        return None

    assert asked(warning).faults == ["Warning: would violate PodSecurity"]


def test_an_object_without_an_answer_is_a_fault() -> None:
    def silent(words: tuple[str, ...], objects: list[Any]) -> Said | None:
        return Said(status=0, printed=["one"], errors=()) if "--dry-run=server" in words else None

    assert "2 objects went without an answer" in asked(silent).faults


def test_a_pod_that_may_be_privileged_is_a_fault() -> None:
    def lenient(words: tuple[str, ...], objects: list[Any]) -> Said | None:
        return Said(status=0, printed=["pod/a"], errors=()) if words[0] == "create" else None

    report = asked(lenient)
    assert report.refused == 0
    assert [fault for fault in report.faults if "Pod/deployment-a may be privileged" in fault]


@pytest.mark.parametrize("said", ["no such image", "exceeded quota"])
def test_a_pod_that_is_refused_for_something_else_was_not_refused_for_privileges(said: str) -> None:
    (pod,) = check.pods_of(OBJECTS, SPACE)
    answer = Said(status=1, printed=(), errors=[f"{FORBIDDEN}{said}"])
    assert not check.refused(pod, answer)


def test_a_right_that_a_stranger_has_not_is_a_fault() -> None:
    def granted(words: tuple[str, ...], objects: list[Any]) -> Said | None:
        if f"--as=system:serviceaccount:{SPACE}:a" in words:
            return Said(status=0, printed=[*ANYBODY, "secrets  []  []  [get]"], errors=())
        return None

    assert asked(granted).faults == ["ServiceAccount/a may do something: secrets [] [] [get]"]


def test_a_server_that_does_not_say_what_an_account_may_do_is_no_all_clear() -> None:
    def mute(words: tuple[str, ...], objects: list[Any]) -> Said | None:
        return Said(status=1, printed=(), errors=["away"]) if words[0] == "auth" else None

    assert asked(mute).faults == ["ServiceAccount/a: the server does not say what it may do"]


def test_a_resource_is_waited_for_until_the_server_serves_it() -> None:
    def crd(name: str, *conditions: tuple[str, str]) -> Mapping[str, Any]:
        told = [{"type": kind, "status": status} for kind, status in conditions]
        return {"metadata": {"name": name}, "status": {"conditions": told or None}}

    items = [
        crd("new"),
        crd("refused", ("NamesAccepted", "False"), ("Established", "False")),
        crd("there", ("NamesAccepted", "True"), ("Established", "True")),
    ]
    said = Said(status=0, printed=json.dumps({"items": items}, indent=1).splitlines(), errors=())
    assert not_established(said) == ["new", "refused"]


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "said"),
    [
        ("DASAN_CRDS", "/nowhere", [], "make apiserver"),
        ("DASAN_CACHE", "/nowhere", ["moon"], "there is no overlay moon"),
    ],
)
def test_what_is_missing_is_one_line_and_status_two(
    variable: str,
    value: str,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DASAN_CACHE", str(tmp_path))
    monkeypatch.setenv(variable, value)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
