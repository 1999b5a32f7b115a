"""Marked words of a citizen, followed everywhere: they may lie only where they belong."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from services.common.events import contracts
from simulation.actors.offices import Officer
from simulation.judge import evidence
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.support.callers import header
from tests.support.city import City

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

WORDS = "canarywords"
NAME = "Canaryname"
EMAIL = "canarymail@example.org"
PHONE = "+12025550143"
ADDRESS = "서울특별시 중구 세종대로 110 canarystreet"
LATITUDE, LONGITUDE = "37.56631234", "126.97791234"
ANSWERED = "canaryanswer"
OFFICER = Officer(unit="Front desk", name="canaryofficer", phone="02-555-0143")
COMMENT = "canarycomment"
REFUSED = "canaryrefused"

# Everything a citizen or an office said, as it might turn up anywhere.
MARKS = [
    "canary",
    PHONE.removeprefix("+"),
    "202-555-0143",
    OFFICER.phone,
    LATITUDE,
    LONGITUDE,
]


async def test_a_citizens_words_and_contact_are_nowhere_but_where_they_belong(city: City) -> None:
    contact = {"name": NAME, "email": EMAIL, "phone": PHONE}
    by_address = await city.ask(
        Kind.CASE,
        {
            "text": f"소음 {WORDS}",
            "category": "noise",
            "place": {"address": ADDRESS},
            "contact": contact,
        },
    )
    by_point = await city.ask(
        Kind.CASE,
        {
            "text": f"Loud noise at night {WORDS}",
            "place": {"lat": float(LATITUDE), "lon": float(LONGITUDE)},
            "contact": contact,
            "language": "en",
        },
    )
    secrets = []
    for asked in (by_address, by_point):
        await city.told(asked.inquiry_id, "CaseOpened:1:1")
        office = city.office(
            (await city.told(asked.inquiry_id, "InquiryAssigned:1:1")).message.office_id
        )
        assert WORDS in (await office.case(asked.inquiry_id)).text
        await office.answer(asked.inquiry_id, ANSWERED, officer=OFFICER)
        link = await survey_link(city, asked)
        page = await city.http.get(link)
        assert page.status_code == httpx.codes.OK
        stored = await city.http.post(
            link.replace("/s/", "/v1/surveys/") + "/answer", json={"score": 2, "comment": COMMENT}
        )
        assert stored.status_code == httpx.codes.CREATED, stored.text
        city.outside.survey_answered(asked)
        await city.shows(asked, "closed")
        secrets += [asked.secret, link.rpartition("/")[2]]
    await refused(city)
    await city.read_up()

    everywhere = list(await asyncio.to_thread(lambda: list(sinks(city))))
    everywhere += [(f"metrics of {name}", text) for name, text in (await metrics(city)).items()]
    leaks = {
        f"{mark!r} in {place}"
        for place, text in everywhere
        for mark in [*MARKS, *secrets]
        if mark in text
    }
    assert not leaks
    # Where they belong they must be, or the marks would prove nothing.
    kept = await asyncio.to_thread(stored_text, city)
    for service, mark in (
        ("intake", WORDS),
        ("intake", NAME),
        ("intake", "canarystreet"),
        ("districts", ANSWERED),
        ("districts", OFFICER.name),
        ("survey", COMMENT),
    ):
        assert mark in kept[service]
    for service in ("routing", "notify"):
        assert not [mark for mark in [*MARKS, *secrets] if mark in kept[service]]
    for service in ("districts", "survey"):
        assert not [m for m in (WORDS, NAME, EMAIL, PHONE, "canarystreet") if m in kept[service]]


async def test_no_subscriber_learns_of_a_sealed_matter_and_only_its_office_sees_it(
    city: City,
) -> None:
    """A report of corruption, by its category or by its words: not one event of it is where others
    may read, but for the receipt of the one whose category nobody named, and its confirmation where
    it was sent before its words were understood."""
    reports = []
    for body in ({"category": "corruption"}, {}):
        answer = await city.http.post(
            f"{city.stack.http_url('intake')}/v1/inquiries",
            json={"text": "뇌물", "contact": {"email": "reporter@example.org"}, **body},
        )
        assert answer.is_success, answer.text
        reports.append(answer.json()["inquiry_id"])
    named, said = reports
    for inquiry_id in reports:
        opened = (await city.told(inquiry_id, "CaseOpened:1:1")).message
        assert (opened.office_id, opened.matter.service_code) == ("c-audit", "corruption")
        await city.office("c-audit").answer(inquiry_id, "조사하겠습니다.")
        await city.told(inquiry_id, "CaseAnswered:1")
    await city.read_up()
    told = await asyncio.to_thread(told_of, city)
    assert set(told[named]) == {contracts.SEALED_TOPIC}
    assert b"corruption" in told[named][contracts.SEALED_TOPIC]
    sealed = told[said].pop(contracts.SEALED_TOPIC)
    assert b"c-audit" in sealed
    receipt = {"dasan.inquiries.v1"}
    assert receipt <= set(told[said]) <= receipt | {"dasan.notifications.v1"}
    for values in told[said].values():
        assert not [mark for mark in (b"corruption", b"c-audit") if mark in values]
    audit = city.stack.office_keys()["c-audit"]
    for key, status in ((audit, 200), (city.stack.key_of("desk"), 404)):
        lies = await city.http.get(
            f"{city.stack.http_url('routing')}/v1/assignments/{named}", headers=header(key)
        )
        assert lies.status_code == status


def told_of(city: City) -> dict[str, dict[str, bytes]]:
    """What was told of each inquiry, by topic."""
    found: dict[str, dict[str, bytes]] = {}
    for record in evidence.records(city.stack.broker.bootstrap, contracts.event_topics()):
        by_topic = found.setdefault(record.key.decode(), {})
        by_topic[record.topic] = by_topic.get(record.topic, b"") + record.value
    return found


async def survey_link(city: City, asked: Asked) -> str:
    """The address in the citizen's message."""
    body: str = (await city.message(asked, "survey:1"))["body"]
    return next(word for word in body.split() if "/s/" in word)


async def refused(city: City) -> None:
    """Requests that fail, each with something of a citizen's in it."""
    intake = city.stack.http_url("intake")
    for body in (
        {"text": REFUSED, "category": REFUSED},
        {"text": REFUSED, "contact": {"email": REFUSED}},
        {"text": [REFUSED], REFUSED: REFUSED},
        {"text": REFUSED, "place": {"lat": REFUSED, "lon": 1}},
    ):
        answer = await city.http.post(f"{intake}/v1/inquiries", json=body)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    broken = await city.http.post(f"{intake}/v1/inquiries", content=f'{{"text": "{REFUSED}')
    assert broken.is_client_error
    wrong = await city.http.get(f"{intake}/v1/inquiries/{REFUSED}", params={"secret": REFUSED})
    assert wrong.is_client_error
    survey = city.stack.http_url("survey")
    nobody = await city.http.get(f"{survey}/s/{REFUSED}/{REFUSED}")
    assert nobody.is_client_error


def sinks(city: City) -> Iterator[tuple[str, str]]:
    """Everything that may be read by people who have no business with a citizen's words."""
    with closing(sqlite3.connect(f"file:{city.stack.traces}?mode=ro", uri=True)) as spans:
        rows = spans.execute("SELECT service, name, attributes FROM spans").fetchall()
    assert {row[0] for row in rows} >= set(contracts.services())
    for service, name, attributes in rows:
        text = json.dumps(json.loads(attributes), ensure_ascii=False)
        yield f"a span of {service}: {name}", f"{name} {text}"
    for log in (city.stack.data / "logs").glob("*.log"):
        yield f"the log {log.name}", log.read_text("utf-8", errors="replace")
    for record in evidence.records(city.stack.broker.bootstrap, evidence.all_topics()):
        parts = [record.key or b"", record.value or b"", *(v for _, v in record.headers)]
        text = " ".join(part.decode("utf-8", errors="replace") for part in parts)
        yield f"a record of {record.topic}", text


async def metrics(city: City) -> dict[str, str]:
    """What each service shows to a monitor."""
    return {
        service: (await city.http.get(f"{city.stack.management_url(service)}/metrics")).text
        for service in contracts.services()
    }


def stored_text(city: City) -> dict[str, str]:
    """Each service's whole database as text."""
    return {
        service: json.dumps(collections, ensure_ascii=False, default=str)
        for service, collections in evidence.databases(city.stack).items()
    }
