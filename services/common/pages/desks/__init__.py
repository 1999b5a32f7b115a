"""A desk: pages on which a person signs in with a key, sees what waits and does something about it.

Owns what the desks of all services have in common: signing in and out, that every form belongs to a
session, that every action answers with a redirect, so that reloading does nothing twice, and the
layout, forms and texts of that. What there is to see and to do, and which scope it takes, is left
to the service; the session itself to `edge.sessions`. Works without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.common.edge.http_kit import STATUS, form_of, status_of, when_again
from services.common.edge.sessions import Session, Sessions
from services.common.kernel import DomainError, Kind
from services.common.pages import Pages
from services.common.pages.assets import Assets

# What those read who work for a city.
DESK_LANGUAGES = ("ko", "en")
_SHARED = Path(__file__).parent
# Of the form that signs in or out.
_MOST_FIELDS = 10
# With the policy of all other pages a browser says of a form that it has no origin, and one that
# knows no Sec-Fetch-Site then says nothing of whose form it is.
_SAYS_ORIGIN = {"Referrer-Policy": "same-origin"}

Show: TypeAlias = Callable[[Session, str], Awaitable[Response]]
"""Makes a page for whoever is signed in, in a language."""
Do: TypeAlias = Callable[[Session, str, Mapping[str, str]], Awaitable[Response]]
"""Carries out a form of whoever is signed in, in a language."""


class FrontPages:
    """The pages of one desk, in one of DESK_LANGUAGES.

    `folder` holds its templates, which extend `front.html`, and its texts; `path` is the address of
    its first page, `names` are the city's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        path: str,
        names: Mapping[str, str],
        default_language: str,
        timezone: ZoneInfo,
        assets: Assets,
    ) -> None:
        self._path = path
        self._names = names
        self._pages = Pages(
            folder,
            default_language=default_language,
            timezone=timezone,
            assets=assets,
            languages=DESK_LANGUAGES,
            shared=(_SHARED,),
        )

    def language(self, *wishes: str | None) -> str:
        """The language for the first wish that any fits."""
        return self._pages.language(*wishes)

    def sign_in(
        self,
        language: str,
        then: str,
        error: DomainError | None = None,
        *,
        status: int = 0,
        kept: str = "",
    ) -> HTMLResponse:
        """The form that takes a key; `then` is the page that was asked for, `kept` what a person
        wrote for nothing, to be copied."""
        shown = "" if error is None else self.error(language, error)
        status = status or (200 if error is None else status_of(error))
        page = self.render(
            "sign_in.html",
            language,
            None,
            status,
            headers={**_SAYS_ORIGIN, **({} if error is None else when_again(error))},
            referrer=_SAYS_ORIGIN["Referrer-Policy"],
            then=then,
            error=shown,
            kept=kept,
        )
        if status == STATUS[Kind.UNAUTHENTICATED]:
            page.headers["WWW-Authenticate"] = "Bearer"
        return page

    def refused(
        self,
        language: str,
        session: Session | None,
        error: DomainError,
        scope: str = "",
        *,
        kept: str = "",
    ) -> HTMLResponse:
        """The page of a refusal; `scope` is the one that is missing, `kept` what a person wrote for
        nothing, to be copied."""
        text = (
            self.say(language, "error.scope", scope=scope) if scope else self.error(language, error)
        )
        return self.render(
            "refused.html",
            language,
            session,
            status_of(error),
            headers=when_again(error),
            error=text,
            kept=kept,
        )

    def say(self, language: str, key: str, **values: object) -> str:
        """A fixed text; KeyError for one that is in no file."""
        return self._pages.texts(language).say(key, **values)

    def day(self, language: str, one: date) -> str:
        """A day as it is written in the language."""
        return self._pages.texts(language).day(one)

    def has(self, language: str, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._pages.texts(language)

    def error(self, language: str, error: DomainError) -> str:
        """What a refusal says to a person: for the slug and the field, for the slug, else whether
        it may succeed later."""
        for key in (f"error.{error.slug}.{error.field}", f"error.{error.slug}"):
            if self.has(language, key):
                return self.say(language, key)
        away = error.kind is Kind.UNAVAILABLE
        return self.say(language, "error.away" if away else "error.other")

    def render(
        self,
        template: str,
        language: str,
        session: Session | None,
        status: int = 200,
        here: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        tab: str = "",
        **values: Any,
    ) -> HTMLResponse:
        """`here` is the query of the page's address, None for one that a form led to: only an
        address can be read in the other language. `tab` is the list that the page is."""

        def to(path: str = "", **query: str) -> str:
            return f"{self._path}{path}?{urlencode({**query, 'lang': language})}"

        return self._pages.render(
            template,
            language,
            status,
            query=here,
            headers=headers,
            city=self._names,
            session=session,
            tab=tab,
            to=to,
            **values,
        )


class Front:
    """Who comes to a desk: the sign-in where nobody is signed in, else the page or the action.

    `pages_within` matches, under `path`, the addresses that signing in may lead on to; nothing else
    that a form says becomes an address. `most_fields` bounds the fields of a form.
    """

    def __init__(
        self,
        *,
        path: str,
        pages_within: str,
        sessions: Sessions,
        pages: FrontPages,
        most_fields: int,
    ) -> None:
        self._path = path
        self._led_to = re.compile(f"{path}(?:{pages_within})?")
        self._sessions = sessions
        self._pages = pages
        self._most_fields = most_fields

    async def sign_in(self, request: Request) -> Response:
        """A key opens a session; the page that was asked for follows."""
        language = self._language(request)
        form = await form_of(request, most=_MOST_FIELDS)
        then = self._known(form.get("then", ""))
        try:
            session = self._sessions.sign_in(request, form.get("key", "").strip())
        except DomainError as error:
            return self._pages.sign_in(language, then, error)
        answer = redirect(then, language)
        self._sessions.keep(answer, session)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """The browser forgets the session."""

        async def leave(_: Session, language: str, __: Mapping[str, str]) -> Response:
            return redirect(self._path, language)

        return await self.done(request, leave, stays=False)

    async def shown(self, request: Request, show: Show) -> Response:
        """A page for whoever is signed in; the sign-in where nobody is."""
        language = self._language(request)
        try:
            session = self._sessions.of(request)
        except DomainError as error:
            # Who has not been here yet did nothing wrong.
            wrong = None if error.slug == "session_missing" else error
            return self._sign_in_first(language, request.url.path, wrong)
        answer = await show(session, language)
        self._sessions.keep(answer, session)
        return answer

    async def done(
        self,
        request: Request,
        do: Do,
        *,
        page: str = "",
        stays: bool = True,
        texts: Collection[str] = (),
    ) -> Response:
        """An action of whoever is signed in, by a form of this session; `page` is the one that it
        is done on. With `stays` the session goes on. `texts` are the fields in which a person
        writes at length: they are given back where the session is not the form's any more."""
        language = self._language(request)
        form = await form_of(request, most=self._most_fields)
        try:
            session = self._sessions.of_form(request, form.get("form_token", ""))
        except DomainError as error:
            kept = words_of(form, texts)
            if error.kind is Kind.FORBIDDEN:
                return self._pages.refused(language, None, error, kept=kept)
            return self._sign_in_first(language, page or request.url.path, error, kept)
        answer = await do(session, language, form)
        if stays:
            self._sessions.keep(answer, session)
        else:
            self._sessions.end(answer)
        return answer

    def _sign_in_first(
        self, language: str, then: str, error: DomainError | None, kept: str = ""
    ) -> Response:
        status = STATUS[Kind.UNAUTHENTICATED]
        return self._pages.sign_in(language, self._known(then), error, status=status, kept=kept)

    def _known(self, then: str) -> str:
        return then if self._led_to.fullmatch(then) else self._path

    def _language(self, request: Request) -> str:
        wish = request.query_params.get("lang")
        return self._pages.language(wish, request.headers.get("accept-language"))


def redirect(path: str, language: str, **query: str) -> RedirectResponse:
    """The page that follows an action, by GET; relative to the host, as nothing that a request says
    makes an address of ours."""
    wanted = {name: value for name, value in query.items() if value}
    answer = RedirectResponse(f"{path}?{urlencode({**wanted, 'lang': language})}", status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def words_of(form: Mapping[str, str], texts: Collection[str]) -> str:
    """What a person wrote in those fields of a form, in one text."""
    written = (form.get(name, "") for name in texts)
    return "\n\n".join(one for one in written if one)


def fault_of(error: DomainError | None) -> str:
    """The field that an error is about; empty for none."""
    return "" if error is None or error.field is None else error.field


__all__ = [
    "DESK_LANGUAGES",
    "Do",
    "Front",
    "FrontPages",
    "Show",
    "fault_of",
    "redirect",
    "status_of",
    "words_of",
]
