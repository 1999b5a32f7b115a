"""The register of delegations as districts tells it; whole at every replica."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from services.common.bus.brokers import Brokers
from services.common.consuming.recent import LastOfKey, Recent
from services.common.events.wire import Wire
from services.routing.domain.delegations import DelegationRecorded

_EVENT = "dasan.districts.v1.DelegationRecorded"


class LiveDelegations:
    """What the registry has; see `Registered`."""

    heard: ClassVar[tuple[str, ...]] = (_EVENT,)

    def __init__(self, told: Recent[LastOfKey[DelegationRecorded]]) -> None:
        self._told = told

    def newest(self) -> Mapping[str, DelegationRecorded]:
        """The newest state of each delegation, once the registry is read: another object after each
        change. Raises DomainError UNAVAILABLE `view_away` until then."""
        return self._told.tally().newest()


def told_delegations() -> LastOfKey[DelegationRecorded]:
    """The tally of the delegations, empty."""
    return LastOfKey(
        _EVENT, key=lambda event: event.delegation_id, order=lambda event: event.recorded_at
    )


def recent_delegations(
    brokers: Brokers, clock: Callable[[], datetime]
) -> Recent[LastOfKey[DelegationRecorded]]:
    """The reader of the registry, as a part of routing."""
    return Recent(
        "delegations",
        service="routing",
        brokers=brokers,
        wire=Wire({_EVENT: DelegationRecorded}),
        tally=told_delegations,
        clock=clock,
    )
