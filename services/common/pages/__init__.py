"""Pages for people: templates, fixed texts in every language, and headers that keep them private.

A service has a folder with its templates (`*.html`) and its texts (`texts/<language>.yaml`); base
page, parts, style and the texts that all share lie here. Pages work without a script, send no
request to another host, and are not kept anywhere. A folder with a `page.css` adds that to the
style. Leaves to the service what it shows, and to `live` how a page shows what changes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import jinja2
from fastapi.responses import HTMLResponse

from services.common.edge.http_kit import RETRY_AFTER_SECONDS
from services.common.pages.accept import best_language
from services.common.pages.assets import Assets
from services.common.pages.fixed_texts import LANGUAGES, SHARED_TEXTS, Texts, read_texts

_SHARED = Path(__file__).parent
FONT = "noto-sans-kr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text of the city's, and the language that it is in."""

    text: str
    language: str


class Pages:
    """The pages of one service.

    `default_language` is used where nobody wishes another; times are shown as `timezone` has them.
    `languages` are those of LANGUAGES that the pages are written in: all for citizens; pages for
    the city's own people may have fewer. `scripts` are addresses of our own that the pages load;
    pages for citizens load none. `shared` are folders like `folder` that some services' pages have
    in common. Raises TextsIncomplete when a text is missing in a language.
    """

    def __init__(
        self,
        folder: Path,
        *,
        default_language: str,
        timezone: ZoneInfo,
        assets: Assets,
        languages: Sequence[str] = LANGUAGES,
        scripts: Sequence[str] = (),
        shared: Sequence[Path] = (),
    ) -> None:
        self._texts = read_texts(
            SHARED_TEXTS,
            *(one / "texts" for one in (*shared, folder)),
            languages=languages,
        )
        self._languages = tuple(languages)
        self._default = default_language if default_language in languages else languages[0]
        self._timezone = timezone
        self._scripts = tuple(scripts)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder, *shared, _SHARED]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = "".join(
            file.read_text(encoding="utf-8")
            for file in (one / "page.css" for one in (_SHARED, *shared, folder))
            if file.exists()
        )
        self._fonts = assets.url(FONT, "index.css")
        self._headers = {
            "Content-Security-Policy": _policy(
                self._style, fonts=self._fonts is not None, scripts=bool(scripts)
            ),
            # The address is a secret: it must not be kept, passed on or found.
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Vary": "Accept, Accept-Language",
        }

    def language(self, *wishes: str | None) -> str:
        """The language of the pages that fits the first wish that any fits; a wish is a BCP 47 tag
        or what a browser sends as Accept-Language."""
        for wish in wishes:
            if wish and (found := best_language(wish, self._languages)) is not None:
                return found
        return self._default

    def texts(self, language: str) -> Texts:
        """The fixed texts in one of the languages."""
        return self._texts[language]

    def render(
        self,
        template: str,
        language: str,
        status: int = 200,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """One page in one of the languages. It offers the others where `query` is given: what the
        same page's address has in its query, beside the language. `headers` are further ones."""
        html = self.fragment(
            template,
            language,
            style=self._style,
            fonts=self._fonts,
            scripts=self._scripts,
            links=[] if query is None else self._links(query),
            **values,
        )
        sent = {**self._headers, **(headers or {}), "Content-Language": language}
        if status == 503:
            sent.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        return HTMLResponse(html, status_code=status, headers=sent)

    def fragment(self, template: str, language: str, **values: Any) -> str:
        """The HTML of a template in one of the languages, without the page around it."""
        texts = self._texts[language]
        return self._templates.get_template(template).render(
            language=language,
            t=texts.say,
            day=lambda moment: texts.day(moment.astimezone(self._timezone)),
            moment=lambda moment: texts.moment(moment.astimezone(self._timezone)),
            machine=lambda moment: moment.astimezone(self._timezone).isoformat(timespec="minutes"),
            label=lambda names: label(names, language),
            **values,
        )

    def _links(self, query: Mapping[str, str]) -> Sequence[tuple[str, str, str]]:
        """The same page in every language: its tag, its name and the address, which is relative, as
        nothing that a request says makes an address of ours."""
        return [
            (tag, self._texts[tag].say("language.name"), "?" + urlencode({**query, "lang": tag}))
            for tag in self._languages
        ]


def label(names: Mapping[str, str], language: str) -> Label:
    """The name in the language, else the English one, else the first there is."""
    for tag in (language, "en", *names):
        if tag in names:
            return Label(text=names[tag], language=tag)
    raise ValueError("a label without any name")


def digest_source(text: str) -> str:
    """What lets a page use this one style or script of its own, in a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _policy(style: str, *, fonts: bool, scripts: bool) -> str:
    rules: Sequence[str] = (
        "default-src 'none'",
        f"style-src {digest_source(style)}" + (" 'self'" if fonts else ""),
        *(["font-src 'self'"] if fonts else []),
        # A live page loads its scripts from here and listens to us, and to nobody else.
        *(["script-src 'self'", "connect-src 'self'"] if scripts else []),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules)


__all__ = ["FONT", "LANGUAGES", "Label", "Pages", "Texts", "digest_source", "label"]
