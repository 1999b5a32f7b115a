"""A contract for import-linter: what a package may import, where the built-in ones say what not.

A list of what is forbidden forgets tomorrow's dependency; a list of what is allowed can't.
"""

from __future__ import annotations

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """Each module in `modules` imports directly only itself, the standard library and `may_import`.

    Both lists are module expressions (`services.*.domain`), a package standing for all below it;
    one that matches nothing yet is no error. With `third_party` libraries outside the project are
    allowed too. Only direct imports count: what an allowed module itself imports is its own
    contract's business.
    """

    type_name = "only"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    may_import = fields.SetField(subfield=fields.ModuleExpressionField())
    third_party = fields.BooleanField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = _names(graph, self.may_import)
        offences = sorted(
            (importer, imported)
            for package in _names(graph, self.modules)
            for importer in {package, *graph.find_descendants(package)}
            for imported in graph.find_modules_directly_imported_by(importer)
            if not self._permits(graph, package, imported, allowed)
        )
        return ContractCheck(kept=not offences, metadata={"offences": offences})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["offences"]:
            output.print_error(f"{importer} may not import {imported}")
        output.new_line()

    def _permits(
        self, graph: ImportGraph, package: str, imported: str, allowed: frozenset[str]
    ) -> bool:
        if graph.is_module_squashed(imported):
            top = imported.partition(".")[0]
            return cast(bool, self.third_party) or top in sys.stdlib_module_names
        return any(
            imported == parent or imported.startswith(f"{parent}.")
            for parent in {package, *allowed}
        )


def _names(graph: ImportGraph, expressions: object) -> frozenset[str]:
    known = graph.modules
    found = module_expressions_to_modules(graph, expressions)  # type: ignore[arg-type]
    return frozenset(module.name for module in found if module.name in known)
