"""A cheap HTTP/1.1 client for load: prebuilt requests on kept connections, pipelined when needed.

General clients cost more per request than the service under test; this one is kept to what
uvicorn answers: a status line, headers with content-length, a body.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"


class Response:
    """A response: its status and body."""

    __slots__ = ("body", "status")

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[Response]] = deque()
        self.open = True
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes, only like them.
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> asyncio.Future[Response]:
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.waiting.append(answer)
        assert self._transport is not None
        self._transport.write(request)
        return answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_HEAD_END)) >= 0:
            head = bytes(self._received[:end]).lower()
            start = end + len(_HEAD_END)
            stop = start + _content_length(head)
            if len(self._received) < stop:
                return
            body = bytes(self._received[start:stop])
            del self._received[:stop]
            self.waiting.popleft().set_result(Response(int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        for answer in self.waiting:
            if not answer.done():
                answer.set_exception(error or ConnectionResetError("closed by the server"))
        self.waiting.clear()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class HttpClient:
    """Up to `connections` connections to the server at a URL."""

    def __init__(self, url: str, connections: int) -> None:
        address = urlsplit(url)
        self._host = address.hostname or ""
        self._port = address.port or 80
        self._most = connections
        self._connections: list[_Connection] = []
        self._connecting = asyncio.Lock()

    async def post(self, path: str, body: bytes, *, key: str = "") -> Response:
        """Posts JSON on the least busy connection; raises OSError when it breaks. `key` is its
        idempotency key."""
        connection = await self._least_busy()
        return await connection.send(_request(path, f"{self._host}:{self._port}", body, key))

    def close(self) -> None:
        """Lets go of the connections."""
        for connection in self._connections:
            connection.close()

    async def _least_busy(self) -> _Connection:
        if (idle := self._idle()) is not None:
            return idle
        async with self._connecting:
            if (idle := self._idle()) is not None:
                return idle
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
            self._connections.append(connection)
            return connection

    def _idle(self) -> _Connection | None:
        """A connection that waits for nothing, or the least busy when there may be no more."""
        self._connections = [c for c in self._connections if c.open]
        least = min(self._connections, key=lambda c: len(c.waiting), default=None)
        if least is not None and (not least.waiting or len(self._connections) >= self._most):
            return least
        return None


def _request(path: str, host: str, body: bytes, key: str) -> bytes:
    idempotency = f"Idempotency-Key: {key}\r\n" if key else ""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"{idempotency}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise ValueError("a response without content-length")
    return int(rest.partition(b"\r\n")[0])
