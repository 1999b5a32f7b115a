"""What happens to matters during the simulated day, as shares: data beside this module."""

from __future__ import annotations

import random
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]
Times = Annotated[int, Field(ge=1)]


class Shares(BaseModel):
    """`figures/day.yaml` says what each is, and that all are assumed. Shares lie in 0..1, `rush`
    and `rush_every` count matters, the last ones are seconds of ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    permits: Share
    where_delegations_change: Share
    received_yesterday: Share
    address: Share
    declined: Share
    together: Share
    listed: Share
    assigned: Share
    started: Share
    noted: Share
    documents_missing: Share
    asked_for_more: Share
    prolonged: Share
    extended: Share
    consulted: Share
    consultation_extended: Share
    inspected: Share
    inspection_prolonged: Share
    withdrawn: Share
    themselves: Share
    also_on_paper: Share
    sent_again: Share
    out_of_turn: Share
    regretted: Share
    withdrawn_late: Share
    objected_in_vain: Share
    repeated: Share
    exempt: Share
    conditional: Share
    refused: Share
    collected: Share
    document_shown: Share
    objected: Share
    objection_extended: Share
    upheld: Share
    revoked: Share
    rush: Times
    rush_every: Times
    officer_seconds: Seconds
    citizen_seconds: Seconds
    together_seconds: Seconds

    def happens(self, what: str, chance: random.Random) -> bool:
        """Whether it happens this time; `what` is the name of a share."""
        share: float = getattr(self, what)
        return chance.random() < share


def read() -> Shares:
    """The shares of the day."""
    file = resources.files(__package__) / "figures" / "day.yaml"
    return Shares.model_validate(yaml.safe_load(file.read_text("utf-8")))
