"""The command of a citizen. An entry point makes it, and `decide.answer` takes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How satisfied the citizen is: 1 worst, 5 best. The comment is personal data; may be empty."""

    score: int
    comment: str = ""
