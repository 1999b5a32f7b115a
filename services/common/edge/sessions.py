"""A person at a browser who has shown the key of a desk: sessions for pages, and their forms.

Owns the signed cookie that stands for a key, how long it is good, the token that every form of a
session carries, and how often an address may try a wrong key. Nothing is kept here: whoever has the
secret knows every session, so that any replica answers. As with tokens the caller is looked up
again at each request, so that a session gives nothing that the file of callers no longer gives.
What the pages show is left to the service, the keys themselves to `access`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.requests import HTTPConnection

from services.common.edge.access import Caller, Callers, mark, refused
from services.common.edge.limits import TooMany, WindowLimit, subscriber
from services.common.kernel import DomainError, Kind
from services.common.process import metrics

log = logging.getLogger(__name__)

# A session ends so long after its last request. Longer: a desk that was left open is anybody's who
# walks by. Shorter: who reads a long inquiry has to sign in again.
IDLE = timedelta(minutes=30)
# A session ends so long after it began, whatever happens in it: a working day.
LONGEST = timedelta(hours=10)
# Wrong keys of one address within the time. More: a machine that tries keys costs more. Fewer: who
# pastes the wrong line twice must wait.
WRONG_KEYS, WRONG_WITHIN = 5, timedelta(minutes=1)
# A cookie longer than this is none of ours and is not looked at.
_LONGEST_COOKIE = 1024
# The same of what a person's browser keeps for them. Browsers drop cookies beyond 4096 bytes.
_LONGEST_WORDS = 3072
_ID_BYTES = 16
# What Sec-Fetch-Site says of a form on a page of ours, and of an address that a person typed.
_OUR_SITE = ("same-origin", "none")

SessionSecret = Annotated[
    SecretStr,
    Field(
        min_length=16,
        description="Key of the sessions of those who sign in at the desk, the same on every"
        " replica; a new one ends all of them",
    ),
]
OverTls = Annotated[
    bool,
    Field(
        description="Whether browsers reach the desk by https: its cookie then goes no other way."
        " false is for a trial on one machine",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person signed in at one browser. `id` is no secret: it tells two who use the same key
    apart. Every form that has an effect carries `form_token`, which no other site can know."""

    id: str
    caller: Caller
    mark: str
    began_at: datetime
    form_token: str


class _Signed(BaseModel):
    """What the cookie says: the session, its caller, the mark of the key, when it began and when
    its last request was, in seconds."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    id: str
    caller: str
    mark: str
    began: int
    seen: int


class _Remembered(BaseModel):
    """What the browser keeps for a person: of which session, and the words by their names."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    id: str
    words: dict[str, str]


class Sessions:
    """The sessions of one desk.

    `desk` names it: another desk's sessions are none here, even under the same secret. `over_tls`
    says whether browsers come by https.
    """

    def __init__(
        self,
        desk: str,
        *,
        callers: Callers,
        secret: SecretStr,
        over_tls: bool,
        sender_of: Callable[[HTTPConnection], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._desk = desk
        self._callers = callers
        self._secret = secret.get_secret_value().encode()
        self._over_tls = over_tls
        self._sender_of = sender_of
        self._clock = clock
        self._wrong = WindowLimit(WRONG_KEYS, WRONG_WITHIN)
        # With this prefix a browser takes the cookie from this host alone, and only by https
        # (RFC 6265bis, 4.1.3.2).
        self.cookie = f"__Host-{desk}-desk" if over_tls else f"{desk}-desk"
        self._words_cookie = f"{self.cookie}-words"

    def sign_in(self, request: Request, key: str) -> Session:
        """A session for whoever shows a caller's key; a token gets none.

        Raises `cross_site` (FORBIDDEN) for a form of another site, UNAUTHENTICATED `key_missing`
        and `key_unknown`, and TooMany after WRONG_KEYS wrong ones of an address.
        """
        self._of_this_site(request)
        sender, now = subscriber(self._sender_of(request)), self._clock()
        wait = self._wrong.wait(sender, now)
        if wait is not None:
            raise TooMany("too_many_keys", "too many wrong keys: wait a minute", retry_after=wait)
        given = mark(key)
        try:
            caller = self._callers.of(key)
            if self._callers.with_mark(caller.id, given) is None:
                raise refused("key_unknown", "a token opens no session: show the key itself")
        except DomainError:
            self._wrong.take(sender, now)
            raise
        session = self._session(secrets.token_urlsafe(_ID_BYTES), caller, given, now)
        log.info("session.began", extra={"caller": caller.id, "session": session.id})
        return session

    def of(self, request: Request) -> Session:
        """The session of a request.

        Raises UNAUTHENTICATED: `session_missing` without a cookie, `session_unknown` for one that
        was not made here, `session_ended` after its time, or when its caller or key has gone.
        """
        sent = request.cookies.get(self.cookie, "")
        if not sent:
            raise DomainError("session_missing", Kind.UNAUTHENTICATED, "sign in first")
        said = self._read(sent)
        now = self._clock()
        began, seen = _moment(said.began), _moment(said.seen)
        caller = self._callers.with_mark(said.caller, said.mark)
        if caller is None or now >= seen + IDLE or now >= began + LONGEST:
            raise DomainError("session_ended", Kind.UNAUTHENTICATED, "sign in again")
        return self._session(said.id, caller, said.mark, began)

    def of_form(self, request: Request, token: str) -> Session:
        """The session of a request that has an effect, whose form carried this token.

        Raises what `of` raises, and `cross_site` (FORBIDDEN) where the form is not of this session.
        """
        session = self.of(request)
        if not hmac.compare_digest(token.encode(), session.form_token.encode()):
            raise session.caller.forbidden("cross_site", "load the page anew and send it again")
        return session

    def keep(self, response: Response, session: Session) -> None:
        """Has the browser show the session again; its idle time begins anew."""
        said = _Signed(
            id=session.id,
            caller=session.caller.id,
            mark=session.mark,
            began=int(session.began_at.timestamp()),
            seen=int(self._clock().timestamp()),
        )
        body = _text(said.model_dump_json().encode())
        self._give(response, self.cookie, self._signed("session", body), IDLE)

    def end(self, response: Response) -> None:
        """Has the browser forget the session. A copy of its cookie is good until its time ends."""
        for name in (self.cookie, self._words_cookie):
            response.delete_cookie(
                name, path="/", secure=self._over_tls, httponly=True, samesite="strict"
            )

    def remember(self, response: Response, session: Session, words: Mapping[str, str]) -> None:
        """Has the person's own browser keep what they would write again and again, such as their
        name, for this session alone: who signs in next at the same screen is somebody else. More
        than a cookie holds is not kept."""
        said = _Remembered(id=session.id, words=dict(words))
        body = _text(said.model_dump_json().encode())
        if len(body) > _LONGEST_WORDS:
            return
        self._give(response, self._words_cookie, self._signed("words", body), LONGEST)

    def remembered(self, request: Request, session: Session) -> Mapping[str, str]:
        """What the browser keeps for this session; nothing where it keeps none."""
        body = self._body("words", request.cookies.get(self._words_cookie, ""))
        if body is None:
            return {}
        try:
            said = _Remembered.model_validate_json(_data(body))
        except ValueError:
            return {}
        return said.words if said.id == session.id else {}

    def _of_this_site(self, request: Request) -> None:
        """Before there is a session, only the browser can say whose form it is: by Sec-Fetch-Site,
        and one that does not know that header by Origin. What sends neither is no browser, and
        nobody's form made it send anything."""
        site = request.headers.get("sec-fetch-site")
        ours = site in _OUR_SITE if site is not None else _is_of_this_host(request)
        if not ours:
            metrics.CALLS_REFUSED.labels("cross_site").inc()
            raise DomainError("cross_site", Kind.FORBIDDEN, "sign in on the page of the desk")

    def _read(self, sent: str) -> _Signed:
        if len(sent) > _LONGEST_COOKIE:
            raise _unknown()
        body = self._body("session", sent)
        if body is None:
            raise _unknown()
        try:
            return _Signed.model_validate_json(_data(body))
        except ValueError:
            raise _unknown() from None

    def _session(self, id_: str, caller: Caller, key_mark: str, began_at: datetime) -> Session:
        return Session(
            id=id_,
            caller=caller,
            mark=key_mark,
            began_at=began_at,
            form_token=_text(self._digest("form", id_)),
        )

    def _give(self, response: Response, name: str, value: str, within: timedelta) -> None:
        response.set_cookie(
            name,
            value,
            max_age=int(within.total_seconds()),
            path="/",
            secure=self._over_tls,
            httponly=True,
            samesite="strict",
        )

    def _signed(self, purpose: str, body: str) -> str:
        return f"{body}.{_text(self._digest(purpose, body))}"

    def _body(self, purpose: str, sent: str) -> str | None:
        """The body of what was signed here for this purpose; None for anything else."""
        body = sent.partition(".")[0]
        is_ours = hmac.compare_digest(sent.encode(), self._signed(purpose, body).encode())
        return body if is_ours else None

    def _digest(self, purpose: str, text: str) -> bytes:
        said = f"{self._desk} {purpose} {text}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).digest()


def _is_of_this_host(request: Request) -> bool:
    """Whether the page of a form is of the host that it was sent to, as far as Origin says. A proxy
    of ours may name that host beside its own; a form sets neither header."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    hosts = (request.headers.get("host", ""), request.headers.get("x-forwarded-host", ""))
    named = {host.strip().lower() for line in hosts for host in line.split(",") if host.strip()}
    return urlsplit(origin).netloc.lower() in named


def _unknown() -> DomainError:
    return refused("session_unknown", "sign in again")


def _text(data: bytes) -> str:
    """Without padding, which a cookie would have to quote."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _data(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


__all__ = ["IDLE", "LONGEST", "OverTls", "Session", "SessionSecret", "Sessions"]
