"""What a caller of routing must be allowed to do, and what of it is hidden from whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from services.cities import City
from services.common.edge.access import Caller
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    Ended,
    Inputs,
    Unrouted,
)

# The scope of the desks that give an inquiry to an office by hand.
ASSIGN = "assign"
# The scope of who may read where an inquiry lies, and why. Figures are for everybody inside.
ASSIGNMENTS = "assignments"
# The scope of the few who change the rules of competence.
RULESETS = "rulesets"
# The scope, beside these, of those few who may see sealed matters (Anti-Corruption Act 64).
SEALED = "assignments:sealed"


def hidden_from(city: City, caller: Caller) -> frozenset[str]:
    """The services whose matters this caller must not see."""
    return frozenset() if SEALED in caller.scopes else city.sealed


def shown_to(assignment: Assignment, hidden: Collection[str]) -> Assignment:
    """The same assignment, whose decision names none of the services `hidden`: not as a guess, and
    not as a further matter."""
    match assignment:
        case Unrouted():
            waiting = assignment.decision
            inputs = _without(waiting.inputs, hidden)
            return replace(assignment, decision=replace(waiting, inputs=inputs))
        case Assigned() | Ended():
            given = assignment.decision
            inputs = _without(given.inputs, hidden)
            return replace(assignment, decision=replace(given, inputs=inputs))


def _without(inputs: Inputs, hidden: Collection[str]) -> Inputs:
    return replace(
        inputs,
        guesses=tuple(guess for guess in inputs.guesses if guess.service not in hidden),
        others=tuple(code for code in inputs.others if code not in hidden),
    )
