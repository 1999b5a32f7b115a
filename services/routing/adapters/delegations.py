"""The register of delegations as districts tells it; whole at every replica."""

from __future__ import annotations

from services.common.consuming.recent import Newest
from services.routing.domain.delegations import DelegationRecorded


class LiveDelegations(Newest[DelegationRecorded]):
    """What the registry has, as a part of routing; see `Registered`."""

    name = "delegations"
    service = "routing"
    heard = ("dasan.districts.v1.DelegationRecorded",)
    form = DelegationRecorded
    order = "recorded_at"
