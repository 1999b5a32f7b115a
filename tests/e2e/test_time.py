"""What time brings to a matter, through all services: overdue, the notice after thirty days, and a
holiday that is declared later."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dasan.districts.v1 import events_pb2, work_pb2

from services import cities
from simulation.judge.lifecycles import Kind
from tests.support.city import ANSWER, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]
QUESTION = {"text": "시내버스가 무정차로 지나갔습니다", "category": "bus-complaint"}


async def test_what_comes_overdue_is_told_to_the_office_the_page_and_the_citizen(
    city: City,
) -> None:
    """Another system hands on what it received 45 days ago."""
    received_at = datetime.now(UTC) - timedelta(days=45)
    body = {**QUESTION, "channel": "system", "received_at": received_at.isoformat()}
    asked = await city.ask(Kind.CASE, body)
    notice = (await city.told(asked.inquiry_id, "ProgressNoticeDue")).message
    assert (notice.number, notice.overdue, notice.accepted) == (1, True, False)
    await city.told(asked.inquiry_id, "CaseOverdue")
    item = (await city.office(notice.office_id).case(asked.inquiry_id)).item
    assert item.state == work_pb2.WORK_STATE_OPEN
    assert item.overdue_level == events_pb2.OVERDUE_LEVEL_CITY
    assert item.progress_notices == 1

    async def shown() -> bool:
        status = await city.status(asked)
        steps = {step["status"] for step in status["history"]}
        return bool(status["expected_answer_overdue"]) and {"overdue", "progress_notice"} <= steps

    await eventually(shown, 20, "the page says that it is overdue")
    told = await city.message(asked, "progress:1:1")
    assert "30일이 지났으나" in told["body"]
    assert "처리가 늦어져 죄송합니다" in told["body"]
    await city.office(notice.office_id).answer(asked.inquiry_id, ANSWER)
    answered = (await city.told(asked.inquiry_id, "CaseAnswered:1")).message
    assert answered.overdue
    assert not (await city.shows(asked, "answered"))["expected_answer_overdue"]
    assert city.lives.by_inquiry[asked.inquiry_id].doubled.count("ProgressNoticeDue") == 0


async def test_the_command_says_which_dates_a_declared_holiday_moves_and_moves_none(
    city: City, tmp_path: Path
) -> None:
    asked = await city.ask(Kind.CASE, QUESTION)
    due_at = (await city.told(asked.inquiry_id, "CaseOpened:1:1")).message.due_at
    day = due_at.ToDatetime(tzinfo=UTC).astimezone(city.pack.timezone).date()
    folder = Path(shutil.copytree(cities.PACKS / "seoul", tmp_path / "seoul"))
    calendar = folder / "calendar.yaml"
    declared = (
        f"days_off:\n- {{day: {day}, names: {{ko: 임시공휴일, en: Holiday}}, source: a test}}"
    )
    text = calendar.read_text(encoding="utf-8")
    assert "days_off: []" in text
    calendar.write_text(text.replace("days_off: []", declared), encoding="utf-8")
    environment = {**os.environ, **city.stack.service_environment(), "CITY": str(folder)}
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.districts", "recount"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said = (await command.communicate())[0].decode()
    assert command.returncode == 0
    assert re.search(rf"^{day} -> \d{{4}}-\d\d-\d\d: [1-9]", said, re.MULTILINE), said
    assert re.search(r"^[1-9]\d* would move; nothing was changed", said, re.MULTILINE), said
    item = (await city.office(await _office(city, asked.inquiry_id)).case(asked.inquiry_id)).item
    assert item.due_at == due_at


async def _office(city: City, inquiry_id: str) -> str:
    office: str = (await city.told(inquiry_id, "CaseOpened:1:1")).message.office_id
    return office
