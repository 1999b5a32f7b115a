"""The officials who keep the rules: what they propose, activate and try, and which rules decide."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import grpc
import httpx
import pytest
import yaml
from dasan.intake.v1 import contacts_pb2
from dasan.routing.v1 import decisions_pb2
from dasan.routing.v1.decisions_pb2_grpc import DecisionsServiceStub
from prometheus_client import REGISTRY

from services.cities import PACKS
from services.common.aggregates.mongo import OPERATION_SECONDS
from services.common.consuming.consume import Ack
from services.common.kernel import DomainError
from services.common.run.service import running
from services.routing.application.figures import LEAST_AGE_SECONDS
from services.routing.application.rulesets import MOST_AT_ONCE, READ_IS_GOOD
from services.routing.bootstrap import RULES_LOOK_EVERY
from services.routing.domain.assignment.events import InquiryAssigned
from services.routing.domain.ruleset.decide import NOTICE
from services.routing.domain.ruleset.events import RuleSetActivated
from services.routing.domain.ruleset.model import Activation, RuleSetVersion
from tests.component.routing.world import (
    NOW,
    TOWN,
    Service,
    answered,
    lying,
    open_routing,
    received,
    refusal,
)
from tests.support.callers import header, metadata
from tests.support.kit import known
from tests.support.waiting import until

LIBRARY = (PACKS.parent / "pack" / "competence.yaml").read_text(encoding="utf-8")
HILL = contacts_pb2.Place(dong_code="hill")
KEEPER = header("rules-desk")
LAMPS_TO_HALL = {
    "id": "lamps",
    "names": {"en": "Lamps", "ko": "가로등"},
    "why": {"en": "The hall keeps all lamps.", "ko": "가로등은 모두 시청에서 관리합니다."},
    "when": {"service": "lamp"},
    "to": "office:c-hall",
}


def rules(version: str, *first: Mapping[str, object]) -> str:
    """The library's rules behind others, under a version of their own."""
    page = yaml.load(LIBRARY, Loader=yaml.BaseLoader)
    page["version"], page["rules"] = version, [*first, *page["rules"]]
    return yaml.safe_dump(page, allow_unicode=True)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


async def propose(service: Service, document: str) -> httpx.Response:
    return await service.http.post("/v1/rulesets", json={"document": document}, headers=KEEPER)


async def activate(service: Service, version: str, **body: str) -> httpx.Response:
    return await service.http.post(
        f"/v1/rulesets/{version}/activate", json={"reason": "why", **body}, headers=KEEPER
    )


async def office_of(service: Service, id_: str) -> str:
    """The office that a lamp on the hill gets."""
    service.intake.holds(id_, "", HILL)
    assert await service.routing.handle([received(id_, "lamp")]) == [Ack()]
    [told] = service.told(id_)
    assert isinstance(told, InquiryAssigned)
    return told.office_id


async def test_rules_decide_from_their_moment_on_and_each_decision_says_which(
    service: Service,
) -> None:
    assert (await propose(service, rules("t2", LAMPS_TO_HALL))).status_code == 201
    assert (await activate(service, "t2")).status_code == 200
    assert await office_of(service, "a") == "d-east"
    service.now += NOTICE
    assert await office_of(service, "b") == "c-hall"
    answer = (await service.http.get("/v1/decisions/b")).json()
    assert (answer["rule"], answer["ruleset_version"]) == ("lamps", "t2")
    before = (await service.http.get("/v1/decisions/a")).json()
    assert (before["rule"], before["ruleset_version"]) == ("district_of_place", "library-1")
    versions = (await service.http.get("/v1/rulesets")).json()
    assert (versions["in_force"], versions["of_the_pack"]) == ("t2", "library-1")
    [version] = versions["versions"]
    assert version["activations"][0]["activated_by"] == "rules-desk"
    document = await service.http.get("/v1/rulesets/t2/document")
    assert document.text == rules("t2", LAMPS_TO_HALL)


async def test_an_activation_is_told_to_all_without_the_officials_words(service: Service) -> None:
    await propose(service, rules("t2"))
    await activate(service, "t2", reason="김 주무관 요청")
    [told] = service.told_of("t2")
    assert told == RuleSetActivated(
        ruleset_version="t2", effective_from=NOW + NOTICE, activated_at=NOW
    )


async def test_a_replica_decides_nothing_before_it_has_read_the_rules(service: Service) -> None:
    """It would decide by others than the rest."""
    replica = service.asking(service.channel)
    with pytest.raises(DomainError, match="rules_unread"):
        await replica.handle([received("a", "lamp")])


async def test_a_replica_that_was_stopped_decides_nothing_before_it_has_read_again(
    service: Service,
) -> None:
    """Others may have been activated meanwhile, and the rest decides by them."""
    service.seconds += READ_IS_GOOD.total_seconds()
    assert service.routing.rules.at(NOW).version == "library-1"
    service.seconds += 1
    await known(service.routing)
    with pytest.raises(DomainError, match="rules_unread"):
        await service.routing.handle([received("a", "lamp")])
    await service.routing.rules.look()
    assert await office_of(service, "a") == "d-east"


def test_what_is_read_is_good_until_what_was_not_read_could_begin() -> None:
    stored_within = timedelta(seconds=OPERATION_SECONDS)
    assert 2 * RULES_LOOK_EVERY < READ_IS_GOOD <= NOTICE - stored_within


async def test_of_many_rule_sets_at_once_the_last_are_asked_to_come_again(
    service: Service,
) -> None:
    answers = await asyncio.gather(
        *(propose(service, rules(f"t{number}")) for number in range(MOST_AT_ONCE + 2))
    )
    refused = [answer.json()["type"] for answer in answers if answer.status_code == 503]
    assert refused == ["urn:dasan:rules_busy"] * 2
    assert (await propose(service, rules("t0"))).status_code == 201


async def test_a_reason_holds_nothing_that_a_terminal_obeys(service: Service) -> None:
    await propose(service, rules("t2"))
    answer = await activate(service, "t2", reason="why\x1b[2J")
    assert answer.json()["activations"][0]["reason"] == "why [2J"


async def test_every_replica_follows_what_one_was_told(service: Service) -> None:
    replica = service.asking(service.channel)
    await replica.rules.look()
    await propose(service, rules("t2", LAMPS_TO_HALL))
    await activate(service, "t2")
    at = NOW + NOTICE
    assert replica.rules.at(at).version == "library-1"
    await replica.rules.look()
    assert [replica.rules.at(moment).version for moment in (NOW, at)] == ["library-1", "t2"]


async def test_rules_that_no_longer_fit_the_city_are_passed_over_and_counted(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """They were valid when they were activated, in an older release."""
    document = rules("old", {**LAMPS_TO_HALL, "to": "office:c-gone"})
    begun = Activation(
        effective_from=NOW - timedelta(days=1),
        reason="",
        activated_at=NOW - timedelta(days=2),
        activated_by="a",
    )
    old = RuleSetVersion(
        version="old", text=document, proposed_at=NOW, proposed_by="a", activations=(begun,)
    )
    service.holds_version(old)
    await service.routing.rules.look()
    assert service.routing.rules.at(NOW).version == "library-1"
    assert REGISTRY.get_sample_value("dasan_rulesets_unusable") == 1
    await service.routing.rules.look()
    assert caplog.messages.count("rules.unusable") == 1


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "document"),
        ("rules: [", "not YAML"),
        ("version: v\nrules: all\n", "at least one rule is needed"),
        (rules("t2", {**LAMPS_TO_HALL, "to": "office:c-gone"}), "c-gone"),
        (rules("t2", {**LAMPS_TO_HALL, "when": {"service": "moon"}}), "moon"),
        ("x" * 200_001, "document"),
    ],
    ids=["empty", "no YAML", "no rules", "an unknown office", "an unknown service", "too long"],
)
@pytest.mark.parametrize("path", ["/v1/rulesets", "/v1/rulesets/dry-run"])
async def test_rules_that_do_not_fit_are_refused_with_what_is_wrong(
    service: Service, path: str, document: str, said: str
) -> None:
    answer = await service.http.post(path, json={"document": document}, headers=KEEPER)
    assert answer.status_code == 422
    assert said in answer.text
    assert service.versions.documents == {}


async def test_what_cannot_be_done_is_refused_by_name(service: Service) -> None:
    assert (await activate(service, "t9")).json()["type"] == "urn:dasan:unknown_ruleset"
    await propose(service, rules("t2"))
    assert (await propose(service, rules("t2"))).status_code == 201
    taken = await propose(service, rules("t2", LAMPS_TO_HALL))
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:dasan:version_taken")
    pack = await propose(service, rules("library-1", LAMPS_TO_HALL))
    assert pack.json()["type"] == "urn:dasan:version_taken"
    soon = await activate(service, "t2", effective_from=NOW.isoformat())
    assert (soon.status_code, soon.json()["type"]) == (422, "urn:dasan:effective_too_soon")
    blank = await activate(service, "t2", reason="  ")
    assert (blank.status_code, blank.json()["errors"][0]["field"]) == (422, "reason")
    naive = await activate(service, "t2", effective_from="2026-12-01T00:00:00")
    assert naive.status_code == 422
    assert (await service.http.get("/v1/rulesets/t9/document")).status_code == 404


async def test_only_who_keeps_the_rules_changes_them(service: Service) -> None:
    for path in ("/v1/rulesets", "/v1/rulesets/t2/activate"):
        body = {"document": rules("t2")} if path.endswith("rulesets") else {"reason": "why"}
        for key in (header("desk"), header("routing")):
            answer = await service.http.post(path, json=body, headers=key)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:dasan:not_allowed")
    tried = await service.http.post("/v1/rulesets/dry-run", json={"document": rules("t2")})
    assert tried.status_code == 200


async def test_a_dry_run_says_who_would_lose_and_get_what_and_changes_nothing(
    service: Service,
) -> None:
    for id_ in ("a", "b", "c"):
        await office_of(service, id_)
    body = {"document": rules("t2", LAMPS_TO_HALL), "last": 2}
    answer = (await service.http.post("/v1/rulesets/dry-run", json=body, headers=KEEPER)).json()
    assert (answer["decisions"], answer["moved"], answer["renamed"]) == (2, 2, 0)
    assert [(o["office"]["id"], o["loses"], o["gets"]) for o in answer["offices"]] == [
        ("c-hall", 0, 2),
        ("d-east", 2, 0),
    ]
    sample = answer["samples"][0]
    assert (sample["inquiry_id"], sample["before"]["rule"], sample["after"]["rule"]) == (
        "c",
        "district_of_place",
        "lamps",
    )
    assert service.versions.documents == {}
    assert await office_of(service, "d") == "d-east"


async def test_a_decision_is_told_as_it_was_taken_in_either_language(service: Service) -> None:
    await office_of(service, "a")
    answer = (await service.http.get("/v1/decisions/a?language=ko")).json()
    sections = {section["key"]: section["lines"] for section in answer["sections"]}
    assert list(sections) == ["service", "place", "rule", "office", "rejected", "due"]
    assert sections["rule"][0].startswith("관할 자치구: ")
    assert sections["rule"][1] == "규칙 번호 district_of_place, 규칙집 library-1"
    assert "시 소관 부서: 해당 없음(업무의 소관: 자치구)" in sections["rejected"]
    english = (await service.http.get("/v1/decisions/a?language=en")).json()
    assert english["sections"][0]["heading"] == "Service"
    assert english["facts"]["place"] == "resolved"
    assert english["office"]["id"] == "d-east"
    assert (await service.http.get("/v1/decisions/zzz")).status_code == 404


async def test_the_account_of_a_date_is_that_of_the_day_on_which_it_was_counted(
    service: Service,
) -> None:
    await office_of(service, "a")
    before = (await service.http.get("/v1/decisions/a?language=en")).json()["sections"][-1]
    assert before["key"] == "due"
    assert any("counted" in line for line in before["lines"])
    service.now += timedelta(days=400)
    after = (await service.http.get("/v1/decisions/a?language=en")).json()["sections"][-1]
    assert after == before


async def test_a_decision_is_told_by_grpc_with_its_hand_overs(service: Service) -> None:
    await office_of(service, "a")
    await service.routing.handle([refusal("a", 1, "d-east")])
    request = decisions_pb2.GetDecisionRequest(inquiry_id="a", language="en")
    async with service.on_grpc() as channel:
        stub = DecisionsServiceStub(channel)
        answer = await stub.GetDecision(request, metadata=metadata("desk"))
        assert (answer.rule, answer.ruleset_version) == ("district_of_place", "library-1")
        first, *_, last = answer.turns
        assert (first.office_id, first.refused) == ("d-east", "not_competent")
        assert answer.office_id == last.office_id != "d-east"
        assert [section.key for section in answer.sections][-1] == "due"
        await refused(stub, request, "survey")


async def test_a_decision_says_where_the_inquiry_lay_once_it_is_answered(service: Service) -> None:
    await office_of(service, "a")
    await service.routing.handle([answered("a")])
    assert (await service.http.get("/v1/decisions/a")).json()["office"]["id"] == "d-east"
    request = decisions_pb2.GetDecisionRequest(inquiry_id="a")
    async with service.on_grpc() as channel:
        told = await DecisionsServiceStub(channel).GetDecision(request, metadata=metadata("desk"))
    assert [turn.office_id for turn in told.turns] == [told.office_id] == ["d-east"]


async def refused(
    stub: DecisionsServiceStub, request: decisions_pb2.GetDecisionRequest, key: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as told:
        await stub.GetDecision(request, metadata=metadata(key))
    assert told.value.code() in (
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    )


async def test_two_officials_who_propose_at_once_leave_one_version(service: Service) -> None:
    answers = await asyncio.gather(*(propose(service, rules("t2")) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(service.versions.documents) == 1


async def test_of_equally_competent_offices_the_one_with_less_open_work_gets_it(
    service: Service,
) -> None:
    equal = {**LAMPS_TO_HALL, "to": {"equal": ["office:c-hall", "office:c-works"]}}
    await propose(service, rules("t2", equal))
    await activate(service, "t2")
    service.now += NOTICE
    assert await office_of(service, "a") == "c-hall"
    service.matters.matters = [lying("c-hall"), lying("c-hall"), lying("c-works")]
    service.seconds += LEAST_AGE_SECONDS
    assert await office_of(service, "b") == "c-works"
    told = (await service.http.get("/v1/decisions/b?language=en")).json()["sections"]
    [rule] = [section["lines"] for section in told if section["key"] == "rule"]
    assert any("2 open" in line and "1 open" in line for line in rule)
    service.matters.away = True
    service.seconds += LEAST_AGE_SECONDS
    assert await office_of(service, "c") == "c-hall"


async def test_a_rule_whose_office_is_closed_is_told_of_before_it_decides_and_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hall = TOWN.offices["c-hall"]
    closed = replace(hall, validity=replace(hall.validity, end=NOW.date() - timedelta(days=1)))
    city = copy.copy(TOWN)
    city.offices = {**TOWN.offices, "c-hall": closed}
    async with open_routing(city) as service:
        [job] = [one for one in service.routing.parts if one.name == "rules_watch"]
        for _ in range(2):
            async with running([job]):
                await until(lambda: bool(REGISTRY.get_sample_value("dasan_rules_stale")))
    told = [one.__dict__ for one in caplog.records if one.msg == "rules.office_closed"]
    assert [one["office_id"] for one in told if one["rule"] == "city_owner"] == ["c-hall"]
