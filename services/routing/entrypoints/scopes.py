"""What a caller of routing must be allowed to do, and what of it is hidden from whom."""

from __future__ import annotations

from services.cities import City
from services.common.edge.access import Caller

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
