"""The officials' desk: who comes in, what they see, and what their forms do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
import pytest
from dasan.intake.v1 import contacts_pb2

from services.cities import City, Guess
from services.common.edge.sessions import IDLE, WRONG_KEYS
from services.routing.domain.assignment.claiming import CLAIM_FOR
from services.routing.domain.assignment.events import InquiryAssigned, PlaceAsked
from services.routing.domain.assignment.model import Assigned, Unrouted
from tests.component.routing.world import TOWN, Service, open_routing, received, refusal
from tests.support.callers import header
from tests.unit.routing.town import asks

HILL = contacts_pb2.Place(dong_code="hill")
WORDS = "Kim Minji, 010-1234-5678: it is dark where the old oak stands at our lane"
NEUTRAL = "The lane has no light at night."


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


class Browser:
    """Follows no redirect and keeps its cookie; sends forms as a page would."""

    def __init__(self, service: Service) -> None:
        transport = httpx.ASGITransport(service.routing.web)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://routing")
        self.token = ""

    async def sign_in(self, key: str = "desk", then: str = "") -> httpx.Response:
        answer = await self.send("/desk/sign-in", key=key, then=then)
        if answer.status_code == 303:
            page = await self.see("/desk?lang=en")
            found = re.search('name="form_token" value="([^"]+)"', page)
            assert found is not None
            self.token = found[1]
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers={"Accept-Language": "en"})

    async def see(self, path: str) -> str:
        """The text of a page."""
        return unescape((await self.get(path)).text)

    async def send(self, path: str, **form: str) -> httpx.Response:
        return await self.http.post(
            path, data={"form_token": self.token, **form}, headers={"Accept-Language": "en"}
        )

    async def read(self, answer: httpx.Response) -> str:
        """The page that a form has led to."""
        assert answer.status_code == 303, answer.text
        return await self.see(answer.headers["location"])


async def at_the_desk(service: Service, key: str = "desk") -> Browser:
    browser = Browser(service)
    assert (await browser.sign_in(key)).status_code == 303
    return browser


async def waiting(service: Service, id_: str = "a", text: str = WORDS) -> None:
    """An inquiry that no rule understands."""
    service.intake.holds(id_, text, HILL)
    await service.routing.handle([received(id_)])
    assert isinstance(service.store.documents[id_].state, Unrouted)


async def in_arbitration(service: Service, id_: str = "a") -> None:
    service.intake.holds(id_, "")
    await service.routing.handle([received(id_, "idea"), refusal(id_, 1, "c-hall")])


def form_of(page: str) -> Mapping[str, str]:
    """The id of the form that assigns or designates."""
    found = re.search('name="form" value="([^"]+)"', page)
    assert found is not None
    return {"form": found[1]}


def assigned_to(service: Service, id_: str = "a") -> list[str]:
    return [e.office_id for e in service.told(id_) if isinstance(e, InquiryAssigned)]


class TestSigningIn:
    async def test_without_a_session_every_page_is_the_sign_in(self, service: Service) -> None:
        await waiting(service)
        browser = Browser(service)
        for path in ("/desk", "/desk/arbitrations", "/desk/matters/a"):
            answer = await browser.get(path)
            assert answer.status_code == 401
            assert f'name="then" value="{path}"' in answer.text
            assert "Kim" not in answer.text
        assert len(service.intake.asked) == 1  # routing's own
        key = await service.http.get("/desk", headers=header("desk"))
        assert key.status_code == 401

    async def test_the_right_key_leads_on_to_the_page_that_was_asked_for(
        self, service: Service
    ) -> None:
        await waiting(service)
        browser = Browser(service)
        answer = await browser.sign_in(then="/desk/matters/a")
        assert answer.headers["location"].startswith("/desk/matters/a?")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        for elsewhere in ("//evil.example", "https://evil.example", "/desk/../x", "/board"):
            answer = await browser.sign_in(then=elsewhere)
            assert answer.headers["location"].startswith("/desk?")

    async def test_a_wrong_key_is_refused_with_what_to_do_and_then_has_to_wait(
        self, service: Service
    ) -> None:
        browser = Browser(service)
        for _ in range(WRONG_KEYS):
            answer = await browser.sign_in("nobody")
            assert answer.status_code == 401
            assert "Nobody has this key" in answer.text
            assert "set-cookie" not in answer.headers
        late = await browser.sign_in()
        assert (late.status_code, late.headers["retry-after"]) == (429, "60")

    async def test_after_its_time_or_signing_out_it_is_over(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        service.now += IDLE
        late = await browser.send("/desk/matters/a/take")
        assert late.status_code == 401
        assert "was not done" in late.text
        assert 'name="then" value="/desk/matters/a"' in late.text
        browser = await at_the_desk(service)
        assert (await browser.send("/desk/sign-out")).status_code == 303
        assert (await browser.get("/desk")).status_code == 401


class TestScopes:
    @pytest.mark.parametrize("path", ["/desk", "/desk/arbitrations", "/desk/matters/a"])
    async def test_who_may_not_read_is_told_which_scope_is_missing(
        self, service: Service, path: str
    ) -> None:
        await waiting(service)
        browser = Browser(service)
        await browser.send("/desk/sign-in", key="notify")
        answer = await browser.get(path)
        assert answer.status_code == 403
        assert "lacks the scope assignments" in answer.text
        assert "Kim" not in answer.text

    async def test_who_may_only_read_sees_no_form_and_changes_nothing(
        self, service: Service
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service, "rules-desk")
        page = await browser.see("/desk/matters/a")
        assert "lacks the scope assign." in page
        assert 'action="/desk/matters' not in page
        for action in ("take", "release", "assign", "ask", "designate"):
            answer = await browser.send(
                f"/desk/matters/a/{action}", office="d-east", service="lamp", about="place"
            )
            assert answer.status_code == 403
            assert "lacks the scope assign." in answer.text
        assert service.store.documents["a"].version == 1
        confirm = await browser.get("/desk/matters/a/designate?office=d-east")
        assert confirm.status_code == 403


@pytest.fixture
async def sealing() -> AsyncIterator[Service]:
    """A town in which ideas are sealed."""
    async with open_routing(asks(TOWN, sealed="idea")) as made:
        yield made


class TestSealed:
    async def test_a_sealed_matter_is_as_if_unknown_to_all_but_a_few(
        self, sealing: Service
    ) -> None:
        await in_arbitration(sealing, "b")
        browser = await at_the_desk(sealing)
        assert "261123-b" not in await browser.see("/desk/arbitrations")
        for answer in (
            await browser.get("/desk/matters/b"),
            await browser.get("/desk/matters/b/designate?office=c-works"),
            await browser.send("/desk/matters/b/designate", office="c-works", form="1"),
            await browser.send("/desk/matters/b/take"),
        ):
            assert answer.status_code == 404
        few = await at_the_desk(sealing, "sealed-desk")
        assert "261123-b" in await few.see("/desk/arbitrations")
        assert (await few.get("/desk/matters/b")).status_code == 200

    async def test_words_that_may_be_of_a_sealed_service_are_read_by_the_few_alone(
        self, sealing: Service
    ) -> None:
        await waiting(sealing)
        stored = sealing.store.documents["a"]
        assert isinstance(stored.state, Unrouted)
        decision = stored.state.decision
        guesses = (
            Guess(service="lamp", probability=0.5, terms=("dark",)),
            Guess(service="idea", probability=0.3, terms=("oak",)),
        )
        decision = replace(decision, inputs=replace(decision.inputs, guesses=guesses))
        state = replace(stored.state, decision=decision)
        sealing.store.documents["a"] = replace(stored, state=state)
        asked = len(sealing.intake.asked)
        page = await (await at_the_desk(sealing)).see("/desk/matters/a")
        assert len(sealing.intake.asked) == asked
        assert "Minji" not in page
        assert "scope assignments:sealed" in page
        assert "Perhaps Broken street lamp" in page
        assert "Perhaps Idea" not in page
        assert "oak" not in page
        decided = (await sealing.http.get("/v1/decisions/a?language=en")).text
        assert "Perhaps Broken street lamp" in decided
        assert "Perhaps Idea" not in decided
        few = await (await at_the_desk(sealing, "sealed-desk")).see("/desk/matters/a")
        assert len(sealing.intake.asked) == asked + 1
        assert WORDS in few
        assert "Perhaps Idea" in few


class TestForms:
    ACTIONS = ("take", "release", "assign", "ask", "designate")

    async def test_a_form_of_another_site_does_nothing(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        other = await at_the_desk(service)
        for token in ("", "x", other.token):
            browser.token = token
            for action in self.ACTIONS:
                answer = await browser.send(
                    f"/desk/matters/a/{action}", office="d-east", service="lamp", about="place"
                )
                assert answer.status_code == 403
                assert "not sent from a page of the desk" in unescape(answer.text)
            assert (await browser.send("/desk/sign-out")).status_code == 403
        assert service.store.documents["a"].version == 1

    async def test_a_sentence_is_given_back_whatever_refuses_the_form(
        self, service: Service
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        old = browser.token
        sent = {"service": "lamp", "office": "d-east", "sentence": "A <neutral> sentence"}
        gone = await browser.send("/desk/matters/z/assign", **sent)
        service.now += IDLE
        ended = await browser.send("/desk/matters/a/assign", **sent)
        await browser.sign_in()
        browser.token = old
        stale = await browser.send("/desk/matters/a/assign", **sent)
        for answer, status in ((gone, 404), (ended, 401), (stale, 403)):
            assert answer.status_code == status
            assert "readonly>\nA &lt;neutral&gt; sentence</textarea>" in answer.text

    async def test_a_body_that_is_no_form_does_nothing(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        answer = await browser.http.post(
            "/desk/matters/a/assign",
            json={"form_token": browser.token, "office": "d-east", "service": "lamp"},
        )
        assert answer.status_code == 403


class TestTheQueue:
    async def test_what_is_due_first_stands_first_with_why_it_waits(self, service: Service) -> None:
        for id_ in ("a", "b"):
            await waiting(service, id_)
            service.now += timedelta(minutes=1)
        browser = await at_the_desk(service)
        page = await browser.see("/desk")
        assert "2 in all, 0 of them overdue" in page
        assert page.index("261123-a") < page.index("261123-b")
        assert "The words name no service" in page
        assert "Kim" not in page
        service.now += timedelta(days=30)
        browser = await at_the_desk(service)
        assert "2 of them overdue" in await browser.see("/desk")

    async def test_what_waits_for_its_citizen_has_a_page_of_its_own(self) -> None:
        async with open_routing(asks(TOWN)) as service:
            service.intake.holds("a", "", None)
            await service.routing.handle([received("a", "lamp")])
            browser = await at_the_desk(service)
            assert "261123-a" not in await browser.see("/desk")
            page = await browser.see("/desk?waiting_for=citizen")
            assert "261123-a" in page
            assert "answer awaited until" in page

    async def test_nothing_is_cached(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        for path in ("/desk", "/desk/matters/a", "/desk/arbitrations"):
            assert (await browser.get(path)).headers["cache-control"] == "no-store"


class TestAnOpenedMatter:
    async def test_the_words_are_asked_for_at_each_look_and_noted(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        asked = len(service.intake.asked)
        with caplog.at_level("INFO"):
            assert WORDS in await browser.see("/desk/matters/a")
            await browser.see("/desk/matters/a")
        looks = service.intake.asked[asked:]
        assert [look.purpose for look in looks] == [contacts_pb2.PURPOSE_ROUTE] * 2
        [said, _] = [r for r in caplog.records if r.message == "desk.words_shown"]
        assert (said.inquiry_id, said.caller) == ("a", "desk")  # type: ignore[attr-defined]
        assert "Minji" not in str([r.__dict__ for r in caplog.records])

    async def test_what_a_citizen_wrote_is_never_markup(self, service: Service) -> None:
        await waiting(service, text="<script>alert(1)</script><b>x")
        browser = await at_the_desk(service)
        answer = await browser.get("/desk/matters/a")
        assert "<script>" not in answer.text
        assert "<b>x" not in answer.text

    async def test_without_intake_the_rest_is_shown(self, service: Service) -> None:
        await waiting(service)
        del service.intake.words["a"]
        browser = await at_the_desk(service)
        page = await browser.see("/desk/matters/a")
        assert "Intake does not hold this inquiry" in page
        assert 'name="service"' in page

    async def test_only_offices_that_may_take_it_are_offered(self, service: Service) -> None:
        """The west has delegated market stalls to Mill, so the district has no power itself."""
        service.intake.holds("a", WORDS, contacts_pb2.Place(dong_code="mill"))
        await service.routing.handle([received("a")])
        browser = await at_the_desk(service)
        page = await browser.see("/desk/matters/a?service=market-stall")
        assert 'value="o-mill" selected' in page
        assert 'value="d-west"' not in page
        lamp = await browser.see("/desk/matters/a?service=lamp")
        assert 'value="d-west" selected' in lamp

    async def test_an_inquiry_that_is_unknown_is_said_to_be(self, service: Service) -> None:
        browser = await at_the_desk(service)
        answer = await browser.get("/desk/matters/z")
        assert answer.status_code == 404
        assert "no such inquiry" in answer.text


class TestAssigning:
    async def test_it_goes_to_the_office_and_the_page_after_says_so(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        page = await browser.see("/desk/matters/a?service=lamp")
        answer = await browser.send(
            "/desk/matters/a/assign", service="lamp", office="d-east", sentence="", **form_of(page)
        )
        after = await browser.read(answer)
        assert "Receipt 261123-a was assigned. Office: Eastbank District Office" in after
        assert 'role="status" tabindex="-1" autofocus' in after
        assert assigned_to(service) == ["d-east"]
        assert service.examples.documents == {}

    async def test_a_form_that_is_sent_twice_has_one_effect(self, service: Service) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        page = await browser.see("/desk/matters/a?service=lamp")
        form = {"service": "lamp", "office": "d-east", "sentence": NEUTRAL, **form_of(page)}
        for _ in range(2):
            after = await browser.read(await browser.send("/desk/matters/a/assign", **form))
            assert "and the sentence kept" in after
        assert assigned_to(service) == ["d-east"]
        assert len(service.examples.documents) == 1

    async def test_who_comes_too_late_is_told_where_it_lies(self, service: Service) -> None:
        await waiting(service)
        late, quick = await at_the_desk(service), await at_the_desk(service)
        old = form_of(await late.see("/desk/matters/a?service=lamp"))
        await quick.send("/desk/matters/a/assign", service="lamp", office="d-east")
        answer = await late.send(
            "/desk/matters/a/assign", service="idea", office="c-hall", sentence=NEUTRAL, **old
        )
        assert answer.status_code == 409
        page = unescape(answer.text)
        assert "Meanwhile it was given to an office" in page
        assert "It has its office: Eastbank District Office" in page
        assert assigned_to(service) == ["d-east"]
        assert service.examples.documents == {}

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"office": ""}, "Choose an office"),
            ({"office": "d-north"}, "Choose an office"),
            ({"service": "north"}, "Choose a service"),
            ({"service": "market-stall", "office": "c-works"}, "may not decide this"),
            ({"sentence": "Dark"}, "needs 5 to 200"),
            ({"sentence": "Call 010-1234-5678 about the dark lane"}, "number or address"),
            ({"sentence": "It is dark where the old oak stands."}, "repeats what the citizen"),
        ],
    )
    async def test_an_error_says_the_remedy_and_loses_nothing(
        self, service: Service, form: dict[str, str], said: str
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        sent = {"service": "lamp", "office": "d-east", "sentence": NEUTRAL, **form}
        answer = await browser.send("/desk/matters/a/assign", **sent)
        page = unescape(answer.text)
        assert answer.status_code == 422
        assert said in page
        assert 'role="alert" tabindex="-1" autofocus' in page
        assert re.search('class="fault" id="(office|service_code|sentence)-error"', page)
        assert 'aria-invalid="true"' in page
        if sent["service"] != "north":
            assert sent["sentence"] in page
            assert f'"{sent["service"]}" selected' in page
        assert isinstance(service.store.documents["a"].state, Unrouted)
        assert service.examples.documents == {}


class TestTeaching:
    async def test_a_sentence_is_kept_without_anything_of_the_inquiry(
        self, service: Service
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        page = await browser.see("/desk/matters/a?service=lamp")
        await browser.send(
            "/desk/matters/a/assign",
            service="lamp",
            office="d-east",
            sentence=f"  {NEUTRAL}\r\n",
            **form_of(page),
        )
        [stored] = service.examples.documents.values()
        assert "261123" not in str(stored)
        assert "Minji" not in str(stored)
        assert (await service.http.get("/v1/examples")).status_code == 403
        answer = await service.http.get("/v1/examples", headers=header("rules-desk"))
        [shown] = answer.json()["items"]
        assert (shown["service_code"], shown["language"], shown["text"]) == ("lamp", "en", NEUTRAL)

    async def test_the_assignment_stands_when_the_sentence_cannot_be_kept(
        self, service: Service
    ) -> None:
        await waiting(service)
        browser = await at_the_desk(service)
        answer = await browser.send(
            "/desk/matters/a/assign",
            service="lamp",
            office="d-east",
            sentence=NEUTRAL,
            form="no id",
        )
        assert "but the sentence could not be kept" in await browser.read(answer)
        assert assigned_to(service) == ["d-east"]


class TestWorkingOnIt:
    async def test_the_others_see_who_works_on_it_until_it_ends(self, service: Service) -> None:
        await waiting(service)
        one, two = await at_the_desk(service), await at_the_desk(service)
        assert "The others now see" in await one.read(await one.send("/desk/matters/a/take"))
        assert "You are working on it" in await one.see("/desk")
        assert "Somebody else (desk) is working on it" in await two.see("/desk")
        refused = await two.send("/desk/matters/a/take")
        assert refused.status_code == 409
        assert "Somebody else is working on it" in refused.text
        # It bars nobody.
        service.now += CLAIM_FOR
        assert "working on it" not in await two.see("/desk")
        assert (await two.send("/desk/matters/a/take")).status_code == 303
        after = await two.read(await two.send("/desk/matters/a/release"))
        assert "no longer see" in after
        assert "working on it" not in await one.see("/desk")
        assert service.told("a")[1:] == []

    async def test_it_bars_nobody(self, service: Service) -> None:
        await waiting(service)
        one, two = await at_the_desk(service), await at_the_desk(service)
        await one.send("/desk/matters/a/take")
        answer = await two.send("/desk/matters/a/assign", service="lamp", office="d-east")
        assert answer.status_code == 303
        late = await one.send("/desk/matters/a/take")
        assert late.status_code == 409


class TestAskingBack:
    @pytest.fixture
    def city(self) -> City:
        return asks(TOWN)

    async def test_a_person_has_the_citizen_asked_once(self, city: City) -> None:
        async with open_routing(city) as service:
            await waiting(service, text=WORDS)
            browser = await at_the_desk(service)
            page = await browser.see("/desk/matters/a")
            assert "nothing that the citizen could choose from" in page
            for _ in range(2):
                answer = await browser.send("/desk/matters/a/ask", about="place")
                assert "the citizen was asked" in await browser.read(answer)
            asked = [e for e in service.told("a") if isinstance(e, PlaceAsked)]
            assert [one.number for one in asked] == [1]
            assert "261123-a" in await browser.see("/desk?waiting_for=citizen")

    async def test_what_cannot_be_asked_says_why(self, service: Service) -> None:
        """This town waits for no answers."""
        await waiting(service)
        browser = await at_the_desk(service)
        assert "Too little time is left" in await browser.see("/desk/matters/a")
        answer = await browser.send("/desk/matters/a/ask", about="place")
        assert answer.status_code == 409
        assert (await browser.send("/desk/matters/a/ask", about="else")).status_code == 422


class TestArbitration:
    async def test_the_list_says_who_refused_and_why(self, service: Service) -> None:
        await in_arbitration(service)
        browser = await at_the_desk(service)
        page = await browser.see("/desk/arbitrations")
        for said in ("1 in all", "no office is left", "Town Hall", "not its task", "1 times"):
            assert said in page
        opened = await browser.see("/desk/matters/a")
        assert "Refused: not its task" in opened
        assert 'value="c-works"' in opened
        asked = [i for look in service.intake.asked for i in look.inquiry_ids]
        assert asked == ["a"]  # the words are not needed here

    @pytest.mark.parametrize(
        ("office", "kind", "effect"),
        [
            ("c-works", "a designation", "cannot refuse"),
            ("d-east", "a transfer", "may refuse"),
        ],
    )
    async def test_what_will_happen_is_said_before_it_is_done_once(
        self, service: Service, office: str, kind: str, effect: str
    ) -> None:
        await in_arbitration(service)
        browser = await at_the_desk(service)
        page = await browser.see(f"/desk/matters/a/designate?office={office}")
        assert kind in page
        assert effect in page
        assert len(assigned_to(service)) == 2
        for _ in range(2):
            answer = await browser.send("/desk/matters/a/designate", office=office, **form_of(page))
            assert f"{'designated' if office == 'c-works' else 'transferred'}. Office" in (
                await browser.read(answer)
            )
        assert assigned_to(service)[2:] == [office]

    async def test_what_was_decided_meanwhile_is_named(self, service: Service) -> None:
        await in_arbitration(service)
        late, quick = await at_the_desk(service), await at_the_desk(service)
        await quick.send("/desk/matters/a/designate", office="c-works", form="1")
        for answer in (
            await late.send("/desk/matters/a/designate", office="d-east", form="2"),
            await late.get("/desk/matters/a/designate?office=d-east"),
        ):
            assert answer.status_code == 409
            assert "Meanwhile the arbitration has ended" in unescape(answer.text)
        state = service.store.documents["a"].state
        assert isinstance(state, Assigned)
        assert state.current.office_id == "c-works"

    async def test_an_office_that_may_not_take_it_cannot_be_confirmed(
        self, service: Service
    ) -> None:
        await in_arbitration(service)
        browser = await at_the_desk(service)
        for office in ("", "x", "c-hall"):
            answer = await browser.get(f"/desk/matters/a/designate?office={office}")
            assert answer.status_code == 422
            assert "Choose an office" in answer.text


async def test_both_languages_show_every_page(service: Service) -> None:
    await waiting(service)
    await in_arbitration(service, "b")
    browser = await at_the_desk(service)
    for path in (
        "/desk?",
        "/desk?waiting_for=citizen&",
        "/desk/arbitrations?",
        "/desk/matters/a?service=lamp&",
        "/desk/matters/b?",
        "/desk/matters/b/designate?office=c-works&",
    ):
        for language in ("ko", "en"):
            answer = await browser.get(f"{path}lang={language}")
            assert answer.status_code == 200
            assert f'<html lang="{language}"' in answer.text
