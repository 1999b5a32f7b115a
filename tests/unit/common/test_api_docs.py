"""`/docs` needs no other host, with the viewer and without it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets, manifest

VIEWER = manifest()[api_docs.VIEWER]


async def shown(assets: Assets) -> httpx.Response:
    app: FastAPI = create_app(title="A <city>", description="d", readiness=Readiness())
    api_docs.serve(app, assets)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        page = await client.get("/docs")
        # All that the page names can be had from here.
        for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert (await client.get(address)).status_code == 200, address
    return page


async def test_the_viewer_comes_from_here_and_may_do_no_more(tmp_path: Path) -> None:
    folder = tmp_path / VIEWER.folder
    folder.mkdir()
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        (folder / name).write_text("")
    page = await shown(Assets(tmp_path))
    assert page.text.count("swagger-ui-bundle.js") == 1
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in f"{policy} {page.text}"


async def test_where_the_viewer_was_not_fetched_the_page_says_what_to_do(tmp_path: Path) -> None:
    page = await shown(Assets(tmp_path))
    assert "<code>make setup</code>" in page.text
    assert 'href="/openapi.json"' in page.text
    assert "A &lt;city&gt;" in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
