"""Writes the transition table of a case into docs/cases.md, between its two marks.

    python -m scripts.case_table

The table is `services/districts/domain/case/transitions.py`; a test holds the page to it.
"""

from __future__ import annotations

from pathlib import Path

from services.districts.domain.case.model import State
from services.districts.domain.case.transitions import TABLE

PAGE = Path(__file__).parents[1] / "docs" / "cases.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


def table() -> str:
    """One row for each act: who may do it, and from which states to which."""
    lines = ["| act | by | from → to |", "|---|---|---|"]
    for act, row in TABLE.items():
        moves: dict[tuple[State, ...], list[State]] = {}
        same = [state for state, to in row.leads.items() if to == (state,)]
        for state, to in row.leads.items():
            if state not in same:
                moves.setdefault(to, []).append(state)
        said = [f"{_all(states)} → {_all(to)}" for to, states in moves.items()]
        if same:
            said.append(f"{_all(same)}: stays")
        lines.append(f"| `{act}` | {row.by} | {'; '.join(said)} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with the table as it is now."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _all(states: tuple[State, ...] | list[State]) -> str:
    return ", ".join(f"`{state}`" for state in states)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
