"""The desk of an office: who comes in, what they see, and what their forms do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.ticker import Ticker
from services.common.edge.sessions import IDLE
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.districts.application.desk_lists import PAGE_SIZE
from services.districts.application.ports import ActWords, CitizenWords
from services.districts.domain.case import commands
from services.districts.domain.case.events import (
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    CitizenActKind,
    PermitDecision,
)
from services.districts.domain.case.model import Answered, Declined, Officer
from services.districts.domain.permit.model import Terms
from services.districts.entrypoints.desk.forms import BY_ADDRESS, FORMS
from tests.component.districts.offices import NOW, SEOUL, Service, assigned, in_seoul
from tests.support.callers import header
from tests.support.kit import known, part

WORDS = "Kim Minji, 010-1234-5678: the <b>lamp</b> at our lane is out & dark"
OFFICER = {"officer_unit": "Front desk", "officer_name": "Officer Kim", "officer_phone": "02-120"}
# An office of Seoul with text blocks and permit kinds, its district, and another community office.
GANGNAM, YEOKSAM, MAPO = "d-11680", "o-1168064000", "o-1144056500"
HOUR = timedelta(hours=1)
# A permit for which the office looks at the place before it decides.
INSPECTED = next(
    code
    for code, kind in SEOUL.permit_kinds.items()
    if kind.inspection is not None and kind.inspection.before_decision
)


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


def outcome(page: str) -> str:
    """What the page says was done, or is wrong."""
    found = re.search(r'id="(?:said|error)"[^>]*>([^<]*)<', page)
    assert found is not None, page
    return found[1]


class TestSigningIn:
    async def test_without_a_session_every_page_is_the_sign_in(self, service: Service) -> None:
        holds(service, "a")
        await service.assign(assigned("a"))
        browser = Browser(service)
        for path in ("/desk", "/desk/cases/a", "/desk/cases/a/answer", "/desk/consultations"):
            answer = await browser.get(path)
            assert answer.status_code == 401
            assert f'name="then" value="{path}"' in answer.text
            assert "261123-a" not in answer.text
        key = await browser.http.get("/desk", headers=header("o-mill"))
        assert key.status_code == 401
        assert not service.intake.asked

    async def test_the_offices_key_leads_on_to_the_page_that_was_asked_for(
        self, service: Service
    ) -> None:
        browser = Browser(service)
        for path in ("/desk/cases/a/request-supplement", "/desk/consultations/a/1"):
            answer = await browser.sign_in("o-mill", path)
            assert answer.headers["location"].startswith(f"{path}?")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        for elsewhere in ("//evil.example", "/desk/../v1/work", "/desk/cases/a/b/c"):
            answer = await browser.sign_in("o-mill", elsewhere)
            assert answer.headers["location"].startswith("/desk?")

    @pytest.mark.parametrize(("key", "status"), [("nobody", 401), ("", 401)])
    async def test_a_wrong_key_is_refused(self, service: Service, key: str, status: int) -> None:
        answer = await Browser(service).sign_in(key)
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers

    async def test_a_key_that_does_no_offices_work_sees_nothing(self, service: Service) -> None:
        await service.assign(assigned("a"))
        browser = Browser(service)
        await browser.http.post("/desk/sign-in", data={"key": "desk"})
        answer = await browser.get("/desk")
        assert answer.status_code == 403
        assert "cannot do an office's work" in unescape(answer.text)
        assert "261123-a" not in answer.text

    async def test_what_was_written_is_shown_where_the_session_has_ended(
        self, service: Service
    ) -> None:
        holds(service, "a")
        await service.assign(assigned("a"))
        browser = await at_the_desk(service)
        await browser.open("/desk/cases/a/answer")
        service.now += IDLE
        answer = await browser.send("/desk/cases/a/answer", text="It took <me> long", **OFFICER)
        assert answer.status_code == 401
        assert "It took &lt;me&gt; long</textarea>" in answer.text
        assert 'name="then" value="/desk/cases/a/answer"' in answer.text
        assert told(service, "a") == [CaseOpened]

    async def test_whatever_was_written_at_length_is_shown_then_and_after_a_new_sign_in(
        self, seoul: Service
    ) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        written = {"text": "Granted <so>", "conditions": "By day only", "holder": "Kim"}
        old = browser.token
        seoul.now += IDLE
        ended = await browser.send("/desk/cases/a/decide-permit", **written)
        # Another tab signs in meanwhile; this one still has the form of the session before.
        await browser.sign_in(YEOKSAM)
        stale = await browser.send("/desk/cases/a/decide-permit", form_token=old, **written)
        for answer, status in ((ended, 401), (stale, 403)):
            assert answer.status_code == status
            assert "readonly>\nGranted &lt;so&gt;\n\nBy day only</textarea>" in answer.text
        assert CaseAnswered not in told(seoul, "a")

    async def test_a_form_of_another_site_does_nothing(self, service: Service) -> None:
        holds(service, "a")
        await service.assign(assigned("a"))
        browser, other = await at_the_desk(service), await at_the_desk(service)
        await browser.open("/desk/cases/a")
        for token in ("", "guessed", other.token):
            answer = await browser.send("/desk/cases/a/accept", form_token=token)
            assert answer.status_code == 403
        assert told(service, "a") == [CaseOpened]
        done = await browser.send("/desk/cases/a/accept")
        assert done.status_code == 303

    async def test_pages_are_kept_nowhere_and_let_no_script_in(self, service: Service) -> None:
        browser = await at_the_desk(service)
        answer = await browser.get("/desk")
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy


class TestLists:
    async def test_each_piece_of_work_is_in_one_section_and_counted_there(
        self, service: Service
    ) -> None:
        await service.assign(
            assigned("late", due_at=NOW - HOUR),
            assigned("now", due_at=NOW + HOUR),
            assigned("new"),
            assigned("mine"),
            assigned("done"),
            assigned("other", "o-hill"),
        )
        for id_ in ("mine", "done"):
            await service.replica.work.carry_out("o-mill", id_, commands.Accept())
        officer = Officer(unit="u", name="n", phone="311")
        await service.replica.work.carry_out(
            "o-mill", "done", commands.Answer(text="Done.", officer=officer)
        )
        browser = await at_the_desk(service)
        page = await browser.see("/desk?lang=en")
        counts = re.findall(r'href="/desk\?section=(\w*)[^>]*>[^<]*<strong>(\d+)', page)
        # What is answered grows for years, and is not counted.
        assert dict(counts) == {"": "4", "overdue": "1", "today": "1", "new": "1", "rest": "1"}
        seen = {
            section: re.findall(r"Receipt 261123-(\w+)<", await browser.see(f"/desk?{query}"))
            for section in ("", "overdue", "today", "new", "rest", "answered", "nonsense")
            for query in [f"section={section}&lang=en"]
        }
        everything = ["late", "now", "mine", "new"]
        assert seen == {
            "": everything,
            "overdue": ["late"],
            "today": ["now"],
            "new": ["new"],
            "rest": ["mine"],
            "answered": ["done"],
            "nonsense": everything,
        }

    async def test_what_is_due_tonight_is_due_today_on_the_citys_clocks(
        self, service: Service
    ) -> None:
        """NOW is ten in the morning; midnight in Seoul is 15:00 UTC."""
        midnight = NOW.replace(hour=15)
        await service.assign(
            assigned("tonight", due_at=midnight - timedelta(milliseconds=1)),
            assigned("tomorrow", due_at=midnight),
        )
        browser = await at_the_desk(service)
        today = await browser.see("/desk?section=today&lang=en")
        assert re.findall(r"Receipt 261123-(\w+)<", today) == ["tonight"]

    async def test_filters_narrow_lists_and_counts(self, seoul: Service) -> None:
        await seoul.assign(
            assigned("hole", GANGNAM, service_code="pothole"),
            assigned("shop", GANGNAM, service_code="mail-order", permit=True),
        )
        browser = await at_the_desk(seoul, GANGNAM)
        for query, found in (
            ("service=pothole", ["hole"]),
            ("permit=yes", ["shop"]),
            ("kind=GRIEVANCE", []),
            ("service=nonsense&kind=nonsense", ["hole", "shop"]),
        ):
            page = await browser.see(f"/desk?{query}&lang=en")
            assert re.findall(r"Receipt 261123-(\w+)<", page) == found
            assert f"All open work <strong>{len(found)}</strong>" in page

    async def test_a_long_list_goes_on_page_by_page_though_time_passes(
        self, service: Service
    ) -> None:
        many = [f"n{number:03}" for number in range(2 * PAGE_SIZE + 1)]
        await service.assign(*(assigned(one, due_at=NOW - HOUR) for one in many))
        browser = await at_the_desk(service)
        page, seen = await browser.see("/desk?section=overdue&lang=en"), []
        while True:
            seen += re.findall(r"Receipt 261123-(\w+)<", page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if following is None:
                break
            service.now += timedelta(minutes=1)
            page = await browser.see(following[1])
        assert seen == many
        for never in (
            "0001-01-01T00:00:00%2B14:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
        ):
            odd = await browser.get(f"/desk?section=new&page=nonsense&as_of={never}")
            assert odd.status_code == 422
        stale = await browser.get("/desk?section=new&page=nonsense")
        assert stale.status_code == 422
        assert "Begin with the first page" in stale.text

    async def test_a_district_reads_the_list_of_its_community_offices_and_of_no_other(
        self, seoul: Service
    ) -> None:
        await seoul.assign(
            assigned("a", YEOKSAM, service_code="pothole"),
            assigned("sealed", YEOKSAM, service_code="corruption"),
            assigned("b", MAPO, service_code="pothole"),
        )
        browser = await at_the_desk(seoul, GANGNAM)
        page = await browser.see(f"/desk?office={YEOKSAM}&lang=en")
        assert re.findall(r"Receipt 261123-(\w+)<", page) == ["a"]
        assert "All open work <strong>1</strong>" in page
        assert "You can read it only" in page
        sealed = await browser.see(f"/desk?office={YEOKSAM}&service=corruption&lang=en")
        assert re.findall(r"Receipt 261123-(\w+)<", sealed) == []
        for other in (MAPO, "d-11440", "c-audit", "nowhere"):
            answer = await browser.get(f"/desk?office={other}")
            assert answer.status_code == 404
            assert "261123" not in answer.text
        dong = await at_the_desk(seoul, YEOKSAM)
        for other in (GANGNAM, "o-1168065000"):
            assert (await dong.get(f"/desk?office={other}")).status_code == 404


class TestACase:
    async def test_the_citizens_words_are_escaped_asked_for_each_look_and_stored_nowhere(
        self, service: Service
    ) -> None:
        holds(service, "a", address="<i>Mill Road</i> 1")
        await service.assign(assigned("a"))
        browser = await at_the_desk(service)
        for _ in range(2):
            answer = await browser.get("/desk/cases/a")
            assert "the &lt;b&gt;lamp&lt;/b&gt; at our lane is out &amp; dark" in answer.text
            assert "&lt;i&gt;Mill Road&lt;/i&gt; 1" in answer.text
            assert "<b>lamp" not in answer.text
        assert service.intake.asked == [("a", "o-mill")] * 2
        await browser.read(await browser.act("a", "accept"))
        assert "Minji" not in repr(service.store.documents)

    async def test_what_the_citizen_did_since_is_shown_and_escaped(self, service: Service) -> None:
        sent = ActWords(
            number=1, kind=CitizenActKind.SUPPLEMENT, round=1, request=1, text="The <deed>",
            attachments=("https://files.example/<1>",), days=0, acted_at=NOW,
        )  # fmt: skip
        holds(service, "a", acts=(sent,))
        await service.assign(assigned("a"))
        browser = await at_the_desk(service)
        page = (await browser.get("/desk/cases/a")).text
        assert "The citizen sent what was missing" in page
        assert "The &lt;deed&gt;" in page
        assert "<li>https://files.example/&lt;1&gt;</li>" in page

    async def test_while_intake_is_away_the_case_is_shown_without_the_words(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await service.assign(assigned("a"))
        browser = await at_the_desk(service)
        assert "Intake does not hold this inquiry" in await browser.see("/desk/cases/a")

        async def away(*_: str) -> None:
            raise DomainError("intake_away", Kind.UNAVAILABLE, "try again")

        monkeypatch.setattr(service.intake, "of", away)
        page = await browser.see("/desk/cases/a")
        assert "cannot be fetched now" in page
        assert "Accept" in offered(page)
        assert outcome(await browser.read(await browser.act("a", "accept"))) == "It is taken."

    async def test_it_shows_place_clock_form_and_history(self, seoul: Service) -> None:
        holds(
            seoul, "a", lat=37.4955, lon=127.0332, dong_code=YEOKSAM[2:],
            attributes=(("trade_name", "<Shop>"), ("corporation", "no")),
        )  # fmt: skip
        event = assigned("a", YEOKSAM, service_code="mail-order", permit=True, period="3d")
        matter = replace(event.matter, district_code="11680", dong_code=YEOKSAM[2:])
        await seoul.assign(replace(event, matter=matter))
        browser = await at_the_desk(seoul, YEOKSAM)
        page = (await browser.get("/desk/cases/a?lang=ko")).text
        assert "강남구 역삼1동" in page
        assert page.count('class="area marked"') == 1
        assert page.count('<circle class="spot"') == 1
        assert 'role="img" aria-label="강남구 역삼1동의 위치를 표시한 약도"' in page
        assert "상호" in page
        assert "&lt;Shop&gt;" in page
        assert "구매안전서비스 이용 확인증" in page
        assert "2026. 11. 30.(월) 10:00" in page
        assert "기한은 앞당기지 않으므로" in page
        assert "계산 과정" in page
        assert "배정" in page

    async def test_days_numbers_and_yes_or_no_of_the_form_are_written_for_a_reader(
        self, seoul: Service
    ) -> None:
        holds(
            seoul, "a", lat=37.4955, lon=127.0332, dong_code=YEOKSAM[2:],
            attributes=(
                ("sign_kind", "wall"), ("width_cm", "9999"), ("height_cm", "much"), ("lit", "yes"),
                ("shown_from", "2026-12-01"), ("of_another_year", "yes"),
            ),
        )  # fmt: skip
        await seoul.assign(assigned("a", YEOKSAM, service_code="billboard-permit", permit=True))
        browser = await at_the_desk(seoul, YEOKSAM)
        page = (await browser.get("/desk/cases/a?lang=ko")).text
        shown = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", page))
        assert shown["광고물 종류"] == "벽면 이용 간판"
        assert shown["가로(㎝)"] == "9,999"
        assert shown["세로(㎝)"] == "much"
        assert shown["조명 사용 여부"] == "예"
        assert shown["표시 시작일"] == "2026. 12. 1.(화)"
        assert shown["of_another_year"] == "yes"

    async def test_the_account_says_that_the_clock_stands_still(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "request-supplement", text="The deed, please.", days="10")
        page = await browser.see("/desk/cases/a")
        assert "The period stands still" in page
        assert "The deed, please." in page
        await seoul.later(timedelta(days=2))
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "receive-supplement")
        page = await browser.see("/desk/cases/a")
        assert "Supplement received" in page
        assert "stands still" not in page

    async def test_once_its_time_is_over_the_desk_offers_what_the_office_may_do_by_then(
        self, seoul: Service
    ) -> None:
        """No ticker has run."""
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "request-supplement", text="The deed, please.", days="10")
        assert "Answer" not in offered(await browser.see("/desk/cases/a"))
        waited = state_of(seoul, "a").file.supplements[0]
        await seoul.later(waited.answer_by + timedelta(seconds=1) - seoul.now)
        browser = await at_the_desk(seoul, YEOKSAM)
        assert "Answer" in offered(await browser.see("/desk/cases/a"))
        await browser.act("a", "answer", text="Nothing came.", **OFFICER)
        assert state_of(seoul, "a").status == "answered"

    async def test_another_tenants_case_is_as_one_that_does_not_exist(self, seoul: Service) -> None:
        holds(seoul, "a")
        await seoul.assign(assigned("a", YEOKSAM, service_code="pothole"))
        for office in (MAPO, "d-11440", "o-1168065000"):
            browser = await at_the_desk(seoul, office)
            for path in ("", "/answer", "/accept"):
                theirs = await browser.get(f"/desk/cases/a{path}")
                nobodys = await browser.get(f"/desk/cases/none{path}")
                assert theirs.status_code == nobodys.status_code == 404
                assert theirs.text == nobodys.text
            sent = await browser.send("/desk/cases/a/accept", version="1", command_id="c")
            assert sent.status_code == 404
        assert seoul.intake.asked == []
        assert told(seoul, "a") == [CaseOpened]

    async def test_a_district_reads_and_does_nothing(self, seoul: Service) -> None:
        holds(seoul, "a")
        await seoul.assign(assigned("a", YEOKSAM, service_code="pothole"))
        browser = await at_the_desk(seoul, GANGNAM)
        page = await browser.see("/desk/cases/a")
        assert "lamp" in page
        assert "You can read it; that office deals with it." in page
        assert offered(page) == set()
        for form in FORMS.values():
            where = f"/desk/cases/a/{form.address}"
            assert (await browser.get(where)).status_code == 403
            sent = await browser.send(where, command_id="c", version="1", text="x", **OFFICER)
            assert sent.status_code in (404, 422)
        assert told(seoul, "a") == [CaseOpened]

    async def test_an_address_that_is_no_act_is_not_there(self, service: Service) -> None:
        await service.assign(assigned("a"))
        browser = await at_the_desk(service)
        assert (await browser.get("/desk/cases/a/steal")).status_code == 404
        assert (await browser.send("/desk/cases/a/steal")).status_code == 404
        assert (await browser.get("/desk/cases/a/receive-supplement")).status_code == 409


# How each act is prepared, and what is filled in.
Prepared = Callable[[Service, str], Awaitable[None]]


async def opened(service: Service, id_: str) -> None:
    holds(service, id_)
    await service.assign(assigned(id_, YEOKSAM, service_code="pothole", period="5d"))


async def accepted(service: Service, id_: str) -> None:
    await opened(service, id_)
    await service.replica.work.carry_out(YEOKSAM, id_, commands.Accept())


async def waiting(service: Service, id_: str) -> None:
    await accepted(service, id_)
    asked = commands.RequestSupplement(text="The deed, please.", days=1)
    await service.replica.work.carry_out(YEOKSAM, id_, asked)


async def lapsed(service: Service, id_: str) -> None:
    await waiting(service, id_)
    await service.later(timedelta(days=3))
    await part(service.replica.districts, Ticker, "ticker").tick()


async def applied(service: Service, id_: str) -> None:
    holds(service, id_)
    bulky = assigned(id_, YEOKSAM, service_code="bulky-waste", permit=True, period="3d")
    await service.assign(bulky)


async def lacking(service: Service, id_: str) -> None:
    holds(service, id_)
    await service.assign(assigned(id_, YEOKSAM, service_code="mail-order", permit=True))


async def planned(service: Service, id_: str) -> None:
    holds(service, id_)
    shop = assigned(id_, YEOKSAM, service_code=INSPECTED, permit=True, period="7d")
    await service.assign(shop)
    await service.replica.work.carry_out(YEOKSAM, id_, commands.Accept())


async def inspected(service: Service, id_: str) -> None:
    await planned(service, id_)
    await service.replica.work.carry_out(YEOKSAM, id_, commands.OrderInspection())


async def granted(service: Service, id_: str) -> None:
    await applied(service, id_)
    await decided(service, id_, PermitDecision.GRANTED)


async def refused(service: Service, id_: str) -> None:
    await applied(service, id_)
    await decided(service, id_, PermitDecision.REFUSED)


async def objected(service: Service, id_: str) -> None:
    await refused(service, id_)
    await service.replica.work.carry_out(YEOKSAM, id_, commands.FileObjection(text="No!"))


async def decided(service: Service, id_: str, decision: PermitDecision) -> None:
    terms = Terms(to_be_collected=decision is PermitDecision.GRANTED)
    officer = Officer(unit="u", name="n", phone="311")
    command = commands.DecidePermit(decision=decision, text="So.", officer=officer, terms=terms)
    await service.replica.work.carry_out(YEOKSAM, id_, command)


ACTS: Mapping[str, tuple[Prepared, Mapping[str, str]]] = {
    "Accept": (opened, {}),
    "StartWork": (accepted, {"assignee": "K-1", "officer_code": "K-2"}),
    "Answer": (opened, {"text": "It is lit again.", **OFFICER}),
    "DecidePermit": (
        applied,
        {
            "decision": "granted_conditionally",
            "text": "Granted.",
            "holder": "Kim",
            "conditions": "By day only\r\n\r\nQuietly",
            "valid_until": "2027-11-23",
            "to_be_collected": "yes",
            **OFFICER,
        },
    ),
    "CheckApplication": (lacking, {"missing.escrow_certificate": "yes"}),
    "RecordFee": (applied, {"amount_won": "5,000", "reference": "R-1"}),
    "RequestSupplement": (accepted, {"text": "The deed, please.", "days": "10"}),
    "ReceiveSupplement": (waiting, {"officer_code": "K-1"}),
    "ProlongSupplement": (waiting, {"days": "5"}),
    "ReturnDocuments": (lapsed, {"text": "Nothing came.", **OFFICER}),
    "OrderInspection": (planned, {"officer_code": "K-1"}),
    "ProlongInspection": (inspected, {}),
    "EndInspection": (inspected, {"finding": "All as it should be."}),
    "ExtendCase": (accepted, {"amount": "2", "reason": "review", "text": "It takes longer."}),
    "Consult": (accepted, {"consulted_office_id": GANGNAM, "text": "Yours?", "days": "3"}),
    "AssignOfficer": (accepted, {"assignee": "K-1"}),
    "AddNote": (opened, {"text": "Called back.", "officer_code": "K-1"}),
    "Decline": (opened, {"reason": "wrong_place", "suggested_office_id": GANGNAM}),
    "WithdrawCase": (opened, {}),
    "RecordCollection": (granted, {"occurred_at": ""}),
    "RevokePermit": (granted, {"reason": "The ground is gone."}),
    "FileObjection": (refused, {"text": "I object."}),
    "ExtendObjection": (objected, {"reason": "review"}),
    "DecideObjection": (objected, {"upheld": "rejected", "text": "It stays."}),
}


def test_every_act_that_has_a_form_is_tried() -> None:
    assert set(ACTS) == set(FORMS)


class TestActs:
    @pytest.mark.parametrize("act", ACTS)
    async def test_each_is_offered_and_done_once_however_often_its_form_is_sent(
        self, seoul: Service, act: str
    ) -> None:
        prepare, written = ACTS[act]
        await prepare(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        assert act in offered(await browser.see("/desk/cases/a"))
        before = seoul.store.documents["a"]
        first = await browser.act("a", FORMS[act].address, **written)
        assert first.status_code == 303, outcome(first.text)
        after = seoul.store.documents["a"]
        assert after.version == before.version + 1
        assert after.state != before.state
        again = await browser.send(f"/desk/cases/a/{FORMS[act].address}", **written)
        assert again.status_code == 303
        assert again.headers["location"] == first.headers["location"]
        assert seoul.store.documents["a"].version == after.version
        assert outcome(await browser.read(again))

    @pytest.mark.parametrize("act", ACTS)
    async def test_on_a_case_that_has_changed_nothing_is_done_and_what_was_written_is_kept(
        self, seoul: Service, act: str
    ) -> None:
        prepare, written = ACTS[act]
        await prepare(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        form, where = FORMS[act], f"/desk/cases/a/{FORMS[act].address}"
        await browser.open(where if form.fields else "/desk/cases/a")
        await seoul.replica.work.carry_out(YEOKSAM, "a", commands.AddNote(text="A colleague."))
        before = seoul.store.documents["a"]
        answer = await browser.send(where, **written)
        assert answer.status_code == 412
        assert seoul.store.documents["a"].state == before.state
        page = unescape(answer.text)
        assert "has changed meanwhile" in outcome(page)
        assert "Something that is no step of the history" in page
        for text in (one for name, one in written.items() if name in ("text", "reason")):
            assert text in page
        browser.carried = hidden(answer.text)
        assert (await browser.send(where, **written)).status_code == 303
        assert seoul.store.documents["a"].version == before.version + 1

    async def test_a_conflict_shows_which_steps_came_since(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.open("/desk/cases/a/answer")
        await seoul.replica.work.carry_out(
            YEOKSAM, "a", commands.StartWork(assignee="K-9", officer_code="K-9")
        )
        answer = await browser.send("/desk/cases/a/answer", text="Mended.", **OFFICER)
        page = unescape(answer.text)
        changes = page[page.index("What has changed") :]
        assert "Work began" in changes
        assert "officer K-9" in changes
        assert "Taken" not in changes[: changes.index("</section>")]

    async def test_what_is_not_possible_any_more_gives_the_text_back(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        mine, theirs = await at_the_desk(seoul, YEOKSAM), await at_the_desk(seoul, YEOKSAM)
        await mine.open("/desk/cases/a/answer")
        await theirs.act("a", "answer", text="Theirs.", **OFFICER)
        answer = await mine.send("/desk/cases/a/answer", text="My long <answer>", **OFFICER)
        assert answer.status_code == 412
        assert "That is not possible in the present state." in answer.text
        assert "readonly>\nMy long &lt;answer&gt;</textarea>" in answer.text
        assert told(seoul, "a").count(CaseAnswered) == 1
        assert state_of(seoul, "a").reply.answer == "Theirs."

    async def test_what_was_written_for_a_case_that_has_gone_elsewhere_is_given_back(
        self, seoul: Service
    ) -> None:
        await accepted(seoul, "a")
        other = await at_the_desk(seoul, MAPO)
        for address, field in (("answer", "text"), ("end-inspection", "finding")):
            answer = await other.send(f"/desk/cases/a/{address}", **{field: "A long <text>"})
            assert answer.status_code == 404
            assert "readonly>\nA long &lt;text&gt;</textarea>" in answer.text

    async def test_what_was_handed_on_is_gone_and_the_list_says_what_was_done(
        self, seoul: Service
    ) -> None:
        await opened(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        answer = await browser.act("a", "decline", **ACTS["Decline"][1])
        assert outcome(await browser.read(answer)) == "Receipt 261123-a: handed on."
        assert told(seoul, "a") == [CaseOpened, CaseDeclined]
        declined = state_of(seoul, "a")
        assert isinstance(declined, Declined)
        assert declined.refusal.suggested_office_id == GANGNAM
        other = await at_the_desk(seoul, MAPO)
        assert 'id="said"' not in await other.see("/desk?after=a")

    async def test_what_is_due_next_is_one_step_behind_what_was_done(self, seoul: Service) -> None:
        """A case that waits for the citizen is passed over: there is nothing to do on it."""
        await waiting(seoul, "w")
        holds(seoul, "a", "b")
        later = NOW + 90 * HOUR
        await seoul.assign(assigned("a", YEOKSAM), assigned("b", YEOKSAM, due_at=later))
        browser = await at_the_desk(seoul, YEOKSAM)
        assert "/desk/cases/" not in (await browser.see("/desk?lang=en")).partition("<h1>")[0]
        page = await browser.read(await browser.act("a", "answer", text="Done.", **OFFICER))
        assert "/desk/cases/b?" in page.partition("<h1>")[0]
        page = await browser.read(await browser.act("b", "answer", text="Done.", **OFFICER))
        assert "/desk/cases/" not in page.partition("<h1>")[0]

    async def test_a_permit_is_decided_with_its_terms(self, seoul: Service) -> None:
        await applied(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "decide-permit", **ACTS["DecidePermit"][1])
        state = state_of(seoul, "a")
        assert isinstance(state, Answered)
        assert state.work.permit is not None
        [document] = state.work.permit.documents
        assert document.terms.conditions == ("By day only", "Quietly")
        assert document.terms.holder == "Kim"
        assert str(document.valid_until) == "2027-11-23"
        page = await browser.see("/desk/cases/a")
        assert document.number in page
        assert {"RecordCollection", "RevokePermit"} <= offered(page)

    async def test_who_has_written_their_name_once_finds_it_in_the_next_form(
        self, seoul: Service
    ) -> None:
        """For the session alone: who signs in next at the same screen is somebody else."""
        holds(seoul, "a", "b", "c")
        await seoul.assign(*(assigned(id_, GANGNAM) for id_ in ("a", "b", "c")))
        browser = await at_the_desk(seoul, GANGNAM)
        assert "Kim <Officer>" not in await browser.see("/desk/cases/b/answer")
        named = {**OFFICER, "officer_name": " Kim <Officer>", "officer_code": "K-7"}
        assert (await browser.act("a", "answer", text="Done.", **named)).status_code == 303
        page = (await browser.get("/desk/cases/b/answer")).text
        for name, value in (
            ("officer_name", "Kim &lt;Officer&gt;"),
            ("officer_phone", "02-120"),
            ("officer_code", "K-7"),
        ):
            assert f'id="{name}" name="{name}" value="{value}"' in page
        assert "?lang=ko" in page, "nothing is written yet"
        again = await browser.act("b", "answer", **{**named, "text": "", "officer_name": "Lee"})
        assert 'value="Lee"' in again.text, "what was written goes first"
        await browser.sign_in(GANGNAM)
        assert "Kim &lt;Officer&gt;" not in (await browser.get("/desk/cases/c/answer")).text
        browser.carried = {}
        await browser.send("/desk/sign-out")
        assert not browser.http.cookies

    async def test_words_that_the_desk_did_not_keep_itself_stand_in_no_form(
        self, seoul: Service
    ) -> None:
        holds(seoul, "a", "b")
        await seoul.assign(assigned("a", GANGNAM), assigned("b", GANGNAM))
        browser = await at_the_desk(seoul, GANGNAM)
        await browser.act("a", "answer", text="Done.", **OFFICER)
        [kept] = [one for one in browser.http.cookies.jar if one.name.endswith("-words")]
        other = await at_the_desk(seoul, GANGNAM)
        page = "/desk/cases/b/answer"
        assert "Officer Kim" in await browser.see(page)
        for client, said in (
            (browser, f"{kept.value}x"),
            (browser, "."),
            (browser, "x.y"),
            (other, kept.value or ""),
        ):
            client.http.cookies.set(kept.name, said, domain=kept.domain, path="/")
            answer = await client.get(page)
            assert (answer.status_code, "Officer Kim" in answer.text) == (200, False)

    async def test_a_time_is_read_on_the_citys_clocks(self, seoul: Service) -> None:
        await waiting(seoul, "a")
        await seoul.later(2 * HOUR)
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "receive-supplement", occurred_at="2026-11-23T11:30")
        supplement = state_of(seoul, "a").file.supplements[0]
        assert supplement.received_at == NOW + timedelta(minutes=90)

    @pytest.mark.parametrize(
        ("act", "changed", "field"),
        [
            ("Answer", {"text": " \u3164 "}, "text"),
            ("Answer", {"officer_unit": ""}, "officer_unit"),
            ("Answer", {"officer_name": ""}, "officer_name"),
            ("Answer", {"officer_phone": "call me"}, "officer_phone"),
            ("RequestSupplement", {"days": "ten"}, "days"),
            ("RequestSupplement", {"days": "91"}, "days"),
            ("RequestSupplement", {"officer_code": "홍길동"}, "officer_code"),
            ("ProlongSupplement", {"days": "9" * 30}, "days"),
            ("ExtendCase", {"amount": "50"}, "amount"),
            ("ExtendCase", {"reason": "holiday"}, "reason"),
            ("Consult", {"consulted_office_id": "nowhere"}, "consulted_office_id"),
            ("Consult", {"days": "0"}, "days"),
            ("AssignOfficer", {"assignee": "Kim Minji"}, "assignee"),
            ("AddNote", {"text": ""}, "text"),
            ("Decline", {"reason": ""}, "reason"),
            ("Decline", {"suggested_office_id": YEOKSAM}, "suggested_office_id"),
            ("DecidePermit", {"decision": "maybe"}, "decision"),
            ("DecidePermit", {"valid_until": "2026-02-30"}, "valid_until"),
            ("DecidePermit", {"valid_until": "2020-01-01"}, "valid_until"),
            ("DecidePermit", {"decision": "granted"}, "conditions"),
            ("DecidePermit", {"holder": "x" * 101}, "holder"),
            ("CheckApplication", {"missing.soul": "yes"}, "missing"),
            ("RecordFee", {"amount_won": "much"}, "amount_won"),
            ("RecordFee", {"reference": ""}, "reference"),
            ("ReceiveSupplement", {"occurred_at": "yesterday"}, "occurred_at"),
            ("ReceiveSupplement", {"occurred_at": "2031-01-01T10:00"}, "occurred_at"),
            ("RevokePermit", {"reason": ""}, "reason"),
            ("DecideObjection", {"upheld": "perhaps"}, "upheld"),
        ],
    )
    async def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
        self, seoul: Service, act: str, changed: Mapping[str, str], field: str
    ) -> None:
        prepare, written = ACTS[act]
        await prepare(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        before = seoul.store.documents["a"].version
        kept = "Kept <text>\nof two lines"
        sent = {**written, **({"text": kept} if "text" in written else {}), **changed}
        answer = await browser.act("a", FORMS[act].address, **sent)
        assert answer.status_code == 422
        assert f'class="fault" id="{field}-error"' in answer.text
        described = re.findall(r'aria-describedby="([^"]+)" aria-invalid="true"', answer.text)
        assert [one.split()[-1] for one in described] == [f"{field}-error"]
        if "text" in written and "text" not in changed:
            assert "\nKept &lt;text&gt;\nof two lines</textarea>" in answer.text
        assert seoul.store.documents["a"].version == before

    async def test_while_the_database_is_away_nothing_that_was_written_is_lost(
        self, seoul: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.open("/desk/cases/a/answer")
        load, save = seoul.store.load, seoul.store.save

        async def away(*_: Any) -> Any:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

        monkeypatch.setattr(seoul.store, "load", away)
        monkeypatch.setattr(seoul.store, "save", away)
        answer = await browser.send("/desk/cases/a/answer", text="A long <answer>", **OFFICER)
        assert answer.status_code == 503
        assert "\nA long &lt;answer&gt;</textarea>" in answer.text
        monkeypatch.setattr(seoul.store, "load", load)
        monkeypatch.setattr(seoul.store, "save", save)
        browser.carried = hidden(answer.text)
        done = await browser.send("/desk/cases/a/answer", text="A long <answer>")
        assert done.status_code == 303, outcome(done.text)
        assert state_of(seoul, "a").reply.officer.name == "Officer Kim"

    async def test_control_characters_and_line_ends_are_made_plain(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.act("a", "answer", text="One\r\ntwo\x00three", **OFFICER)
        assert state_of(seoul, "a").reply.answer == "One\ntwo three"


class TestTextBlocks:
    async def test_a_block_comes_after_what_is_written_with_its_gaps_filled(
        self, seoul: Service
    ) -> None:
        await accepted(seoul, "a")
        seoul.intake.words["a"] = replace(seoul.intake.words["a"], address="<Lane> {today} 7")
        browser = await at_the_desk(seoul, YEOKSAM)
        page = await browser.open("/desk/cases/a/answer")
        blocks = re.findall(r'<option value="([a-z-]+)"', page)
        assert "hole-filled" in blocks
        assert "lamp-mended" not in blocks
        assert "missing-documents" not in blocks
        version = seoul.store.documents["a"].version
        answer = await browser.send(
            "/desk/cases/a/answer", do="insert", block="hole-filled", text="Dear citizen,"
        )
        assert answer.status_code == 200
        text = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', answer.text, re.S)
        assert text is not None
        written = unescape(text[1])
        assert written.startswith("Dear citizen,\n\nThe pothole at <Lane> {today} 7 was filled on")
        assert "2026. 11. 23." in written
        assert "autofocus" in text[0]
        assert seoul.store.documents["a"].version == version
        browser.carried = hidden(answer.text)
        assert (await browser.send("/desk/cases/a/answer", text=written, **OFFICER)).is_redirect
        assert state_of(seoul, "a").reply.answer == written

    async def test_a_block_that_is_not_offered_is_not_put_in(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, YEOKSAM)
        await browser.open("/desk/cases/a/answer")
        for block in ("lamp-mended", "nonsense", ""):
            answer = await browser.send(
                "/desk/cases/a/answer", do="insert", block=block, text="Mine."
            )
            assert ">\nMine.</textarea>" in answer.text

    async def test_a_district_puts_no_block_into_a_form_of_its_community_office(
        self, seoul: Service
    ) -> None:
        await accepted(seoul, "a")
        browser = await at_the_desk(seoul, GANGNAM)
        answer = await browser.send("/desk/cases/a/answer", do="insert", block="hole-filled")
        assert answer.status_code == 403


class TestConsultations:
    async def test_an_office_that_is_asked_sees_the_question_alone_and_answers_once(
        self, seoul: Service
    ) -> None:
        await accepted(seoul, "a")
        question = commands.Consult(consulted_office_id=MAPO, text="Is <this> yours?", days=3)
        await seoul.replica.work.carry_out(YEOKSAM, "a", question)
        browser = await at_the_desk(seoul, MAPO)
        assert "/desk/consultations/a/1" in await browser.see("/desk/consultations")
        page = await browser.get("/desk/consultations/a/1")
        assert "Is &lt;this&gt; yours?" in page.text
        assert "lamp" not in page.text
        assert (await browser.get("/desk/cases/a")).status_code == 404
        browser.carried = hidden(page.text)
        empty = await browser.send("/desk/consultations/a/1", text="")
        assert (empty.status_code, 'id="text-error"' in empty.text) == (422, True)
        for _ in range(2):
            answer = await browser.send("/desk/consultations/a/1", text="Yes, <ours>.")
            assert answer.status_code == 303
        assert outcome(await browser.read(answer)) == "The question is answered."
        late = await browser.send("/desk/consultations/a/1", text="No, <not>.", command_id="late")
        assert late.status_code == 404
        assert "readonly>\nNo, &lt;not&gt;.</textarea>" in late.text
        [asked] = state_of(seoul, "a").file.consultations
        assert asked.answer == "Yes, <ours>."
        office = await at_the_desk(seoul, YEOKSAM)
        assert "Yes, &lt;ours&gt;." in (await office.get("/desk/cases/a")).text

    async def test_it_may_take_more_time_once(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        question = commands.Consult(consulted_office_id=MAPO, text="Yours?", days=3)
        await seoul.replica.work.carry_out(YEOKSAM, "a", question)
        [before] = state_of(seoul, "a").file.consultations
        browser = await at_the_desk(seoul, MAPO)
        where = "/desk/consultations/a/1/more-time"
        assert where in await browser.see("/desk/consultations/a/1")
        await browser.open(where)
        wrong = await browser.send(where, days="30", reason="review")
        assert (wrong.status_code, 'id="days-error"' in wrong.text) == (422, True)
        for _ in range(2):
            assert (await browser.send(where, days="2", reason="review")).status_code == 303
        [after] = state_of(seoul, "a").file.consultations
        assert after.due_at > before.due_at
        assert where not in await browser.see("/desk/consultations/a/1")
        office = await at_the_desk(seoul, YEOKSAM)
        assert "Consultation extended" in await office.see("/desk/cases/a")

    async def test_nobody_else_sees_or_answers_it(self, seoul: Service) -> None:
        await accepted(seoul, "a")
        question = commands.Consult(consulted_office_id=MAPO, text="Yours?", days=3)
        await seoul.replica.work.carry_out(YEOKSAM, "a", question)
        for office in (GANGNAM, "d-11440", "o-1168065000"):
            browser = await at_the_desk(seoul, office)
            assert "/consultations/a" not in await browser.see("/desk/consultations")
            assert (await browser.get("/desk/consultations/a/1")).status_code == 404
            sent = await browser.send("/desk/consultations/a/1", text="Mine.", command_id="c")
            assert sent.status_code == 404
        assert state_of(seoul, "a").file.consultations[0].answered_at is None
