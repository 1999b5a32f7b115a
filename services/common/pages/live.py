"""A page that shows by itself what changes: server-sent events to every browser that watches it.

Owns the watching: each page that is watched is rendered once a second, however many watch it, and
its regions that have changed go to all of them. A browser that cannot keep up gets the latest state
and no backlog. What a region shows is left to the service. A page is complete without any of this:
without scripts it stays as it was loaded.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, StreamingResponse

from services.common.edge.limits import TooMany
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.pages import assets as kept
from services.common.pages.assets import Assets
from services.common.process import clock
from services.common.process.background import Job
from services.common.process.parts import Stage

# How often a watched page is rendered. Longer: news comes later. Shorter: more work, and nobody
# reads faster.
EVERY = timedelta(seconds=1)
# A stream that has nothing to say says so this often: a proxy closes what is silent, and a
# connection that has broken is noticed only when something is sent.
PING = timedelta(seconds=15)
# Streams that one process keeps open. A thousand cost some 80 MB and 5 % of a core. Fewer: a wall
# of screens is turned away. More: watching takes what inquiries need.
MOST = 500
# A version as it is sent in an event's id; the browser's copy of it is anybody's to write.
_VERSION = re.compile(r"[0-9]{1,18}")
HTMX = "htmx"
HTMX_SSE = "htmx-sse"
# Ours: says when the connection is lost, and watches nothing while the tab is hidden.
_OWN = Path(__file__).with_name("live.js")
_HEADERS = {
    # A proxy that kept or gathered a stream would show the past.
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}

Regions = Mapping[str, str]
"""The HTML of each region of a page, by the name under which it is sent."""


def scripts(assets: Assets) -> Sequence[str]:
    """The addresses of what a live page needs in its head; none where this machine has not fetched
    all of it."""
    others = [assets.url(HTMX, "dist/htmx.min.js"), assets.url(HTMX_SSE, "dist/sse.min.js")]
    found = [address for address in others if address is not None]
    return [*found, _own_address()] if len(found) == len(others) else []


def serve_scripts(app: FastAPI, assets: Assets) -> None:
    """Adds the addresses of `scripts` to an app."""
    assets.serve(app, HTMX, HTMX_SSE)

    @app.get(_own_address(), include_in_schema=False)
    async def own() -> FileResponse:
        return FileResponse(
            _OWN, media_type="text/javascript", headers={"Cache-Control": kept.FOR_EVER}
        )


def _own_address() -> str:
    """The address names the content, so that a browser may keep it."""
    digest = hashlib.sha256(_OWN.read_bytes()).hexdigest()[:12]
    return f"{kept.PATH}/live-{digest}.js"


class Live:
    """The streams of a service's live pages.

    `render` makes the regions of a page, by whatever the service calls its pages; it is asked only
    for pages that somebody watches. When it raises, that is told like the failure of any job, and
    the pages are rendered again after the job's pause.
    """

    name = "live_pages"
    stage = Stage.WORK

    def __init__(
        self,
        render: Callable[[str], Awaitable[Regions]],
        *,
        readiness: Readiness,
        most: int = MOST,
        every: timedelta = EVERY,
        ping: timedelta = PING,
    ) -> None:
        self._render = render
        self._readiness = readiness
        self._most = most
        self._ping = ping
        # Event ids are of this process: another replica's say nothing here.
        self._process = clock.new_id()
        self._pages: dict[str, _Page] = {}
        # Of all pages together: a page that nobody watched for a while never repeats a number.
        self._versions = 0
        self._job = Job(self.name, every, self._look)
        self._ending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to render what is watched."""
        await self._job.start()
        self._ending = asyncio.create_task(self._end_at_drain())

    async def stop(self) -> None:
        """Ends every stream and renders no more."""
        self._wake()
        await self._job.stop()
        if self._ending is not None:
            self._ending.cancel()

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """None: pages are complete without it."""
        return ()

    @property
    def watchers(self) -> int:
        """How many streams are open."""
        return sum(page.watchers for page in self._pages.values())

    def stream(self, page: str, last_id: str | None) -> StreamingResponse:
        """The stream of a page for one more browser: what has changed since the event `last_id`,
        else all of it, then what changes.

        It ends when the service begins to stop, so that no stop waits for it; the browser comes
        again, to another replica. Raises TooMany, and DomainError UNAVAILABLE `stopping`.
        """
        if self._readiness.is_draining:
            raise DomainError("stopping", Kind.UNAVAILABLE, "this server stops; try again")
        if self.watchers >= self._most:
            raise TooMany("too_many_watchers", f"{self._most} watch already; load the page anew")
        return StreamingResponse(
            self._events(page, self._version(last_id)),
            media_type="text/event-stream",
            headers=_HEADERS,
        )

    async def _events(self, name: str, seen: int) -> AsyncIterator[str]:
        # Of many who came in the same moment each found room when it asked.
        if self.watchers >= self._most:
            return
        page = self._pages.setdefault(name, _Page())
        page.watchers += 1
        try:
            # Sent at once, so that the browser knows that it is connected.
            yield ": watching\n\n"
            while not self._readiness.is_draining:
                if changed := page.since(seen):
                    seen = page.version
                    yield "".join(self._event(region, html, seen) for region, html in changed)
                elif not await page.moves_within(self._ping):
                    yield ": nothing new\n\n"
        finally:
            page.watchers -= 1
            if not page.watchers:
                self._pages.pop(name, None)

    def _event(self, region: str, html: str, version: int) -> str:
        # A browser passes over an event without data, and would keep what the region showed before.
        data = "".join(f"data: {line}\n" for line in html.splitlines() or [""])
        return f"event: {region}\nid: {self._process}.{version}\n{data}\n"

    def _version(self, last_id: str | None) -> int:
        """What a browser has already seen; 0 for nothing, or for what another replica sent."""
        process, _, version = (last_id or "").partition(".")
        known = process == self._process and _VERSION.fullmatch(version)
        return int(version) if known else 0

    async def _look(self) -> None:
        for name, page in list(self._pages.items()):
            self._versions += 1
            page.show(await self._render(name), self._versions)

    async def _end_at_drain(self) -> None:
        while not await self._readiness.drained_within(PING.total_seconds()):
            pass
        self._wake()

    def _wake(self) -> None:
        for page in self._pages.values():
            page.wake()


class _Page:
    """One page that is watched: its regions as they were rendered last."""

    def __init__(self) -> None:
        self.version = 0
        self.watchers = 0
        self._regions: dict[str, tuple[int, str]] = {}
        self._moved = asyncio.Event()

    def show(self, regions: Regions, version: int) -> None:
        """Takes the regions of now, whose version is higher than any before, and wakes those who
        watch when one is another than before."""
        changed = {
            name: html
            for name, html in regions.items()
            if self._regions.get(name, (0, None))[1] != html
        }
        if changed:
            self.version = version
            self._regions |= {name: (version, html) for name, html in changed.items()}
            self.wake()

    def wake(self) -> None:
        """Wakes everyone who waits now."""
        self._moved.set()
        self._moved = asyncio.Event()

    def since(self, version: int) -> Sequence[tuple[str, str]]:
        """The regions that changed after that version."""
        return [(name, html) for name, (at, html) in self._regions.items() if at > version]

    async def moves_within(self, span: timedelta) -> bool:
        """Waits until something changes or the service stops, at most `span`; returns whether it
        did."""
        try:
            async with asyncio.timeout(span.total_seconds()):
                await self._moved.wait()
        except TimeoutError:
            return False
        return True
