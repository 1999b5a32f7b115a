"""What an app says of itself: its OpenAPI document with every refusal it may answer, and the
schemes by which callers are known.

A route names the refusals of its own with `refusals`; those that come from the kit (a body that is
no JSON, a key that nobody knows, a server that stops) are added here, by what the route takes.
Leaves the answering itself to `http_kit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase

PROBLEM = "application/problem+json"
_JSON = "application/json"
_SCHEMA = "Problem"
_TYPE = "urn:dasan:"
# What the framework documents for refusals that have another form here.
_UNUSED_SCHEMAS = ("HTTPValidationError", "ValidationError")
_SECONDS = {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One type of problem that a route may answer: its status, its slug, and what it means."""

    status: int
    slug: str
    meaning: str


INVALID = Refusal(
    status=422, slug="invalid_request", meaning="Something is not valid; `errors` names each field"
)
_ALWAYS = (
    Refusal(status=500, slug="internal_error", meaning="An unexpected error; it has been logged"),
    Refusal(status=503, slug="stopping", meaning="This server stops; send it again"),
)
_OF_A_BODY = (
    Refusal(status=408, slug="body_too_slow", meaning="The body did not come in time"),
    Refusal(status=413, slug="body_too_large", meaning="The body is too large"),
)
_OF_JSON = (
    Refusal(status=400, slug="body_not_utf8", meaning="The body is not text in UTF-8"),
    Refusal(status=400, slug="body_unreadable", meaning="The body cannot be read"),
    Refusal(status=415, slug="body_not_json", meaning="Send JSON, and say so in Content-Type"),
    INVALID,
)
_OF_A_KEY = (
    Refusal(status=401, slug="key_unknown", meaning="No caller has this key"),
    Refusal(status=401, slug="token_expired", meaning="The token has ended; get a new one"),
    Refusal(status=401, slug="token_unknown", meaning="It is no token of this city"),
    Refusal(status=401, slug="token_withdrawn", meaning="Its caller or key has changed"),
    Refusal(status=401, slug="tokens_not_accepted", meaning="This service takes keys only"),
    Refusal(status=403, slug="not_allowed", meaning="The caller has not the scope for this"),
)
_NO_KEY = Refusal(status=401, slug="key_missing", meaning="Send a key: Authorization: Bearer <key>")
# The stores', of every route that reads or writes.
AWAY = (
    Refusal(status=503, slug="database_away", meaning="The database cannot be reached"),
    Refusal(status=503, slug="database_slow", meaning="The database did not answer in time"),
    Refusal(status=503, slug="unreadable", meaning="A newer version wrote it"),
)
NOT_STORED = (
    *AWAY,
    Refusal(status=503, slug="contended", meaning="Too many write the same"),
    Refusal(status=503, slug="overloaded", meaning="Too much is in hand"),
    Refusal(status=503, slug="not_yet_known", meaning="The service has just started"),
    Refusal(status=503, slug="run_lapsed", meaning="The service lost touch with the others"),
)
VIEW_AWAY = Refusal(
    status=503, slug="view_away", meaning="This replica has not read yet what was told before"
)


def refusals(*found: Refusal, also: Mapping[str, Any] | None = None) -> dict[int | str, Any]:
    """The `responses` of a route that may refuse so. `also` is content of another type that the
    same statuses have, by its media type."""
    documented: dict[int | str, Any] = {}
    for refusal in found:
        _document(documented, refusal)
    for response in documented.values():
        response["content"].update(also or {})
    return documented


class Known(SecurityBase):
    """Tells the document how a caller is known. It looks at nothing: the route reads the header
    itself, because what it answers depends on more than the header."""

    def __init__(self, name: str, scheme: str, description: str) -> None:
        self.scheme_name = name
        self.model = HTTPBase(scheme=scheme, description=description)

    async def __call__(self, request: Request) -> None:
        """Nothing."""


KEY = Known(
    "Key",
    "bearer",
    "The key of a caller, or a token that `POST /v1/token` of districts gave for it",
)
# Beside a scheme in a route's `openapi_extra`: who sends no key may use the route, too.
OR_NOBODY: Mapping[str, Any] = {"security": [{}]}


class App(FastAPI):
    """An app whose document is complete."""

    def openapi(self) -> dict[str, Any]:
        """The document, made at its first reading."""
        if self.openapi_schema is None:
            complete(super().openapi())
        assert self.openapi_schema is not None, "the framework keeps what it made"
        return self.openapi_schema


def complete(document: dict[str, Any]) -> None:
    """Adds to a document of the framework what the kit answers; takes out what it never does."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in _UNUSED_SCHEMAS:
        schemas.pop(unused, None)
    schemas[_SCHEMA] = _problem_schema()
    for path in document.get("paths", {}).values():
        for operation in path.values():
            _complete(operation)


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422", "")):
        del responses["422"]
    for refusal in _of(operation):
        _document(responses, refusal)
    operation["responses"] = dict(sorted(responses.items()))


def _of(operation: Mapping[str, Any]) -> Iterable[Refusal]:
    yield from _ALWAYS
    if operation.get("parameters"):
        yield INVALID
    if "requestBody" in operation:
        yield from _OF_A_BODY
        if _JSON in operation["requestBody"]["content"]:
            yield from _OF_JSON
    security = operation.get("security", ())
    if any(KEY.scheme_name in scheme for scheme in security):
        yield from _OF_A_KEY
        # Whoever may come without a key is refused for an empty one only.
        yield _NO_KEY


def _document(responses: dict[Any, Any], refusal: Refusal) -> None:
    """Adds a refusal to those of its status."""
    response = responses.setdefault(str(refusal.status), _response(refusal.status))
    content = response.setdefault("content", {}).setdefault(PROBLEM, _content())
    type_ = f"{_TYPE}{refusal.slug}"
    types = content["schema"]["allOf"][1]["properties"]["type"]["enum"]
    if type_ in types:
        return
    types.append(type_)
    content["examples"][refusal.slug] = {
        "summary": refusal.meaning,
        "value": {
            "type": type_,
            "title": refusal.slug.replace("_", " "),
            "status": refusal.status,
            "detail": refusal.meaning,
        },
    }
    before = response.get("description", "")
    response["description"] = "; ".join(filter(None, [before, refusal.meaning]))


def _response(status: int) -> dict[str, Any]:
    match status:
        case 401:
            return {"headers": {"WWW-Authenticate": {"schema": {"type": "string"}}}}
        case 429 | 503:
            return {"headers": {"Retry-After": _SECONDS}}
        case _:
            return {}


def _content() -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{_SCHEMA}"}
    types: list[str] = []
    return {
        "schema": {"allOf": [reference, {"properties": {"type": {"enum": types}}}]},
        "examples": {},
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    fault = {
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": text, "message": text},
    }
    return {
        "title": _SCHEMA,
        "description": "Problem details (RFC 9457)",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "Names it for machines"},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What to do, for a person"},
            "errors": {
                "type": "array",
                "items": fault,
                "description": "Each field at fault and what is wrong with it",
            },
            "allowed": {
                "type": "array",
                "items": text,
                "description": "What is possible instead, where the state of things forbids this",
            },
            "version": {
                "type": "integer",
                "minimum": 0,
                "description": "Present version, where the request named another one",
            },
        },
    }
