"""Indexes are made as soon as the database answers, whatever happened before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from services.common.aggregates import indexes, mongo
from services.common.aggregates.indexes import Indexes
from services.common.kernel import DomainError, Kind

AWAY = DomainError("database_away", Kind.UNAVAILABLE, "try again")


async def test_they_are_tried_until_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    fails: list[Exception] = [AWAY, AWAY, RuntimeError("contradicts somebody@example.org")]
    documents: list[Any] = []
    made = asyncio.Event()

    async def in_thread(call: Callable[..., None], *given: Any) -> None:
        assert call is mongo.ensure_indexes
        if fails:
            raise fails.pop(0)
        documents.extend(given)
        made.set()

    monkeypatch.setattr(mongo, "in_thread", in_thread)
    monkeypatch.setattr(indexes, "FIRST_PAUSE_SECONDS", 0.001)
    part = Indexes(dict, list)
    await part.start()
    with pytest.raises(DomainError) as missing:
        await part.made()
    assert (missing.value.slug, missing.value.kind) == ("indexes_missing", Kind.UNAVAILABLE)
    async with asyncio.timeout(2):
        await made.wait()
    await asyncio.sleep(0)
    await part.made()
    await part.stop()
    assert documents == [dict, list]


async def test_a_stop_does_not_wait_for_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_thread(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(mongo, "in_thread", in_thread)
    part = Indexes(dict)
    await part.start()
    async with asyncio.timeout(1):
        await part.stop()
