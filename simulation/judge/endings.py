"""Whether each round ended as its office ended it: answered, granted, refused, or sent back.

Pure. What an office was answered is compared with what the bus tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from dasan.districts.v1.events_pb2 import Outcome

Endings: TypeAlias = Mapping[tuple[str, int], int]
"""An `Outcome` by inquiry and round."""


def otherwise(entered: Endings, told: Endings) -> Iterator[str]:
    """The rounds that are told to have ended in another way than the city has stored for their
    offices. What is not told at all is lost, which `promises` finds."""
    for (inquiry_id, round_), outcome in entered.items():
        said = told.get((inquiry_id, round_), outcome)
        if said != outcome:
            yield (
                f"{inquiry_id}: round {round_} is told as {Outcome.Name(said)}, and its office "
                f"ended it as {Outcome.Name(outcome)}"
            )
