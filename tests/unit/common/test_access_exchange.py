"""`POST /v1/token` as RFC 6749 has it: what a client's library sends, and what it is answered."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from services.common.edge import access_exchange
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.http_kit import create_app
from services.common.edge.limits import Senders
from services.common.edge.readiness import Readiness
from tests.support.tokens import LIFE, MILL, Deployment, entry

GRANT = {"grant_type": "client_credentials"}
IN_FORM = {**GRANT, "client_id": "mill", "client_secret": "mill-key"}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


@pytest.fixture
async def client(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(app(deployment, issues=True)) as made:
        yield made


def calling(served: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://here")


def app(deployment: Deployment, *, issues: bool) -> FastAPI:
    served = create_app(title="here", description="tokens", readiness=Readiness())
    issuer = deployment.issuer if issues else None
    limits = TokenLimits(per_caller=2, per_address=4, sender_of=Senders(0), clock=deployment.clock)
    served.include_router(access_exchange.routes(deployment.callers, issuer, limits))
    return served


def basic(id_: str, key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{id_}:{key}'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        (basic("mill", "mill-key"), GRANT),
        (basic("mill", "mill%2Dkey"), GRANT),  # encoded as section 2.3.1 asks
        (basic("mill", "mill-key"), {**GRANT, "client_id": "mill"}),
        ({}, IN_FORM),
        ({}, {**IN_FORM, "scope": "", "resource": "what we do not know is ignored"}),
    ],
)
async def test_a_key_gets_a_token_for_all_that_its_caller_may(
    client: httpx.AsyncClient, deployment: Deployment, headers: dict[str, str], form: dict[str, str]
) -> None:
    answer = await client.post("/v1/token", data=form, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    assert deployment.callers.of(given.pop("access_token")) == MILL
    assert given == {
        "token_type": "Bearer",
        "expires_in": LIFE.total_seconds(),
        "scope": "read work",
    }


async def test_a_caller_may_ask_for_fewer_scopes(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    given = (await client.post("/v1/token", data={**IN_FORM, "scope": "read"})).json()
    assert given["scope"] == "read"
    assert deployment.callers.of(given["access_token"]).scopes == {"read"}


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({**IN_FORM, "grant_type": ""}, 400, "invalid_request"),
        ({**IN_FORM, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({**IN_FORM, "grant_type": ["client_credentials"] * 2}, 400, "invalid_request"),
        ({**IN_FORM, **{f"more-{i}": "1" for i in range(30)}}, 400, "invalid_request"),
        (GRANT, 401, "invalid_client"),
        ({**GRANT, "client_id": "mill"}, 401, "invalid_client"),
        ({**IN_FORM, "client_secret": "wrong"}, 401, "invalid_client"),
        ({**IN_FORM, "client_id": "miller"}, 401, "invalid_client"),
        ({**GRANT, "client_secret": "mill-key"}, 401, "invalid_client"),
        ({**IN_FORM, "scope": "read assign"}, 400, "invalid_scope"),
    ],
)
async def test_what_is_wrong_is_said_by_the_codes_of_the_rfc(
    client: httpx.AsyncClient, form: Mapping[str, object], status: int, error: str
) -> None:
    answer = await client.post("/v1/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert "mill-key" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        basic("mill", "wrong"),
        basic("miller", "mill-key"),
        {"Authorization": "Basic not-base64"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Bearer mill-key"},
    ],
)
async def test_who_is_not_known_by_http_basic_is_told_to_use_it(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/v1/token", data=GRANT, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_a_key_is_sent_once_and_for_its_own_caller(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    headers = basic("mill", "mill-key")
    twice = await client.post("/v1/token", data=IN_FORM, headers=headers)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    deployment.knows(entry("mill", "mill-key"), entry("hill", "hill-key"))
    other = await client.post("/v1/token", data={**GRANT, "client_id": "hill"}, headers=headers)
    assert (other.status_code, other.json()["error"]) == (401, "invalid_client")


async def test_a_token_gets_no_other_token(client: httpx.AsyncClient) -> None:
    """Else whoever took one could renew it for ever."""
    token = (await client.post("/v1/token", data=IN_FORM)).json()["access_token"]
    for form, headers in (
        ({**IN_FORM, "client_secret": token}, {}),
        (GRANT, basic("mill", token)),
        (GRANT, {"Authorization": f"Bearer {token}"}),
    ):
        answer = await client.post("/v1/token", data=form, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"", ""),
        (urlencode(IN_FORM).encode(), "text/plain"),
    ],
)
async def test_what_is_no_form_is_refused(
    client: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    answer = await client.post("/v1/token", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_where_no_tokens_are_given_the_grant_is_not_known(deployment: Deployment) -> None:
    answer = await calling(app(deployment, issues=False)).post("/v1/token", data=IN_FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_while_nobody_would_take_a_token_none_is_given(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    deployment.signs_with("two")
    answer = await client.post("/v1/token", data=IN_FORM)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:dasan:signing_key_unknown"


async def test_a_caller_gets_so_many_tokens_in_a_minute(
    client: httpx.AsyncClient, deployment: Deployment
) -> None:
    for _ in range(2):
        assert (await client.post("/v1/token", data=IN_FORM)).status_code == 200
    deployment.now += timedelta(seconds=20)
    refused = await client.post("/v1/token", data=IN_FORM)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert refused.json()["type"] == "urn:dasan:too_many_tokens"
    deployment.now += timedelta(seconds=40)
    assert (await client.post("/v1/token", data=IN_FORM)).status_code == 200


async def test_a_stranger_locks_no_caller_out_and_is_bounded_by_its_address(
    deployment: Deployment,
) -> None:
    served = app(deployment, issues=True)
    strangers, office = (
        httpx.AsyncClient(
            transport=httpx.ASGITransport(served, client=(address, 1)), base_url="http://here"
        )
        for address in ("192.0.2.1", "192.0.2.2")
    )
    async with strangers, office:
        wrong = {**IN_FORM, "client_secret": "a guess"}
        guessed = [await strangers.post("/v1/token", data=wrong) for _ in range(5)]
        assert [answer.status_code for answer in guessed] == [401] * 4 + [429]
        assert (await office.post("/v1/token", data=IN_FORM)).status_code == 200
