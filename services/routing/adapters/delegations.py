"""The register of delegations as districts tells it; whole at every replica."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from services.common.bus.brokers import Brokers
from services.common.consuming.last_of_key import LastOfKey
from services.common.events.wire import Wire
from services.routing.domain.delegations import DelegationRecorded

_EVENT = "dasan.districts.v1.DelegationRecorded"


class LiveDelegations:
    """What the registry has; see `Registered`."""

    heard: ClassVar[tuple[str, ...]] = (_EVENT,)

    def __init__(self, told: LastOfKey[DelegationRecorded]) -> None:
        self._told = told

    def newest(self) -> Mapping[str, DelegationRecorded]:
        """The newest state of each delegation; see `LastOfKey.newest`."""
        return self._told.newest()


def delegations_told(brokers: Brokers) -> LastOfKey[DelegationRecorded]:
    """The reader of the registry, as a part of routing."""
    return LastOfKey(
        "delegations",
        service="routing",
        brokers=brokers,
        wire=Wire({_EVENT: DelegationRecorded}),
        heard=_EVENT,
        key=lambda event: event.delegation_id,
        order=lambda event: event.recorded_at,
    )
