"""The desk of an office: who comes in, what they see, and what their forms do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.sessions import IDLE
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.districts.application.desk_lists import PAGE_SIZE
from services.districts.application.ports import CitizenWords
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
)
from services.districts.domain.case.model import Answered, Declined
from services.districts.entrypoints.desk.forms import BY_ADDRESS, FORMS
from tests.component.districts.offices import DUE, NOW, Service, assigned, in_seoul
from tests.support.callers import header
from tests.support.kit import known, part

WORDS = "Kim Minji, 010-1234-5678: the <b>lamp</b> at our lane is out & dark"
OFFICER = {"officer_unit": "Front desk", "officer_name": "Officer Kim", "officer_phone": "02-120"}
# An office of Seoul with text blocks and permit kinds, its district, and another community office.
GANGNAM, YEOKSAM = "d-11680", "o-1168064000"
HOUR = timedelta(hours=1)


class Browser:
    """Follows no redirect and keeps its cookie; sends forms as a page would."""

    def __init__(self, service: Service) -> None:
        transport = httpx.ASGITransport(service.replica.districts.web)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://districts")
        self.token = ""
        self.carried: dict[str, str] = {}

    async def sign_in(self, key: str, then: str = "") -> httpx.Response:
        answer = await self.http.post(
            "/desk/sign-in", data={"key": key, "then": then}, headers={"Accept-Language": "en"}
        )
        if answer.status_code == 303:
            self.token = hidden(await self.see("/desk?lang=en"))["form_token"]
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"Accept-Language": "en"})

    async def see(self, path: str) -> str:
        """The text of a page."""
        return unescape((await self.get(path)).text)

    async def open(self, path: str) -> str:
        """A page whose form is filled in next: what it carries is sent with it."""
        page = await self.get(path)
        assert page.status_code == 200, page.text
        self.carried = hidden(page.text)
        return unescape(page.text)

    async def send(self, path: str, **form: str) -> httpx.Response:
        return await self.http.post(
            path,
            data={"form_token": self.token, **self.carried, **form},
            headers={"Accept-Language": "en"},
        )

    async def act(self, inquiry_id: str, address: str, **form: str) -> httpx.Response:
        """Opens the form of an act and sends it."""
        takes_nothing = not BY_ADDRESS[address].fields
        where = f"/desk/cases/{inquiry_id}/{address}"
        await self.open(f"/desk/cases/{inquiry_id}" if takes_nothing else where)
        return await self.send(where, **form)

    async def read(self, answer: httpx.Response) -> str:
        """The page that a form has led to."""
        assert answer.status_code == 303, answer.text
        return await self.see(answer.headers["location"])


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name != "lang"}


def offered(page: str) -> set[str]:
    """The acts that a page of a case offers."""
    found = re.findall(r"/desk/cases/[\w-]+/([a-z-]+)\?", page)
    return {BY_ADDRESS[one].act for one in found}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    await known(made.replica.districts)
    async with running([part(made.replica.districts, GroupCommit)]):
        yield made


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    made = in_seoul()
    await known(made.replica.districts)
    async with running([part(made.replica.districts, GroupCommit)]):
        yield made


def holds(service: Service, *ids: str, text: str = WORDS, **words: Any) -> None:
    for id_ in ids:
        given = {"address": "", "dong_code": "", "lat": None, "lon": None, **words}
        service.intake.words[id_] = CitizenWords(text=text, **given)


async def at_the_desk(service: Service, office: str = "o-mill") -> Browser:
    browser = Browser(service)
    assert (await browser.sign_in(office)).status_code == 303
    return browser


def told(service: Service, inquiry_id: str) -> list[type]:
    return [type(event) for event in service.told(inquiry_id)]


def state_of(service: Service, inquiry_id: str) -> Any:
    return service.store.documents[inquiry_id].state


async def test_smoke(seoul: Service) -> None:
    holds(seoul, "a")
    await seoul.assign(assigned("a", YEOKSAM, service_code="pothole", period="5d"))
    browser = await at_the_desk(seoul, YEOKSAM)
    page = await browser.see("/desk?lang=en")
    assert "261123-a" in page
    page = await browser.see("/desk/cases/a")
    assert "lamp" in page
    answer = await browser.act("a", "accept")
    page = await browser.read(answer)
    assert "It is taken" in page
    for act in offered(page):
        if FORMS[act].fields:
            await browser.open(f"/desk/cases/a/{FORMS[act].address}")
