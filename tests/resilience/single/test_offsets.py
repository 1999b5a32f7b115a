"""Every service reads the whole history again: nothing new comes of it anywhere, and the views,
which each start makes anew from their logs, show what they showed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kafka.structs import OffsetAndMetadata

from services.common.events import contracts
from simulation.judge import evidence
from tests.support.city import SAMPLES, City, eventually

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(400),
]

# Matters that no office takes.
OPEN = 3


async def test_a_whole_history_read_again_has_no_effect(city: City) -> None:
    await city.flow(20, 20)
    await city.rest()
    await leave_some_open(city)
    before = await asyncio.to_thread(effects, city)
    assert before["documents"]
    figures = await satisfaction(city, before)
    load = await workload(city)
    await city.stop(contracts.services())
    reread = await asyncio.to_thread(to_the_beginning, city)
    assert set(reread) == set(evidence.groups(city.stack))
    assert all(count > 0 for count in reread.values()), reread
    await city.start(*contracts.services())
    await city.read_up(120)
    after = await asyncio.to_thread(effects, city)
    for kind, seen in before.items():
        assert after[kind] == seen, f"{kind} changed"
    assert await satisfaction(city, before) == figures
    assert await workload(city) == load
    await city.open_offices()
    await city.rest()
    assert await city.faults() == []


async def leave_some_open(city: City) -> None:
    """Some matters lie at offices that do nothing, so that the workload has something to show."""
    await city.close_offices()
    for kind, body in SAMPLES[:OPEN]:
        asked = await city.ask(kind, body)
        await city.told(asked.inquiry_id, "MessageDelivered:assigned:1:1")
    await city.read_up()


async def workload(city: City) -> Any:
    """What lies at each office, once the view has read its log and the week."""
    shown: dict[str, Any] = {}

    async def there() -> bool:
        answer = await city.http.get(f"{city.stack.http_url('routing')}/v1/workload")
        shown.update(answer.json())
        return answer.is_success and shown["city"]["open"] == OPEN

    await eventually(there, 60, "routing shows what is open")
    return {name: figure for name, figure in shown.items() if name != "as_of"}


async def satisfaction(city: City, seen: dict[str, Any]) -> Any:
    """The figures of the city and of each office, once the view beside them has read its log, and
    they count all surveys that are seen: they may be some seconds old."""
    surveys = [
        state for (service, *_), (_, state) in seen["documents"].items() if service == "survey"
    ]
    answered = sum(state["status"] == "answered" for state in surveys)
    shown: dict[str, Any] = {}

    async def there() -> bool:
        answer = await city.http.get(f"{city.stack.http_url('survey')}/v1/satisfaction")
        shown.update(answer.json())
        if not answer.is_success:
            return False
        figure = shown["city"]
        return bool((figure["invited"], figure["answered"]) == (len(surveys), answered))

    await eventually(there, 60, "survey shows its figures")
    return shown["city"], shown["offices"]


def to_the_beginning(city: City) -> dict[str, int]:
    """Sets every group back to the oldest record it can read; how many each has before it."""
    with city.stack.broker.admin() as admin:
        committed = admin.list_group_offsets(evidence.groups(city.stack))
        for group, offsets in committed.items():
            admin.alter_group_offsets(
                group,
                {place: OffsetAndMetadata(0, "", -1) for place in offsets},
            )
    return evidence.lags(city.stack)


def effects(city: City) -> dict[str, Any]:
    """Everything that a repeated event could change: documents, events, dead letters, messages.

    An event counts by its id: the same one may be told again by a relay that takes over.
    """
    stored = evidence.databases(city.stack)
    told = evidence.records(city.stack.broker.bootstrap, contracts.event_topics())
    dead = [contracts.dlq_topic(service) for service in contracts.services()]
    return {
        "documents": {
            (service, collection, document["_id"]): (document["version"], document["state"])
            for service, collections in stored.items()
            for collection in evidence.AGGREGATES
            for document in collections.get(collection, ())
        },
        "events": {(record.topic, dict(record.headers).get("ce_id")) for record in told},
        "dead letters": evidence.ends(city.stack, dead),
        "messages": {path.name: path.stat().st_mtime_ns for path in city.stack.messages.iterdir()},
    }
