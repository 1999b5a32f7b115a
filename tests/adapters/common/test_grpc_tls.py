"""gRPC through TLS: who trusts whom, what is said where nobody does, and certificates that change.

Time that the files wait to be looked at again is a number here; the connections are real.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.local.authority import Authority
from services.common.edge import grpc_kit
from services.common.kernel import DomainError
from services.common.process.certificates import CertificateFiles, Pem
from services.common.process.watched_file import WatchedFiles
from tests.support.city import eventually
from tests.support.logs import logged

from .test_grpc_kit import Answers, ask, serving


@dataclass
class Side:
    """One side of a connection: its files, and a clock that says when they are looked at."""

    files: CertificateFiles
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.watched: WatchedFiles[Pem] = WatchedFiles(
            self.files.paths(), self.files.pem, lambda: self.seconds
        )

    def becomes(self, other: CertificateFiles) -> None:
        """Puts what stands in other files into these, as an orchestrator does, and a second later
        looks at them."""
        for path, new in zip(self.files.paths(), other.paths(), strict=True):
            path.write_bytes(new.read_bytes())
        self.seconds += 2


@pytest.fixture
def old(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "new")


def side(authority: Authority, folder: Path, name: str) -> Side:
    """A side with files of its own in the folder."""
    made = authority.files(name)
    (folder / name).mkdir(exist_ok=True)
    copies = [folder / name / path.name for path in made.paths()]
    for path, copy in zip(made.paths(), copies, strict=True):
        copy.write_bytes(path.read_bytes())
    authority_file, certificate, key = copies
    return Side(CertificateFiles(authority=authority_file, certificate=certificate, key=key))


@asynccontextmanager
async def guarded(server: Side, *, of_callers: bool = True) -> AsyncIterator[tuple[Answers, str]]:
    async with serving(certificates=server.watched, of_callers=of_callers) as (answers, address, _):
        yield answers, address


def channel(address: str, side: Side | None) -> Any:
    return grpc_kit.channel(address, SecretStr("k"), side.watched if side else None)


async def is_answered(channel: Any) -> bool:
    try:
        with grpc_kit.reachable("districts"):
            await ask(channel, 2.0)
    except DomainError as error:
        return error.slug != "districts_away"
    return True


async def test_both_sides_show_a_certificate_and_the_key_still_says_who_calls(
    old: Authority, tmp_path: Path
) -> None:
    async with guarded(side(old, tmp_path, "server")) as (answers, address):
        async with channel(address, side(old, tmp_path, "client")) as known:
            assert await is_answered(known)
        assert answers.keys == ["k"]
        async with channel(address, None) as plain:
            assert not await is_answered(plain)


@pytest.mark.parametrize("of_callers", [True, False])
async def test_who_shows_no_certificate_of_the_authority_is_let_in_only_where_none_is_asked_for(
    old: Authority, new: Authority, tmp_path: Path, of_callers: bool
) -> None:
    """An office trusts our authority, and need not have a certificate by it."""
    stranger = new.files("stranger")
    office = Side(
        CertificateFiles(authority=old.file, certificate=stranger.certificate, key=stranger.key)
    )
    server = side(old, tmp_path, "server")
    async with (
        guarded(server, of_callers=of_callers) as (_, address),
        channel(address, office) as shown,
    ):
        assert await is_answered(shown) is not of_callers


async def test_a_peer_that_is_not_trusted_is_away_and_the_log_says_why(
    old: Authority, new: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        guarded(side(old, tmp_path, "server")) as (_, address),
        channel(address, side(new, tmp_path, "client")) as suspicious,
    ):
        assert not await is_answered(suspicious)
    told = logged(caplog, "rpc.peer_untrusted")[0]
    assert told["peer"] == "districts"
    assert told["reason"] == "certificate_verify_failed"


async def test_a_certificate_for_another_host_is_not_trusted(
    old: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = side(old, tmp_path, "server")
    server.becomes(old.files("elsewhere", "elsewhere.example"))
    async with (
        guarded(server) as (_, address),
        channel(address, side(old, tmp_path, "client")) as careful,
    ):
        assert not await is_answered(careful)
    assert logged(caplog, "rpc.peer_untrusted")[0]["reason"] == "hostname_verification"


async def test_new_certificates_of_another_authority_count_without_a_restart(
    old: Authority, new: Authority, tmp_path: Path
) -> None:
    """First the client's change, then the server's: between the two they do not trust each other,
    and after it the same channel and the same server do."""
    server, client = side(old, tmp_path, "server"), side(old, tmp_path, "client")
    async with guarded(server) as (_, address), channel(address, client) as lasting:
        assert await is_answered(lasting)
        client.becomes(new.files("client"))
        assert not await is_answered(lasting)
        server.becomes(new.files("server"))
        await eventually(lambda: is_answered(lasting), 10, "an answer")


async def test_a_pair_that_does_not_fit_leaves_what_was_there(
    old: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The certificate was replaced, its key not yet."""
    server = side(old, tmp_path, "server")
    before = server.watched.content()
    assert server.files.certificate is not None
    server.files.certificate.write_bytes(old.issues("another")[0].read_bytes())
    server.seconds += 2
    assert server.watched.content() is before
    assert "key values mismatch" in logged(caplog, "access.file_unusable")[0]["fault"]
    async with guarded(server) as (_, address), channel(address, side(old, tmp_path, "c")) as known:
        assert await is_answered(known)
