"""The page behind the secret link, as its citizen reads it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from services import cities
from services.cities import Certainty, Channel, DayOff, Matter, built_in, load
from services.common.aggregates.group_commit import GroupCommit
from services.common.pages import LANGUAGES
from services.common.run.service import running
from services.intake.domain.events import (
    CaseAnswered,
    CaseOverdue,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryUnrouted,
    InspectionDone,
    InspectionOrdered,
    OverdueLevel,
    ProgressNoticeDue,
    RepeatClosed,
)
from services.intake.domain.model import Outcome, RecountCause
from services.intake.entrypoints import pages
from services.routing.domain.assignment.model import Rule
from tests.support.calendars import with_days_off
from tests.support.kit import known, part

from .conftest import AWAY, START, World

TEXTS = Path(pages.__file__).parent / "texts"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LATER = START + timedelta(minutes=5)


async def opened(
    world: World, receipt: dict[str, str], lang: str = "", *, accept: str = BROWSER, **headers: str
) -> httpx.Response:
    path = receipt["status_url"].removeprefix("https://ask.example")
    sent = {"Accept": accept, **headers}
    return await world.client.get(path + (f"?lang={lang}" if lang else ""), headers=sent)


def text(page: httpx.Response) -> str:
    """What a reader reads: without the tags and the style, in one line."""
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return " ".join(body.split())


def assigned(
    world: World, receipt: dict[str, str], service: str = "pothole", **changes: Any
) -> InquiryAssigned:
    due = world.city.due(START, world.city.service(service).period).at
    fields: dict[str, Any] = {
        "inquiry_id": receipt["inquiry_id"],
        "matter": Matter(
            receipt_number=receipt["receipt_number"],
            channel=Channel.WEB,
            language="ko",
            received_at=START,
            has_contact=True,
            service_code=service,
            district_code="11110",
            dong_code="1111053000",
        ),
        "round": 1,
        "attempt": 1,
        "office_id": "d-11110",
        "rule": "district_of_place",
        "due_at": due,
        "assigned_at": LATER,
        **changes,
    }
    return InquiryAssigned(**fields)


def answered(
    receipt: dict[str, str],
    outcome: Outcome = Outcome.ANSWERED,
    round_: int = 1,
    entered_at: datetime = LATER,
) -> CaseAnswered:
    return CaseAnswered(
        inquiry_id=receipt["inquiry_id"],
        round=round_,
        office_id="d-11110",
        outcome=outcome,
        answered_at=LATER,
        entered_at=entered_at,
    )


def repeat_closed(receipt: dict[str, str]) -> RepeatClosed:
    return RepeatClosed(
        inquiry_id=receipt["inquiry_id"], round=1, office_id="d-11110", closed_at=LATER
    )


def unrouted(
    world: World, receipt: dict[str, str], due_at: datetime, service: str = ""
) -> InquiryUnrouted:
    """No office was found; the service was, if one is given."""
    return InquiryUnrouted(
        inquiry_id=receipt["inquiry_id"],
        matter=replace(assigned(world, receipt).matter, service_code=service),
        round=1,
        due_at=due_at,
        unrouted_at=LATER,
    )


class TestForm:
    async def test_who_asks_for_no_page_gets_what_systems_always_got(self, world: World) -> None:
        receipt = await world.receipt()
        for accept in ("*/*", "application/json", ""):
            answer = await opened(world, receipt, accept=accept)
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.json()["receipt_number"] == receipt["receipt_number"]
            assert "Accept" in answer.headers["Vary"]

    async def test_a_browser_gets_a_page_that_is_kept_nowhere(self, world: World) -> None:
        page = await opened(world, await world.receipt())
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "<script" not in page.text

    async def test_no_address_on_it_leads_to_another_host(self, world: World) -> None:
        page = await opened(world, await world.receipt())
        addresses = re.findall(r"(?:href|src|action)=\"([^\"]*)\"", page.text)
        assert addresses
        assert all(address[0] in "#?/" and address[:2] != "//" for address in addresses)


class TestLanguage:
    async def test_it_is_the_citizens(self, world: World) -> None:
        for language in LANGUAGES:
            page = await opened(world, await world.receipt(language=language))
            assert f'<html lang="{language}">' in page.text
            assert page.headers["Content-Language"] == language

    async def test_one_may_choose_another_on_it(self, world: World) -> None:
        page = await opened(world, await world.receipt(language="ko"), "en")
        assert '<html lang="en">' in page.text
        assert "Your inquiry" in text(page)

    async def test_a_wish_that_nobody_can_fill_gets_the_citys_first(self, world: World) -> None:
        receipt = await world.receipt(language="tlh")
        assert '<html lang="ko">' in (await opened(world, receipt)).text
        assert (await opened(world, receipt, accept="*/*")).status_code == 200
        (stored,) = world.store.documents.values()
        assert stored.state is not None
        assert stored.state.record.matter.language == "tlh"

    async def test_names_that_the_city_has_not_in_it_are_marked(self, world: World) -> None:
        receipt = await world.receipt(language="vi")
        await world.hear(assigned(world, receipt))
        page = await opened(world, receipt)
        name = world.city.office("d-11110").names["en"]
        assert f'<span lang="en">{name}</span>' in page.text
        assert '<ol lang="en">' in page.text, "the account of the date"


class TestWords:
    async def test_what_was_asked_is_there_in_the_citizens_words_and_as_nothing_else(
        self, world: World
    ) -> None:
        words = "가로등이 꺼졌어요\n<b>어두워요</b>"
        page = await opened(world, await world.receipt(text=words))
        assert "가로등이 꺼졌어요\n&lt;b&gt;어두워요&lt;/b&gt;" in page.text

    @pytest.mark.parametrize(
        ("place", "shown"),
        [
            ({"address": "종로구 세종대로 175"}, "종로구 세종대로 175"),
            ({"lat": 37.5663, "lon": 126.9779}, "위도 37.5663, 경도 126.9779"),
            ({"dong_code": "1111053000"}, "사직동"),
            ({"dong_code": "1111010100"}, "동 코드 1111010100"),
        ],
    )
    async def test_the_place_is_shown_in_the_form_it_was_given(
        self, world: World, place: dict[str, Any], shown: str
    ) -> None:
        assert shown in text(await opened(world, await world.receipt(place=place)))


class TestWhere:
    async def test_until_there_is_an_office_it_says_so(self, world: World) -> None:
        receipt = await world.receipt()
        assert "아직 정해지지 않았습니다" in text(await opened(world, receipt))
        due = datetime.fromisoformat(receipt["expected_answer_by"])
        await world.hear(unrouted(world, receipt, due))
        assert "담당 직원이 담당기관을 확인하고 있습니다" in text(await opened(world, receipt))

    @pytest.mark.parametrize(
        ("rule", "why"),
        [
            ("district_of_place", "해당 장소를 관할하는 구에 배정되었습니다"),
            ("city_owner", "시에서 직접 처리하는 업무"),
            ("manual", "담당 직원이 내용을 확인하여"),
            ("a_rule_of_next_year", "내용을 검토하여"),
        ],
    )
    async def test_the_office_is_named_with_the_reason(
        self, world: World, rule: str, why: str
    ) -> None:
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt, rule=rule))
        shown = text(await opened(world, receipt))
        assert why in shown
        assert "종로구" in shown
        assert world.city.service("pothole").names["ko"] in shown

    async def test_a_delegated_permit_says_by_whom(self, world: World) -> None:
        receipt = await world.receipt()
        event = assigned(
            world, receipt, office_id="o-1111053000", rule="delegated_permit",
            delegated_by="d-11110",
        )  # fmt: skip
        await world.hear(event)
        shown = text(await opened(world, receipt))
        assert "위임기관 종로구" in shown

    def test_every_rule_of_routing_has_its_reason(self) -> None:
        """The rules are routing's and those of competence the city's; that none lacks its sentence
        only a look at both can say."""
        texts = (Path(pages.__file__).parent / "texts" / "ko.yaml").read_text()
        packs = [load(pack) for pack in built_in()]
        naming = {rule.id for city in packs for rule in city.rules.rules if rule.to is not None}
        assert [rule for rule in [*Rule, *sorted(naming)] if f"why.{rule}:" not in texts] == []

    async def test_a_referral_names_the_agency_and_its_number(self, world: World) -> None:
        city = world.city
        on = START.date()
        for service in city.catalogue.values():
            if (agency := city.referral(service, on)) is None:
                continue
            for language in LANGUAGES:
                receipt = await world.receipt(language=language)
                await world.hear(assigned(world, receipt, service.code, rule="referred"))
                shown = text(await opened(world, receipt))
                assert (agency.names.get(language) or agency.names["en"]) in shown
                sourced = agency.certainty is Certainty.SOURCED
                assert (agency.number in shown) is sourced or agency.number == "120"

    async def test_where_another_rule_decided_nothing_leads_elsewhere(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt, "certificates"))
        shown = text(await opened(world, receipt))
        assert "신청하실 곳" not in shown
        assert "소관 기관" not in shown

    async def test_what_any_office_does_says_which_kind_of_office(self, world: World) -> None:
        for language in LANGUAGES:
            receipt = await world.receipt(language=language)
            await world.hear(assigned(world, receipt, "certificates", rule="any_office"))
            texts = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
            said = f"{texts['where.anywhere']} {texts['anywhere.dong']}"
            assert said in text(await opened(world, receipt))


class TestDate:
    async def test_a_call_about_a_permit_gets_the_date_of_being_told_how_to_file_it(
        self, world: World
    ) -> None:
        """Petitions Act 8: it is filed with a document, and only then does its period begin."""
        permit = next(
            service
            for service in world.city.catalogue.values()
            if service.permit and not world.city.clock.counts_hours(service.period)
        )
        receipt = await world.receipt(category=permit.code, channel="phone")
        assert receipt["expected_answer_by"] == "2026-11-23T06:00:00Z"
        assert not receipt["expected_answer_provisional"]
        shown = text(await opened(world, receipt))
        assert "문서(전자문서 포함)로 신청하셔야 하는 민원입니다" in shown
        filed = await world.receipt(category=permit.code, channel="web")
        assert filed["expected_answer_by"] > receipt["expected_answer_by"]
        assert "문서로 신청하신" not in text(await opened(world, filed))

    async def test_it_is_shown_with_its_account(self, world: World) -> None:
        receipt = await world.receipt(category="pothole")
        page = await opened(world, receipt)
        due = world.city.due_for(world.city.service("pothole"), START)
        assert "2026. 11. 26.(목) 11:00까지" in text(page)
        for line in due.explain("ko"):
            assert line in text(page)
        assert "임시로 정한" not in text(page)

    async def test_a_period_of_days_ends_with_a_day(self, world: World) -> None:
        service = next(
            service
            for service in world.city.catalogue.values()
            if not world.city.clock.counts_hours(service.period)
        )
        receipt = await world.receipt(category=service.code)
        assert re.search(r"20\d\d\. \d+\. \d+\.\(.\)까지", text(await opened(world, receipt)))

    async def test_where_nothing_matched_it_is_the_shortest_of_the_law_and_says_so(
        self, world: World
    ) -> None:
        receipt = await world.receipt(text="zzz", channel="phone")
        assert receipt["expected_answer_by"] == "2026-11-23T06:00:00Z"
        status = (await opened(world, receipt, accept="*/*")).json()
        assert status["expected_answer_provisional"] is True
        shown = text(await opened(world, receipt))
        assert "2026. 11. 23.(월) 15:00까지" in shown
        assert "잠정 처리기한 2026. 11. 23. 15:00(민원 내용이" in shown
        assert not re.search("(?<!잠정 )처리기한 20", shown), "no law sets it"
        assert "임시로 정한 기한입니다" in shown

    async def test_it_follows_the_office_with_the_old_date_the_new_one_and_why(
        self, world: World
    ) -> None:
        receipt = await world.receipt(text="zzz")
        await world.hear(assigned(world, receipt))
        shown = text(await opened(world, receipt))
        assert "2026. 11. 26.(목) 11:00까지" in shown
        assert "당초 2026. 11. 23.(월) 15:00, 변경 2026. 11. 26.(목) 11:00" in shown
        assert "담당기관과 업무가 정해졌습니다" in shown
        assert "임시로 정한" not in shown
        status = (await opened(world, receipt, accept="*/*")).json()
        assert status["expected_answer_by"] == "2026-11-26T02:00:00Z"
        assert status["expected_answer_provisional"] is False
        assert status["expected_answer_changes"] == [
            {
                "before": "2026-11-23T06:00:00Z",
                "after": "2026-11-26T02:00:00Z",
                "reason": "found_out",
                "at": "2026-11-23T02:05:00Z",
            }
        ]

    async def test_it_follows_what_waits_for_a_person_too(self, world: World) -> None:
        """Routing knows the service and not the place: the date is the service's already."""
        receipt = await world.receipt(text="zzz")
        due = world.city.due_for(world.city.service("pothole"), START)
        await world.hear(unrouted(world, receipt, due.at, "pothole"))
        shown = text(await opened(world, receipt))
        assert "당초 2026. 11. 23.(월) 15:00, 변경 2026. 11. 26.(목) 11:00" in shown
        assert "업무가 정해졌습니다. 담당기관은 확인하고 있습니다." in shown
        assert "임시로 정한" not in shown
        for line in due.explain("ko"):
            assert line in shown

    async def test_an_account_of_another_date_explains_nothing(self, world: World) -> None:
        """A holiday was declared, or the office has a date of its own: the date goes alone."""
        receipt = await world.receipt(category="pothole")
        await world.hear(assigned(world, receipt, due_at=datetime(2026, 12, 4, 9, tzinfo=UTC)))
        page = await opened(world, receipt)
        assert "2026. 12. 4.(금) 18:00까지" in text(page)
        assert "<details>" not in page.text

    async def test_a_service_that_is_gone_takes_no_page_with_it(self, world: World) -> None:
        receipt = await world.receipt()
        event = assigned(world, receipt)
        matter = replace(event.matter, service_code="gone", district_code="99999")
        await world.hear(replace(event, matter=matter, office_id="d-gone"))
        page = await opened(world, receipt)
        assert page.status_code == 200
        assert "d-gone" in text(page)

    async def test_what_no_law_sets_is_not_shown_as_law(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.intake.application.status._assumed", lambda _: True)
        shown = text(await opened(world, await world.receipt(category="pothole")))
        assert "법에서 정한 처리기간이 아니라" in shown
        assert "처리예정일 2026" in shown


class TestArbitration:
    async def test_the_desk_is_no_office_that_answers(self, world: World) -> None:
        """It says what the message says: the office is being settled, not found."""
        receipt = await world.receipt()
        desk = world.city.arbitration_office.id
        await world.hear(assigned(world, receipt, rule=Rule.ARBITRATION, office_id=desk))
        shown = text(await opened(world, receipt))
        assert "담당기관을 조정하고 있습니다" in shown
        assert "담당기관에 배정되었습니다" not in shown


class TestAnswer:
    async def test_it_comes_with_what_one_can_do_about_it(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt), answered(receipt))
        world.offices.answers[receipt["inquiry_id"]] = {1: "고쳤습니다"}
        shown = text(await opened(world, receipt))
        assert "고쳤습니다" in shown
        assert "전화 120번으로" in shown
        assert "고충민원" in shown
        assert "감독기관" not in shown, "open only after a second grievance (Decree 17(6))"
        assert not re.search("이의신청|행정심판|행정소송", shown), "nothing was decided"

    async def test_a_refusal_names_its_remedies(self, world: World) -> None:
        """Act 27(3) asks for them: objection in 60 days (35), appeal in 90 and 180, suit in 90 and
        a year; where to file each."""
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt), answered(receipt, Outcome.PERMIT_REFUSED))
        shown = text(await opened(world, receipt))
        for remedy in ("60일 이내", "90일", "180일", "1년", "「행정심판법」 제23조·제27조"):
            assert remedy in shown
        assert "「행정소송법」 제9조·제20조" in shown
        assert "「민원 처리에 관한 법률」 제35조" in shown
        assert "결정 거부(거부처분)" in shown, "as the message says"
        assert "행정기본법" not in shown

    async def test_conditions_have_the_remedies_against_any_decision(self, world: World) -> None:
        """The objection of the Petitions Act is against refusals alone: here it is that of the
        General Act on Public Administration (36), in 30 days."""
        receipt = await world.receipt()
        granted = answered(receipt, Outcome.PERMIT_GRANTED_CONDITIONALLY)
        await world.hear(assigned(world, receipt), granted)
        shown = text(await opened(world, receipt))
        assert "결정 조건부 허가" in shown
        assert "30일 이내" in shown
        assert "「행정기본법」 제36조" in shown
        assert "행정심판" in shown
        assert "제35조" not in shown
        assert "고충민원" not in shown

    async def test_without_its_words_it_says_to_come_again(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(answered(receipt))
        world.offices.away = True
        assert "지금 불러올 수 없습니다" in text(await opened(world, receipt))

    async def test_the_answers_of_earlier_rounds_stay(self, world: World) -> None:
        receipt = await world.receipt()
        world.offices.answers[receipt["inquiry_id"]] = {1: "첫 답변", 2: "둘째 답변"}
        await world.hear(answered(receipt), assigned(world, receipt, round=2))
        reopened = text(await opened(world, receipt))
        assert "다시 처리하고 있습니다(2차)" in reopened
        assert "1차 처리결과 첫 답변" in reopened
        await world.hear(answered(receipt, round_=2))
        shown = text(await opened(world, receipt))
        assert shown.index("둘째 답변") < shown.index("첫 답변")

    async def test_what_was_entered_late_says_when(self, world: World) -> None:
        """Who dates an answer back into its period is seen to have done so."""
        receipt = await world.receipt(category="pothole")
        await world.hear(assigned(world, receipt))
        late = LATER + timedelta(hours=5)
        await world.hear(answered(receipt, entered_at=late))
        assert "(2026. 11. 23.(월) 16:05 입력)" in text(await opened(world, receipt))
        status = (await opened(world, receipt, accept="*/*")).json()
        entered = {step["status"]: step["entered_at"] for step in status["history"]}
        assert entered["answered"] == "2026-11-23T07:05:00Z"
        assert entered["assigned"] is None

    async def test_another_country_has_other_remedies(self) -> None:
        boston = World(city=cities.load("boston"))
        await known(boston.service)
        async with boston.client, running([part(boston.service, GroupCommit)]):
            receipt = await boston.receipt()
            await boston.hear(answered(receipt))
            shown = text(await opened(boston, receipt))
        assert "Call 311" in shown
        assert "Anti-Corruption" not in shown


class TestRefusals:
    async def test_a_link_that_was_cut_says_what_to_do_in_the_browsers_language(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        cut = await world.client.get(
            f"/v1/inquiries/{receipt['receipt_number']}",
            headers={"Accept": BROWSER, "Accept-Language": "mn, en;q=0.5"},
        )
        assert cut.status_code == 404
        assert '<html lang="mn">' in cut.text
        assert receipt["receipt_number"] not in cut.text
        assert cut.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("added", ["x" * 200, f"?lang={'x' * 200}"])
    async def test_a_link_that_a_program_has_lengthened_is_a_page_too(
        self, world: World, added: str
    ) -> None:
        receipt = await world.receipt()
        link = receipt["status_url"].removeprefix("https://ask.example")
        page = await world.client.get(link + added, headers={"Accept": BROWSER})
        assert page.status_code == (200 if "lang" in added else 404)
        assert page.headers["Content-Type"].startswith("text/html")

    async def test_a_wrong_digit_is_told_apart(self, world: World) -> None:
        page = await world.client.get(
            "/v1/inquiries/261123-00042-1?secret=x", headers={"Accept": BROWSER}
        )
        assert page.status_code == 422
        assert "접수번호가 올바르지 않습니다" in page.text

    async def test_a_database_that_is_away_is_no_lost_inquiry(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(_: str) -> None:
            raise AWAY

        receipt = await world.receipt()
        monkeypatch.setattr(world.store, "by_id", away)
        page = await opened(world, receipt)
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) > 0
        assert "안전하게 보관되어" in page.text


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_nothing_that_a_request_says_becomes_an_address(world: World, method: str) -> None:
    """A slash too many is no page, and no redirect to whatever Host was claimed."""
    answer = await world.client.request(
        method,
        "/v1/inquiries/?secret=x",
        json={"text": "문의"},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    assert answer.status_code in (404, 405)
    assert "evil" not in answer.text + str(answer.headers)
    taken = await world.client.post(
        "/v1/inquiries", json={"text": "문의"}, headers={"Host": "evil.example"}
    )
    assert taken.json()["status_url"].startswith("https://ask.example/i/")
    assert "evil" not in taken.text + str(taken.headers)


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
async def test_receipt_and_secret_open_the_same_as_the_short_link(
    world: World, accept: str
) -> None:
    receipt = await world.receipt()
    by_link = await opened(world, receipt, accept=accept)
    by_secret = await world.client.get(
        f"/v1/inquiries/{receipt['receipt_number']}",
        params={"secret": receipt["status_secret"]},
        headers={"Accept": accept},
    )
    assert by_link.status_code == by_secret.status_code == 200
    one = [re.sub(r"\?[^\"]*lang=", "?lang=", page.text) for page in (by_link, by_secret)]
    assert one[0] == one[1]
    ours = [{**page.headers, "content-length": ""} for page in (by_link, by_secret)]
    assert ours[0] == ours[1]


class TestWhatTimeBrings:
    """The page says plainly that a date has passed or moved, in every language."""

    async def test_a_date_that_has_passed_is_said_and_who_was_reminded(self, world: World) -> None:
        receipt = await world.receipt()
        event = assigned(world, receipt)
        await world.hear(event)
        texts = _texts("ko")
        world.now = event.due_at
        assert texts["due.overdue"] not in text(await opened(world, receipt))
        world.now = event.due_at + timedelta(milliseconds=1)
        await world.hear(
            CaseOverdue(
                inquiry_id=event.inquiry_id,
                round=1,
                office_id=event.office_id,
                level=OverdueLevel.EXAMINER,
                overdue_at=world.now,
            ),
            ProgressNoticeDue(
                inquiry_id=event.inquiry_id,
                round=1,
                office_id=event.office_id,
                notice_at=world.now,
            ),
        )
        for language in LANGUAGES:
            said = text(await opened(world, receipt, language))
            for key in ("due.overdue", "step.overdue", "step.progress_notice"):
                assert _texts(language)[key] in said
        answer = (await opened(world, receipt, accept="application/json")).json()
        assert answer["expected_answer_overdue"]
        assert [step["status"] for step in answer["history"]][-2:] == ["overdue", "progress_notice"]
        await world.hear(answered(receipt))
        assert texts["due.overdue"] not in text(await opened(world, receipt))

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_while_the_place_is_inspected_it_is_not_called_late(
        self, world: World, language: str
    ) -> None:
        receipt = await world.receipt(contact={"phone": "010-0000-0001"})
        event, said = assigned(world, receipt), _texts(language)
        ordered = InspectionOrdered(
            inquiry_id=event.inquiry_id,
            round=1,
            office_id=event.office_id,
            ends_by=event.due_at + timedelta(days=7),
            ordered_at=LATER,
        )
        await world.hear(event, ordered, ordered)
        world.now = event.due_at + timedelta(days=1)
        page = html.unescape(text(await opened(world, receipt, language)))
        assert said["due.overdue"] not in page
        assert said["due.stands.inspection"] in page
        assert said["step.inspection_ordered"] in page
        found = (await opened(world, receipt, accept="application/json")).json()
        assert (found["expected_answer_overdue"], found["clock_stands"]) == (False, "inspection")
        done = InspectionDone(
            inquiry_id=event.inquiry_id, round=1, office_id=event.office_id, done_at=world.now
        )
        await world.hear(done)
        page = html.unescape(text(await opened(world, receipt, language)))
        assert said["due.overdue"] in page, "until the new date is heard of"
        assert said["due.stands.inspection"] not in page

    async def test_a_holiday_moves_the_date_and_the_count_that_explains_it(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        event = assigned(world, receipt)
        day = event.due_at.astimezone(world.city.timezone).date()
        names = {"ko": "임시공휴일", "en": "Temporary holiday"}
        city = with_days_off(world.city, [DayOff(day=day, names=names, source="a test")])
        due_at = city.due(START, city.service("pothole").period).at
        started = World(city=city, store=world.store)
        await known(started.service)
        await started.hear(
            event,
            DeadlineRecounted(
                inquiry_id=event.inquiry_id,
                round=1,
                cause=RecountCause.HOLIDAY,
                due_before=event.due_at,
                due_at=due_at,
                recounted_at=LATER,
            ),
        )
        said = text(await opened(started, receipt))
        assert _texts("ko")["due.reason.holiday"] in said
        assert "임시공휴일" in said, "the account is that of the new count"
        answer = (await opened(started, receipt, accept="application/json")).json()
        assert datetime.fromisoformat(answer["expected_answer_by"]) == due_at
        assert answer["expected_answer_changes"][-1]["reason"] == "holiday"

    async def test_the_end_of_a_day_is_written_as_messages_write_it(self, world: World) -> None:
        """Also where this replica does not know the holiday by which the date has moved."""
        receipt = await world.receipt()
        event = assigned(world, receipt, "parking-fine")
        moved = DeadlineRecounted(
            inquiry_id=event.inquiry_id,
            round=1,
            cause=RecountCause.HOLIDAY,
            due_before=event.due_at,
            due_at=event.due_at + timedelta(days=1),
            recounted_at=LATER,
        )
        await world.hear(event, moved)
        said = text(await opened(world, receipt))
        assert _texts("ko")["due.reason.holiday"] in said
        assert "23:59" not in said


def _texts(language: str) -> dict[str, str]:
    texts: dict[str, str] = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return texts


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_was_closed_as_a_repetition_says_why_and_what_can_be_done(
    world: World, lang: str
) -> None:
    receipt = await world.receipt(contact={"phone": "010-0000-0001"})
    await world.hear(assigned(world, receipt), repeat_closed(receipt))
    said = yaml.safe_load((TEXTS / f"{lang}.yaml").read_text(encoding="utf-8"))
    page = html.unescape(text(await opened(world, receipt, lang)))
    for key in ("state.repeat_closed", "closing.law", "step.repeat_closed", "remedy.grievance"):
        assert said[key] in page
    assert said["due.overdue"] not in page


async def test_the_status_says_that_it_was_closed_why_and_what_can_be_done(world: World) -> None:
    receipt = await world.receipt()
    await world.hear(assigned(world, receipt))
    before = (await opened(world, receipt, accept="application/json")).json()
    assert before["closing"] is None
    await world.hear(repeat_closed(receipt), repeat_closed(receipt))
    found = (await opened(world, receipt, accept="application/json")).json()
    assert (found["status"], found["answer"]) == ("repeat_closed", None)
    assert "제23조" in found["closing"]["reason"]
    assert len(found["closing"]["remedies"]) == 2
    assert [step["status"] for step in found["history"]].count("repeat_closed") == 1
