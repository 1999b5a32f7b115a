"""The matter of an inquiry in codes, which every event of its life repeats.

All services share this one class, because they pass the matter on to one another (contract
`dasan.common.v1`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities.catalogue.model import PetitionKind

FIRST_ROUND = 1
"""The round that begins with the receipt."""


class Channel(StrEnum):
    """How a citizen reached the city."""

    PHONE = "phone"
    WEB = "web"
    MESSAGE = "message"
    SYSTEM = "system"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is known of a matter; what is not known yet is empty, `kind` None.

    `receipt_number` is what a citizen reads out, `language` the BCP 47 tag of what they want to be
    written in, `service_code` of the catalogue, `district_code` 5 digits, `dong_code` 10 digits,
    `received_at` aware UTC. `permit` says whether one is asked for, `has_contact` whether the
    citizen can be told.
    """

    receipt_number: str
    channel: Channel
    language: str
    received_at: datetime
    has_contact: bool
    service_code: str = ""
    kind: PetitionKind | None = None
    permit: bool = False
    district_code: str = ""
    dong_code: str = ""
