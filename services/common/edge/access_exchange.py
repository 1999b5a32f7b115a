"""`POST /v1/token`: a short-lived token in exchange for a key, by OAuth 2.0 client credentials.

Owns what RFC 6749 says of the request and its answers (sections 2.3.1, 3.2, 4.4, 5.1 and 5.2), so
that the libraries of offices and partners work as they are. Refusals therefore have the form of the
RFC and not that of problem details. What a token holds is left to `access_tokens`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Request, Security
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection
from starlette.responses import Response

from services.common.edge.access import Caller, Callers
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import FORM, media_type
from services.common.edge.limits import TooMany, WindowLimit, subscriber
from services.common.edge.openapi import Known, Refusal, refusals
from services.common.kernel import DomainError
from services.common.process import metrics

PATH = "/v1/token"
# Parameters in a request: those of the grant, and room for others, which the RFC tells us to
# ignore.
_PARAMETERS_MOST = 20
# Nothing that carries a token may stay in a cache (RFC 6749 section 5.1).
_UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# The time in which the tokens of a caller, and the requests of an address, are counted.
WINDOW = timedelta(minutes=1)
_TEXT = {"type": "string"}
_DOCUMENTED = {
    "security": [{}],
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "additionalProperties": _TEXT,  # others are ignored; none may come twice
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "scope": {**_TEXT, "description": "Some of the caller's scopes"},
                        "client_id": {**_TEXT, "description": "The caller's id"},
                        "client_secret": {**_TEXT, "description": "The caller's key"},
                    },
                }
            }
        },
    },
}


_ID_AND_KEY = Known(
    "IdAndKey", "basic", "A caller's id and its key; or send them in the form (RFC 6749, 2.3.1)"
)
_TOKEN = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {"type": "integer", "minimum": 1, "description": "Seconds"},
        "scope": _TEXT,
    },
}


def _documented(*codes: str) -> dict[str, Any]:
    properties = {"error": {"type": "string", "enum": list(codes)}, "error_description": _TEXT}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"application/json": {"schema": schema}}


_RESPONSES: dict[int | str, Any] = {
    200: {"description": "A token", "content": {"application/json": {"schema": _TOKEN}}},
    400: {
        "description": "RFC 6749, 5.2",
        "content": _documented("invalid_request", "unsupported_grant_type", "invalid_scope"),
    },
    401: {
        "description": "No caller has this id and key",
        "content": _documented("invalid_client"),
        "headers": {"WWW-Authenticate": {"schema": _TEXT}},
    },
    **refusals(
        Refusal(status=429, slug="too_many_tokens", meaning="Too many within a minute"),
        Refusal(status=503, slug="signing_key_unknown", meaning="Send the key itself meanwhile"),
    ),
}


class TokenLimits:
    """How many tokens a caller may get, and how many requests may come from an address, in a
    minute; 0 is no limit.

    What a stranger sends under the id of a caller counts for the address alone: else whoever knows
    an id could lock its caller out. A key cannot be found by trying.
    """

    def __init__(
        self,
        *,
        per_caller: int,
        per_address: int,
        sender_of: Callable[[HTTPConnection], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._callers = WindowLimit(per_caller, WINDOW)
        self._addresses = WindowLimit(per_address, WINDOW)
        self._sender_of = sender_of
        self._clock = clock

    def asked(self, request: HTTPConnection) -> None:
        """Counts a request; raises TooMany."""
        self._count(self._addresses, subscriber(self._sender_of(request)), "from here")

    def known(self, caller: Caller) -> None:
        """Counts a token of a caller; raises TooMany."""
        self._count(self._callers, caller.id, "of this caller")

    def _count(self, limit: WindowLimit, name: str, whose: str) -> None:
        now = self._clock()
        if (wait := limit.wait(name, now)) is not None:
            metrics.CALLS_REFUSED.labels("too_many_tokens").inc()
            message = f"too many requests for tokens {whose}; a token may be used until it ends"
            raise TooMany("too_many_tokens", message, retry_after=wait)
        limit.take(name, now)


class _Refused(Exception):
    """A refusal with its code of RFC 6749 section 5.2 and what to do, for a person."""

    def __init__(self, code: str, remedy: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {remedy}")
        self.code = code
        self.remedy = remedy
        self.status = status


def routes(callers: Callers, issuer: TokenIssuer | None, limits: TokenLimits) -> APIRouter:
    """The one route. Without an issuer it answers everybody that no tokens are given here."""
    router = APIRouter()

    @router.post(
        PATH,
        tags=["access"],
        openapi_extra=_DOCUMENTED,
        response_model=None,
        responses=_RESPONSES,
        dependencies=[Security(_ID_AND_KEY)],
    )
    async def token(request: Request) -> Response:
        """A token for a key. Send the caller's id and key by HTTP Basic or in the form."""
        limits.asked(request)
        try:
            answer = _exchanged(callers, issuer, limits, request, await request.body())
        except _Refused as refusal:
            return _answer(refusal)
        return JSONResponse(answer, headers=_UNCACHED)

    return router


def _exchanged(
    callers: Callers,
    issuer: TokenIssuer | None,
    limits: TokenLimits,
    request: Request,
    body: bytes,
) -> Mapping[str, Any]:
    form = _form(request, body)
    if "grant_type" not in form:
        raise _Refused("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials" or issuer is None:
        raise _Refused(
            "unsupported_grant_type",
            "the one grant is client_credentials" if issuer else "no tokens here; send your key",
        )
    caller, key = _authenticated(callers, request, form)
    wanted = _wanted(caller, form)
    limits.known(caller)
    issued = issuer.issue(caller, key, wanted)
    return {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": int(issued.life.total_seconds()),
        "scope": " ".join(sorted(issued.scopes)),
    }


def _form(request: Request, body: bytes) -> Mapping[str, str]:
    """The parameters; one without a value counts as left out (RFC 6749 section 3.2)."""
    if media_type(request) != FORM:
        raise _Refused("invalid_request", f"send the parameters as {FORM}")
    try:
        sent = parse_qsl(body.decode("utf-8"), errors="strict", max_num_fields=_PARAMETERS_MOST)
    except ValueError:
        raise _Refused("invalid_request", "the form cannot be read") from None
    form = dict(sent)
    if len(form) < len(sent):
        raise _Refused("invalid_request", "a parameter is there twice")
    return form


def _authenticated(
    callers: Callers, request: Request, form: Mapping[str, str]
) -> tuple[Caller, str]:
    """The caller, and the key by which it is known."""
    id_, key = _shown(request, form)
    caller = _known_by(callers, key)
    if caller is None or caller.id != id_ or form.get("client_id", id_) != id_:
        raise _Refused("invalid_client", "no caller has this id and key", status=401)
    return caller, key


def _shown(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """An id and a key, sent in one of the two ways of RFC 6749 section 2.3.1; "" for none."""
    authorization = request.headers.get("authorization", "")
    if not authorization:
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise _Refused("invalid_request", "send the key once: by HTTP Basic or in the form")
    return _basic(authorization)


def _known_by(callers: Callers, key: str) -> Caller | None:
    # A token does not count as a key here: whoever had one could renew it for ever.
    if "." in key:
        return None
    try:
        return callers.of(key)
    except DomainError:
        return None


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:
        return "", ""
    id_, _, key = plain.partition(":")
    return unquote_plus(id_), unquote_plus(key)


def _wanted(caller: Caller, form: Mapping[str, str]) -> frozenset[str]:
    """All scopes of the caller, unless it asks for fewer."""
    wanted = frozenset(form.get("scope", "").split())
    if not wanted <= caller.scopes:
        raise _Refused("invalid_scope", "the caller has not all of these scopes")
    return wanted or caller.scopes


def _answer(refusal: _Refused) -> JSONResponse:
    headers = dict(_UNCACHED)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="dasan"'
    body = {"error": refusal.code, "error_description": refusal.remedy}
    return JSONResponse(body, status_code=refusal.status, headers=headers)
