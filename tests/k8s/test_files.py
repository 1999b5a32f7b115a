"""What is written in deploy/k8s and the Containerfile: style, that the generated part is current,
and that versions and names are said alike everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local import built
from deploy.local.broker import KAFKA
from scripts.k8s.__main__ import files
from services.common.process import telemetry
from services.common.run import service
from tests.k8s.rendering import K8S, OVERLAYS, ROOT, of_kind, overlay, pods, tool

README = (K8S / "README.md").read_text("utf-8")
GENERATED = files()
VERSIONS = yaml.safe_load((K8S / "VERSIONS.yaml").read_text("utf-8"))
# What the collector can be built of here, and so the only parts its configuration may name.
COLLECTOR = {
    "receivers": {"otlp"},
    "processors": {"batch", "memory_limiter", "redaction", "probabilistic_sampler", "resource"},
    "exporters": {"otlp_grpc", "debug"},
    "extensions": {"health_check"},
}


def ran(*command: str | Path) -> str:
    """What a program found wrong; empty for nothing."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def test_the_manifests_are_in_one_style(tmp_path: Path) -> None:
    lint = (sys.executable, "-m", "yamllint", "--strict", "--config-file", K8S / ".yamllint.yaml")
    assert ran(*lint, K8S) == ""
    (tmp_path / "twice.yaml").write_text("a: 1\na: 2\n")
    assert "duplication" in ran(*lint, tmp_path)


def test_the_containerfile_is_as_hadolint_asks(tmp_path: Path) -> None:
    assert ran(tool("hadolint"), ROOT / "Containerfile") == ""
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM python:latest\nRUN cd /srv\n")
    assert "DL3007" in ran(tool("hadolint"), bad)


def test_the_image_runs_as_nobody_and_holds_what_runs() -> None:
    text = (ROOT / "Containerfile").read_text("utf-8")
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["python", "-m"]' in text
    assert "--require-hashes --requirement runtime.lock" in text
    for path in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for each in path.split():
            assert (ROOT / each).exists(), each
            assert f"!{each}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_the_generated_files_are_current(path: Path) -> None:
    assert path.read_text("utf-8") == GENERATED[path], "run `make k8s`"


def test_versions_are_said_alike() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    images = {
        container["image"]
        for where in OVERLAYS
        for _, template in pods(overlay(where))
        for container in template["spec"]["containers"]
    }
    collector = VERSIONS["opentelemetry-collector"]
    assert images == {f"dasan:{version}", f"otel/opentelemetry-collector-contrib:{collector}"}
    # What is built here is what runs there.
    assert collector == built.COLLECTOR.version
    assert built.KUBE_APISERVER.version.rpartition(".")[0] == VERSIONS["kubernetes"]["checked"][-1]
    (broker,) = of_kind(overlay("prod"), "Kafka")
    assert broker["spec"]["kafka"]["version"] == VERSIONS["kafka"] == KAFKA
    (database,) = of_kind(overlay("prod"), "PerconaServerMongoDB")
    assert database["spec"]["crVersion"] == VERSIONS["percona-server-mongodb-operator"]


def test_the_page_names_every_part_and_leads_somewhere() -> None:
    for kind in ("components", "overlays"):
        for path in (K8S / kind).iterdir():
            assert f"`{path.name}`" in README, path
    for link in re.findall(r"\]\(([^)#]+)", README):
        assert (K8S / link).exists(), link


def test_every_component_is_rendered_by_some_overlay() -> None:
    used = {
        Path(each).name
        for where in OVERLAYS
        for each in yaml.safe_load(
            (K8S / "overlays" / where / "kustomization.yaml").read_text("utf-8")
        )["components"]
    }
    assert used == {path.name for path in (K8S / "components").iterdir()}


def test_the_page_counts_a_stop_as_the_kit_does() -> None:
    assert f"({service.STOP_WITHIN.seconds} s at most)" in README
    bounds = sum(bound.total_seconds() for bound in service.STAGE_WITHIN.values())
    assert bounds + telemetry.SHUTDOWN_SECONDS <= service.STOP_WITHIN.total_seconds()


@pytest.mark.parametrize("name", ["agent", "gateway"])
def test_a_collector_uses_parts_that_it_has(name: str) -> None:
    text = (K8S / "base" / "otel" / f"{name}.config.yaml").read_text("utf-8")
    # As a cluster reads it, where no variable is set.
    config: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{env:\w+:-([^}]*)\}", r"\1", text))
    for kind, known in COLLECTOR.items():
        assert config[kind].keys() <= known
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= config[kind].keys()
        # Memory first, or a flood ends the collector; batches last, or they are cut up again.
        assert pipeline["processors"][0] == "memory_limiter"
        assert pipeline["processors"][-1] == "batch"
    assert config["service"]["extensions"] == ["health_check"]
