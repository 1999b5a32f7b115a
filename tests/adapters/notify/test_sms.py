"""The SMS channel against a real HTTP gateway."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.local.ports import Ports
from services.notify.adapters.sms import SmsChannel
from services.notify.application.ports import Form
from services.notify.domain.model import Accepted, FailureReason, Later, Refused, Result

from .conftest import message


class Gateway(ThreadingHTTPServer):
    """Sends once for each idempotency key; `answers` are given to the next requests in turn."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.texts: dict[str, dict[str, str]] = {}
        self.tokens: list[str | None] = []
        self.requests = 0
        self.answers: list[tuple[int, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/messages"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests += 1
        self.server.tokens.append(self.headers["Authorization"])
        status, headers = self.server.answers.pop(0) if self.server.answers else (202, {})
        if status < 300:
            self.server.texts.setdefault(self.headers["Idempotency-Key"], body)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keeps quiet."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@asynccontextmanager
async def sms(url: str, token: str = "") -> AsyncIterator[SmsChannel]:
    channel = SmsChannel(url=url, token=token, parallel=4)
    yield channel
    await channel.close()


async def test_a_text_message_reaches_the_gateway(gateway: Gateway) -> None:
    async with sms(gateway.url, "secret") as channel:
        sent = [message("i-1:received:1:1", form=Form.SMS), message("2", form=Form.LMS)]
        assert await channel.send(sent) == [Accepted()] * 2
    to, text = "+82200000000", "안녕하세요.\n끝\n"
    assert gateway.texts == {
        "i-1:received:1:1": {"to": to, "type": "sms", "text": text},
        "2": {"to": to, "type": "lms", "text": text, "subject": "답변입니다 (1)"},
    }
    assert gateway.tokens == ["Bearer secret"] * 2


async def test_a_repetition_is_known_by_its_key(gateway: Gateway) -> None:
    async with sms(gateway.url) as channel:
        for _ in range(2):
            assert await channel.send([message("i-1:received:1:1")]) == [Accepted()]
    assert gateway.requests == 2
    assert len(gateway.texts) == 1


async def test_one_message_that_cannot_be_posted_is_refused_alone(gateway: Gateway) -> None:
    sent = [message(f"{number}") for number in range(24)]
    sent[7] = replace(message("7"), body="half a character: \ud800")
    sent[11] = message("11", phone="119")
    async with sms(gateway.url) as channel:
        results = await channel.send(sent)
    bad = {7: Refused(FailureReason.REJECTED), 11: Refused(FailureReason.BAD_ADDRESS)}
    assert results == [bad.get(number, Accepted()) for number in range(24)]
    assert len(gateway.texts) == 22


async def test_many_messages_go_out_in_their_order_of_results(gateway: Gateway) -> None:
    async with sms(gateway.url) as channel:
        assert await channel.send([message(f"{n}") for n in range(40)]) == [Accepted()] * 40
    assert len(gateway.texts) == 40


@pytest.mark.parametrize(
    ("status", "headers", "result"),
    [
        (400, {}, Refused(FailureReason.REJECTED)),
        (401, {}, Later()),
        (402, {}, Later()),
        (403, {}, Later()),
        (404, {}, Later()),
        (422, {}, Refused(FailureReason.UNDELIVERABLE)),
        (429, {"Retry-After": "30"}, Later(after=timedelta(seconds=30))),
        (429, {"Retry-After": "Mon, 23 Nov 2026 10:00:00 GMT"}, Later()),
        (500, {}, Later()),
        (503, {"Retry-After": "5"}, Later(after=timedelta(seconds=5))),
    ],
)
async def test_a_refusal_is_final_only_where_it_is_about_the_number_or_the_message(
    gateway: Gateway, status: int, headers: dict[str, str], result: Result
) -> None:
    gateway.answers = [(status, headers)]
    async with sms(gateway.url) as channel:
        assert await channel.send([message("1")]) == [result]


async def test_a_gateway_that_is_away_is_asked_again_later() -> None:
    async with sms(f"http://127.0.0.1:{Ports.free().notify_http}/") as channel:
        assert await channel.send([message("1"), message("2")]) == [Later(), Later()]
