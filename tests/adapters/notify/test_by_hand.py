"""What a person does by hand: the commands, on a real database."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mongoengine
import pytest
from pydantic import SecretStr

from deploy.local.database import Database
from services.cities import Channel, Matter
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.common.events.envelope import Envelope
from services.common.publishing.outbox import OutboxPlace
from services.common.run.settings import ServiceSettings
from services.notify.adapters.repository import ALIAS, DATABASE, delivery_store
from services.notify.domain.model import (
    Course,
    Delivery,
    Failed,
    FailureReason,
    MessageName,
    Notice,
    Waiting,
    WaitReason,
)
from services.notify.entrypoints.by_hand import COMMANDS

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACE = OutboxPlace("a-run", 7)
TOLD = Envelope(
    id="e-1",
    type="dasan.notify.v1.MessageFailed",
    source="/dasan/notify",
    key="i-1",
    data=b"",
    time=NOW,
    aggregate="i-1:received:1:1",
    version=1,
    traceparent="",
    correlation_id="i-1",
    causation_id="c-1",
)


def run(name: str, *arguments: str, url: str = "mongodb://127.0.0.1:9/") -> int:
    """As `python -m services.notify <name> <arguments>` does."""
    (command,) = [one for one in COMMANDS if one.name == name]
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    settings = ServiceSettings(mongo_url=SecretStr(url))
    return command.run("notify", settings, parser.parse_args(arguments))


@pytest.fixture
def url(database: Database) -> Iterator[str]:
    yield database.url
    mongo.connect(database.url, DATABASE, ALIAS)
    mongoengine.get_connection(ALIAS).drop_database(DATABASE)
    mongoengine.disconnect(ALIAS)


def failed(inquiry: str, at: datetime = NOW) -> Failed:
    notice = Notice(
        inquiry_id=inquiry,
        matter=Matter(
            receipt_number="261123-00001-5",
            channel=Channel.WEB,
            language="ko",
            received_at=NOW,
            has_contact=True,
        ),
        message=MessageName.RECEIVED,
        cause_type="x.Y",
        cause_event_id="e-1",
    )
    return Failed(
        notice=notice, reason=FailureReason.REJECTED, course=Course(tries=1), failed_at=at
    )


def kept(url: str, *states: Failed) -> None:
    """These lie in the database, with what they told and nobody has said to be sent."""
    mongo.connect(url, DATABASE, ALIAS)
    writes: list[Write[Delivery]] = [
        Write(
            base=0,
            after=Stored(
                id=state.notice.delivery_id,
                version=1,
                state=state,
                outbox=(TOLD,),
                outbox_at=PLACE,
            ),
        )
        for state in states
    ]
    asyncio.run(save(writes))
    mongoengine.disconnect(ALIAS)


async def save(writes: list[Write[Delivery]]) -> None:
    await delivery_store().save(writes)


async def load(*inquiries: str) -> dict[str, Stored[Delivery]]:
    return dict(await delivery_store().load([f"{one}:received:1:1" for one in inquiries]))


def test_resend_sets_what_failed_to_be_sent_and_says_so(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(url, failed("i-1"), failed("i-2", NOW - timedelta(days=9)))
    wanted = ("--since", "2026-11-23T00:00", "--reason", "rejected")
    assert run("resend", *wanted, "--dry-run", url=url) == 0
    assert capsys.readouterr().out.endswith("1 would be sent\n")
    assert run("resend", *wanted, url=url) == 0
    assert capsys.readouterr().out.endswith("1 will be sent\n")
    assert run("resend", *wanted, url=url) == 0
    assert capsys.readouterr().out.endswith("0 will be sent\n")
    stored = asyncio.run(load("i-1", "i-2"))
    again, old = stored["i-1:received:1:1"], stored["i-2:received:1:1"]
    assert isinstance(again.state, Waiting)
    assert (again.state.reason, again.version) == (WaitReason.AGAIN, 2)
    assert again.wake_at is not None
    # What it told before is still there to be told, at its place.
    assert (again.outbox, again.outbox_at) == ((TOLD,), PLACE)
    assert (old.version, old.wake_at) == (1, None)


def test_resend_says_when_the_database_is_away(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert run("resend", "--since", "2026-11-23", "--reason", "held") == 2
    finally:
        mongoengine.disconnect(ALIAS)
    assert "database_away" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--since", "yesterday", "--reason", "held"),
        ("--since", "2026-11-23", "--reason", "any"),
        ("--since", "2026-11-23", "--reason", "held", "--most", "0"),
    ],
)
def test_resend_refuses_what_it_does_not_understand(arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("resend", *arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("city", ["seoul", "boston", "saebom"])
def test_messages_writes_every_message_into_one_page_that_fetches_nothing(
    tmp_path: Path, city: str
) -> None:
    out = tmp_path / "new folder" / "messages.html"
    (command,) = [one for one in COMMANDS if one.name == "messages"]
    settings = ServiceSettings(city=city)
    assert command.run("notify", settings, argparse.Namespace(out=out)) == 0
    page = out.read_text("utf-8")
    for needed in ("transferred (", "거부 사유", "조건을 붙여", "How satisfied", "bytes"):
        assert needed in page
    assert "<script" not in page
    assert not [tag for tag in ("<img", "<link", "src=", "@import") if tag in page]
