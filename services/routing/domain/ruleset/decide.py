"""What an official does with a version of the rules: propose it, and put it in force. Pure.

That a version's text is valid for the city is checked before; here it is only kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.ruleset.events import RuleSetActivated
from services.routing.domain.ruleset.model import Activation, RuleSetVersion

# So long before its beginning a version must be activated: every replica has read it by then, and
# all decide alike. Shorter than they need to read it: two replicas decide differently for a moment.
# Longer: a mistake is in force for longer before it can be mended.
NOTICE = timedelta(seconds=15)
LONGEST_REASON = 500
"""Characters of the reason for an activation."""

RuleSetChange: TypeAlias = Change[RuleSetVersion, RuleSetActivated]


def propose(
    state: RuleSetVersion | None, *, version: str, text: str, caller: str, now: datetime
) -> RuleSetChange | None:
    """Stores a version, which has no effect yet; the same one again changes nothing.

    Raises `version_taken` (CONFLICT) for another text under the same version.
    """
    if state is None:
        proposed = RuleSetVersion(version=version, text=text, proposed_at=now, proposed_by=caller)
        return Change(state=proposed)
    if state.text != text:
        raise DomainError(
            "version_taken",
            Kind.CONFLICT,
            "there are other rules of this version: give them another `version`",
            field="version",
        )
    return None


def activate(
    state: RuleSetVersion | None,
    *,
    effective_from: datetime | None,
    reason: str,
    caller: str,
    now: datetime,
) -> RuleSetChange | None:
    """Puts a version in force from an aware moment on, the earliest possible where none is named;
    the same order again changes nothing.

    Raises `unknown_ruleset` (NOT_FOUND), `effective_too_soon` (INVALID).
    """
    if state is None:
        raise DomainError("unknown_ruleset", Kind.NOT_FOUND, "no rules of this version")
    if any(_same(one, effective_from, reason, now) for one in state.activations):
        return None
    begins = now + NOTICE if effective_from is None else effective_from
    if begins < now + NOTICE:
        raise DomainError(
            "effective_too_soon",
            Kind.INVALID,
            f"must lie at least {NOTICE.seconds} seconds ahead, so that every replica has the rules"
            " by then; leave it out for the earliest moment",
            field="effective_from",
        )
    activation = Activation(
        effective_from=begins, reason=reason, activated_at=now, activated_by=caller
    )
    told = RuleSetActivated(ruleset_version=state.version, effective_from=begins, activated_at=now)
    activated = replace(state, activations=(*state.activations, activation))
    return Change(state=activated, events=(told,))


def _same(known: Activation, effective_from: datetime | None, reason: str, now: datetime) -> bool:
    """Whether an order is this activation again: it names the same moment and reason or, where it
    names no moment, the activation named none either and has not begun yet. After that the same
    order means once more, after other rules were in force."""
    if effective_from is None:
        earliest = known.effective_from == known.activated_at + NOTICE
        return earliest and known.reason == reason and now < known.effective_from
    return (known.effective_from, known.reason) == (effective_from, reason)
