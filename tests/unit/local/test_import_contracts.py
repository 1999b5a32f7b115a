"""The import contract of the project's own: what isn't allowed is found, what is allowed isn't."""

from __future__ import annotations

import sys
from pathlib import Path

import grimp
import pytest

from scripts.import_contracts import OnlyContract

SOURCES = {
    "__init__.py": "",
    "kit/__init__.py": "",
    "kit/kernel.py": "import enum",
    "kit/bus.py": "import rich\nfrom sample.kit import kernel",
    "one/__init__.py": "",
    "one/domain.py": "from __future__ import annotations\nfrom sample.kit import kernel",
    "one/handlers.py": "from sample.one import domain",
    "two/__init__.py": "",
    "two/domain.py": "import rich\nfrom sample.kit import bus\nfrom sample.one import domain",
}


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> grimp.ImportGraph:
    for name, source in SOURCES.items():
        path = tmp_path / "sample" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return grimp.build_graph("sample", include_external_packages=True, cache_dir=None)


def offences(
    graph: grimp.ImportGraph, modules: str, *may_import: str, third_party: bool = False
) -> list[tuple[str, str]]:
    contract = OnlyContract(
        name="only",
        session_options={"root_packages": ["sample"]},
        contract_options={
            "modules": [modules],
            "may_import": list(may_import),
            "third_party": str(third_party),
        },
    )
    check = contract.check(graph, verbose=False)
    found: list[tuple[str, str]] = check.metadata["offences"]
    assert check.kept is not bool(found)
    return found


def test_only_what_is_allowed_may_be_imported(graph: grimp.ImportGraph) -> None:
    assert offences(graph, "sample.*.domain", "sample.kit.kernel") == [
        ("sample.two.domain", "rich"),
        ("sample.two.domain", "sample.kit.bus"),
        ("sample.two.domain", "sample.one.domain"),
    ]


def test_a_package_may_import_itself_and_all_below_what_is_allowed(
    graph: grimp.ImportGraph,
) -> None:
    assert offences(graph, "sample.one", "sample.kit") == []


def test_libraries_are_allowed_where_said(graph: grimp.ImportGraph) -> None:
    assert offences(graph, "sample.kit") == [("sample.kit.bus", "rich")]
    assert offences(graph, "sample.kit", third_party=True) == []


def test_modules_that_do_not_exist_yet_offend_nothing(graph: grimp.ImportGraph) -> None:
    assert offences(graph, "sample.three.domain") == []
