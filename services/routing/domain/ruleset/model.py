"""A version of the rules of competence: its text as an official gave it, and from when it holds.

The rules of the city's pack hold where no version does; a version is stored when it is proposed,
and has no effect before it is activated. What the rules say is `cities.competence`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An official has put a version in force from an aware moment on, until a later activation.

    `reason` is the official's own words: kept here and told to nobody outside.
    """

    effective_from: datetime
    reason: str
    activated_at: datetime
    activated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetVersion:
    """One version: `text` is the document (YAML) as it was proposed, which never changes."""

    version: str
    text: str
    proposed_at: datetime
    proposed_by: str
    activations: tuple[Activation, ...] = ()


def in_force(versions: Iterable[RuleSetVersion], at: datetime) -> str | None:
    """The version that holds at an aware moment, or None where only the pack's rules do.

    The latest beginning counts; of two at the same moment, the one activated last.
    """
    begun = [
        (activation.effective_from, activation.activated_at, one.version)
        for one in versions
        for activation in one.activations
        if activation.effective_from <= at
    ]
    return max(begun)[2] if begun else None
