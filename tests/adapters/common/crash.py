"""A process of a service with three kinds of aggregates that saves and never gets to send.

`python -m tests.adapters.common.crash <mongo url> <alias> <saves>` prints `saved` and hangs, until
the test kills it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from services.common import mongo
from services.common.keeping import Keeping
from services.common.mongo import MongoStore
from services.common.mongo_runs import MongoRuns
from services.common.outbox import Bus, Record, Sent

from .conftest import WIRE, Counting, step

STORES = ("ones", "twos", "threes")


class Absent:
    """A broker that is away."""

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Takes nothing."""
        return [Sent.NOT_NOW] * len(records)

    def close(self) -> None:
        """Nothing to close."""


def keeping(alias: str, bus: Bus) -> tuple[Keeping, dict[str, Any]]:
    """One process of the service: its parts, and the aggregates of its three stores."""
    kept = Keeping(service="kit", wire=WIRE, bus=bus, runs=MongoRuns(alias))
    stores = {name: MongoStore[Any](alias, name, Counting) for name in STORES}
    return kept, {name: kept.aggregates(store) for name, store in stores.items()}


async def main(url: str, alias: str, saves: int) -> None:
    mongo.connect(url, alias, alias)
    kept, shells = keeping(alias, Absent())
    await kept.start()
    for number in range(saves):
        for name, shell in shells.items():
            await shell.settle([step(f"{name}-{number}-{n}", "1") for n in range(3)])
    print("saved", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
