"""`/docs`: the OpenAPI document of a service for people to read and try, without another host.

The viewer is an asset of others. Where it was not fetched, a page says so, and where the document
itself lies.
"""

from __future__ import annotations

from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from services.common.pages import digest_source
from services.common.pages.assets import Assets

PATH = "/docs"
VIEWER = "swagger-ui"
_DOCUMENT = "/openapi.json"
_START = f'SwaggerUIBundle({{url: "{_DOCUMENT}", dom_id: "#viewer", deepLinking: true}});'
_PLAIN_STYLE = "body{font-family:sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"


def serve(app: FastAPI, assets: Assets) -> None:
    """Adds the page to an app, with the viewer where this machine has it."""
    style = assets.url(VIEWER, "swagger-ui.css")
    script = assets.url(VIEWER, "swagger-ui-bundle.js")
    if style is None or script is None:
        page, policy = _plain(app.title)
    else:
        assets.serve(app, VIEWER)
        page, policy = _viewer(app.title, style, script)
    headers = {
        "Content-Security-Policy": "; ".join(
            ["default-src 'none'", *policy, "base-uri 'none'", "frame-ancestors 'none'"]
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    @app.get(PATH, include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)


def _viewer(title: str, style: str, script: str) -> tuple[str, list[str]]:
    page = _page(
        title,
        head=f'<link rel="stylesheet" href="{style}">',
        body=f'<div id="viewer"></div><script src="{script}"></script><script>{_START}</script>',
    )
    return page, [
        f"script-src 'self' {digest_source(_START)}",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self'",
    ]


def _plain(title: str) -> tuple[str, list[str]]:
    page = _page(
        title,
        head=f"<style>{_PLAIN_STYLE}</style>",
        body=f"<h1>{escape(title)}</h1><p>The viewer was not fetched on this machine: run"
        " <code>make setup</code> where the npm registry can be reached, and start the service"
        f' anew.</p><p>The document itself: <a href="{_DOCUMENT}">{_DOCUMENT}</a></p>',
    )
    return page, [f"style-src {digest_source(_PLAIN_STYLE)}"]


def _page(title: str, *, head: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>{head}</head><body>{body}</body></html>\n"
    )
