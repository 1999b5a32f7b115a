"""The file channel on a real folder."""

from __future__ import annotations

import json
import resource
import stat
from dataclasses import replace
from pathlib import Path

from services.notify.adapters.file import FileChannel
from services.notify.domain.model import Accepted, FailureReason, Later, Refused

from .conftest import message


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_message_is_one_whole_file(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path / "not there yet")
    results = await channel.send([message("i-1:received:1:1"), message("i-1:survey:1:1")])
    assert results == [Accepted(), Accepted()]
    folder = tmp_path / "not there yet"
    assert names(folder) == ["i-1:received:1:1.json", "i-1:survey:1:1.json"]
    assert json.loads((folder / "i-1:received:1:1.json").read_text("utf-8")) == {
        "delivery_id": "i-1:received:1:1",
        "to": {"email": "a@citizen.example", "phone": "+82200000000"},
        "subject": "답변입니다 (1)",
        "body": "안녕하세요.\n끝\n",
    }


async def test_a_folder_it_makes_is_for_its_owner_alone(tmp_path: Path) -> None:
    """What lies in it are addresses and secret links."""
    folder = tmp_path / "not there yet"
    await FileChannel(folder).send([message("i-1:received:1:1")])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_repetition_leaves_one_file(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path)
    for _ in range(2):
        await channel.send([message("i-1:received:1:1")])
    assert names(tmp_path) == ["i-1:received:1:1.json"]


async def test_one_message_that_makes_no_file_is_refused_alone(tmp_path: Path) -> None:
    sent = [message(f"{number}") for number in range(24)]
    sent[7] = replace(sent[7], body="half a character: \ud800")
    results = await FileChannel(tmp_path).send(sent)
    assert results == [
        Refused(FailureReason.REJECTED) if number == 7 else Accepted() for number in range(24)
    ]
    assert len(names(tmp_path)) == 23


async def test_a_disk_that_does_not_take_it_is_asked_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert await FileChannel(tmp_path / "file").send([message("i-1:received:1:1")]) == [Later()]


async def test_a_full_disk_leaves_no_half_message(tmp_path: Path) -> None:
    """A limit on the size of files cuts a write off where a full disk would."""
    whole = await FileChannel(tmp_path).send([message("i-1:received:1:1")])
    long = replace(message("i-1:survey:1:1"), body="끝" * 2**19)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, hard))
    try:
        cut_off = await FileChannel(tmp_path).send([long])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (whole, cut_off) == ([Accepted()], [Later()])
    assert names(tmp_path) == ["i-1:received:1:1.json"]
    assert await FileChannel(tmp_path).send([long]) == [Accepted()]
