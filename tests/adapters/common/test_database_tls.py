"""MongoDB through TLS, by the options of its address alone. The embedded server speaks none: a
proxy before it does."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import mongoengine
import pytest

from deploy.local.authority import Authority
from deploy.local.database import Database
from deploy.local.ports import HOST
from services.common.aggregates import mongo
from services.common.kernel import DomainError

ALIAS = "through-tls"


@asynccontextmanager
async def speaking_tls(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of a proxy that ends TLS and hands everything to the other port."""

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                target.write(data)
                await target.drain()
        target.close()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_it = await asyncio.open_connection(HOST, port)
        await asyncio.gather(copy(reader, to_it), copy(behind, writer))

    server = await asyncio.start_server(met, HOST, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_address_says_whom_to_trust_and_what_to_show(
    database: Database, authority: Authority, tmp_path: Path, trusted: bool
) -> None:
    certificate, key = authority.issues("database")
    own = authority.folder / "of-the-service.pem"
    own.write_bytes(b"".join(path.read_bytes() for path in authority.issues("a-service")))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    known = authority.file if trusted else Authority(tmp_path).file
    async with speaking_tls(int(database.url.split(":")[2].partition("/")[0]), context) as port:
        options = f"directConnection=true&tls=true&tlsCAFile={known}&tlsCertificateKeyFile={own}"
        mongo.connect(f"mongodb://{HOST}:{port}/?{options}&journal=true&w=majority", ALIAS, ALIAS)
        try:
            if trusted:
                await mongo.ping(ALIAS)
            else:
                with pytest.raises(DomainError) as error:
                    await mongo.ping(ALIAS)
                assert error.value.slug.startswith("database")
        finally:
            await asyncio.to_thread(mongoengine.disconnect, ALIAS)
