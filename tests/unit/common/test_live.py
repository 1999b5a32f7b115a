"""Live pages: one rendering a second for all who watch, to each what is new to them, and no stream
that a stop would wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.common.edge.limits import TooMany
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError
from services.common.pages.live import Live, Regions
from services.common.run.service import running

SOON = timedelta(milliseconds=5)


class City:
    """What the page shows, as a test wants it; counts how often it was rendered."""

    def __init__(self) -> None:
        self.regions: dict[str, str] = {"map": "<b>1</b>\n<i>2</i>", "now": "noon"}
        self.rendered: list[str] = []
        self.readiness = Readiness()

    async def render(self, page: str) -> Regions:
        self.rendered.append(page)
        return dict(self.regions)

    @asynccontextmanager
    async def live(
        self, most: int = 10, ping: timedelta = timedelta(hours=1)
    ) -> AsyncIterator[Live]:
        made = Live(self.render, readiness=self.readiness, most=most, every=SOON, ping=ping)
        async with running([made]):
            yield made


class Watcher:
    """One browser: reads the stream as it comes."""

    def __init__(self, live: Live, page: str = "city", last_id: str | None = None) -> None:
        self.response = live.stream(page, last_id)
        self._chunks: Any = self.response.body_iterator

    async def next(self) -> str:
        """What comes next, after the greeting and without pings."""
        async with asyncio.timeout(5):
            async for chunk in self._chunks:
                if not chunk.startswith(":"):
                    return str(chunk)
        return ""

    async def leave(self) -> None:
        """As when the browser closes the page."""
        await self._chunks.aclose()


def ids(text: str) -> list[str]:
    return [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")]


async def test_who_comes_gets_all_and_then_only_what_changes() -> None:
    city = City()
    async with city.live() as live:
        watcher = Watcher(live)
        first = await watcher.next()
        (number,) = set(ids(first))
        assert first == (
            f"event: map\nid: {number}\ndata: <b>1</b>\ndata: <i>2</i>\n\n"
            f"event: now\nid: {number}\ndata: noon\n\n"
        )
        city.regions["now"] = "night"
        second = await watcher.next()
        assert "event: now\n" in second
        assert "event: map\n" not in second
        await watcher.leave()
        assert live.watchers == 0


async def test_a_region_that_becomes_empty_is_emptied() -> None:
    """A browser passes over an event without a line of data."""
    city = City()
    async with city.live() as live:
        watcher = Watcher(live)
        await watcher.next()
        city.regions["now"] = ""
        emptied = await watcher.next()
        (number,) = ids(emptied)
        assert emptied == f"event: now\nid: {number}\ndata: \n\n"
        await watcher.leave()


async def test_all_who_watch_a_page_share_one_rendering() -> None:
    city = City()
    async with city.live() as live:
        many = [Watcher(live) for _ in range(10)]
        for watcher in many:
            await watcher.next()
        before = len(city.rendered)
        city.regions["now"] = "night"
        said = [await watcher.next() for watcher in many]
        assert len(set(said)) == 1
        # Far fewer than one for each who watches.
        assert len(city.rendered) - before < len(many)
        for watcher in many:
            await watcher.leave()


async def test_nothing_is_rendered_for_nobody() -> None:
    city = City()
    async with city.live() as live:
        watcher = Watcher(live, "one")
        await watcher.next()
        await watcher.leave()
        other = Watcher(live, "other")
        await other.next()
        city.rendered.clear()
        city.regions["now"] = "night"
        await other.next()
        await other.leave()
    assert set(city.rendered) == {"other"}


async def test_who_comes_again_gets_what_was_missed() -> None:
    city = City()
    async with city.live() as live:
        stays, leaves = Watcher(live), Watcher(live)
        await stays.next()
        seen = ids(await leaves.next())[-1]
        await leaves.leave()
        city.regions["now"] = "night"
        await stays.next()
        again = await Watcher(live, last_id=seen).next()
        assert "event: now\n" in again
        assert "event: map\n" not in again
        # What another replica had sent says nothing here, nor does nonsense.
        process = seen.split(".")[0]
        for strange in ("another.1", "", "x", f"{process}.-1", f"{process}.{'9' * 5000}"):
            assert "event: map\n" in await Watcher(live, last_id=strange).next()


async def test_a_page_that_nobody_watched_for_a_while_repeats_no_number() -> None:
    city = City()
    async with city.live() as live:
        first = Watcher(live)
        seen = ids(await first.next())[-1]
        await first.leave()
        city.regions = {"map": "new", "now": "new"}
        assert "data: new" in await Watcher(live, last_id=seen).next()


async def test_a_silent_stream_says_that_it_lives() -> None:
    city = City()
    async with city.live(ping=SOON) as live:
        chunks: Any = live.stream("city", None).body_iterator
        async with asyncio.timeout(5):
            assert await anext(chunks) == ": watching\n\n"
            while (await anext(chunks)) != ": nothing new\n\n":
                pass
        await chunks.aclose()


async def test_streams_end_as_soon_as_the_service_begins_to_stop() -> None:
    city = City()
    async with city.live() as live:
        watcher = Watcher(live)
        await watcher.next()
        waiting = asyncio.create_task(watcher.next())
        await asyncio.sleep(0)
        city.readiness.drain()
        async with asyncio.timeout(1):
            assert await waiting == ""
        with pytest.raises(DomainError) as refused:
            live.stream("city", None)
        assert refused.value.slug == "stopping"


async def test_no_more_watch_than_the_process_bears() -> None:
    city = City()
    async with city.live(most=2) as live:
        one, two = Watcher(live), Watcher(live)
        await one.next()
        await two.next()
        with pytest.raises(TooMany):
            live.stream("city", None)
        await one.leave()
        await Watcher(live).next()


async def test_of_many_who_come_in_one_moment_no_more_watch_either() -> None:
    """Each found room when it asked, because nobody watches before the stream is read."""
    city = City()
    async with city.live(most=2) as live:
        many: list[Any] = [live.stream("city", None).body_iterator for _ in range(5)]
        begun = [await anext(chunks, "") for chunks in many]
        assert begun == [": watching\n\n"] * 2 + [""] * 3
        for chunks in many:
            await chunks.aclose()
        assert live.watchers == 0


async def test_no_proxy_keeps_or_gathers_a_stream() -> None:
    async with City().live() as live:
        headers = live.stream("city", None).headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
