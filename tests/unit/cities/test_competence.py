"""Rules of competence: what each word of the language means, and that a verdict tells everything.

The town is Saebom with teams of its own; `ruled` gives it rules as an official writes them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cities import (
    PACKS,
    Against,
    Ask,
    Channel,
    City,
    ConditionWord,
    Facts,
    InvalidRuleSet,
    PackFaults,
    Place,
    Rejected,
    RuleSet,
    Weighed,
    against_office,
    at_place,
    evaluate,
    load,
    ruleset_of,
)
from services.cities.__main__ import main
from services.cities.competence.checks import RuleFault, check_rules
from services.cities.competence.deciding import stale_rules
from services.cities.competence.model import DESK_RULE
from services.cities.pack import rules_file
from services.cities.pack.files import Faults, composed

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 10:00 in the town
TOWN = load("saebom")
LIBRARY = (PACKS.parent / "pack" / "competence.yaml").read_text(encoding="utf-8")
BARS = yaml.load(LIBRARY, Loader=yaml.BaseLoader)["bars"]
TEAMS = ("c-north", "c-south", "c-west")
MILL, SHARED, WEST = Place(code="mill"), Place(code="w2"), Place(code="west")


def rule(id: str, **parts: Any) -> dict[str, Any]:
    told = {"en": id, "ko": id}
    return {"id": id, "names": told, "why": told, **parts}


REST = (
    rule("unclear", when={"known": "no"}, ask="service"),
    rule("owned", when={"workload": "city"}, to="owner"),
    rule("delegated", when={"permit": "yes", "delegated": "yes", "place": "resolved"},
         to="community_office", then=["district", "owner"]),
    rule("which_dong", when={"permit": "yes", "delegated": "yes"}, ask="place"),
    rule("where", when={"place": ["none", "outside", "ambiguous"]}, ask="place"),
    rule("rest", to="district", then=["owner"]),
)  # fmt: skip
"""Rules that leave no gap, behind the ones that a test is about."""


def written(*rules: Mapping[str, Any], rest: bool = True) -> dict[str, Any]:
    return {"version": "t1", "rules": [*rules, *(REST if rest else ())], "bars": BARS}


def text_of(page: dict[str, Any]) -> str:
    """The page as somebody writes it."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(page, Dumper=Plain, allow_unicode=True)


def checked(page: dict[str, Any], city: City = TOWN) -> RuleSet:
    return ruleset_of(text_of(page), city)


def ruled(*rules: Mapping[str, Any], city: City = TOWN) -> RuleSet:
    return checked(written(*rules), city)


def parsed(page: dict[str, Any], city: City = TOWN) -> RuleSet:
    """Rules that the checks would not let pass: a test may leave gaps."""
    faults = Faults()
    found = rules_file.parse(composed(text_of(page), "a", faults), city.languages)
    assert faults.found == []
    return found


def facts(service: str = "lamp", place: Place | None = MILL, **more: Any) -> Facts:
    plain = Facts(
        service=service,
        channel=Channel.WEB,
        language="en-GB",
        received_at=NOON,
        on=TODAY,
        today=TODAY,
    )
    on = more.get("on", TODAY)
    return replace(at_place(plain, None if place is None else TOWN.locate(place, on)), **more)


@pytest.fixture(scope="module")
def teams(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The town with three equal teams and one that is closed; Quay alone has the permit."""
    folder = Path(shutil.copytree(PACKS / "saebom", tmp_path_factory.mktemp("t") / "town"))
    (folder / "departments.csv").write_text(
        "id,name.en,name.ko,by_hand,capacity,valid_from,valid_to\n"
        "c-hall,Town Hall,시청,,,,\n"
        "c-works,Works Department,건설과,,,,\n"
        "c-north,North team,북부팀,yes,10,,\n"
        "c-south,South team,남부팀,yes,20,,\n"
        "c-west,West team,서부팀,yes,10,,\n"
        "c-gone,Gone team,없는 팀,yes,10,,2026-06-30\n",
        encoding="utf-8",
    )
    catalogue = folder / "catalogue.csv"
    text = catalogue.read_text(encoding="utf-8").replace("city,c-hall", "city,c-works")
    catalogue.write_text(text, encoding="utf-8")
    (folder / "delegations.csv").write_text(
        "service,district,office,valid_from,valid_to,source\nmarket-stall,west,quay,,,rule 7\n",
        encoding="utf-8",
    )
    return load(folder)


class TestWords:
    """Each word holds for what it names and not for the next value."""

    @pytest.mark.parametrize(
        ("when", "yes", "no"),
        [
            ({"known": "yes"}, {}, {"service": "", "place": None}),
            ({"service": ["lamp"]}, {}, {"service": "idea"}),
            ({"workload": "district"}, {}, {"service": "idea"}),
            ({"permit": "no"}, {}, {"service": "market-stall"}),
            ({"anywhere": "no"}, {}, None),
            ({"procedure": "petition"}, {}, None),
            ({"kind": "OTHER"}, {}, {"service": "moving-in"}),
            ({"referred": "no"}, {}, None),
            ({"delegated": "yes"}, {"service": "market-stall"}, {"service": "moving-in"}),
            ({"place": "resolved"}, {}, {"place": SHARED}),
            ({"place": "district"}, {"place": SHARED}, {}),
            ({"place": "none"}, {"place": None}, {}),
            ({"place": "outside"}, {"place": Place(address="Garam, Long Street 4")}, {}),
            ({"district": "west"}, {}, {"place": Place(code="hill")}),
            ({"dong": "mill"}, {}, {"place": Place(code="quay")}),
            ({"channel": ["web", "phone"]}, {}, {"channel": Channel.COUNTER}),
            ({"language": "en"}, {}, {"language": "ko"}),
            ({"hours": "working"}, {}, {"received_at": NOON + timedelta(hours=8)}),
            ({"hours": "closed"}, {"received_at": NOON + timedelta(hours=8)}, {}),
            ({"between": "09:00-10:01"}, {}, {"received_at": NOON + timedelta(minutes=1)}),
            ({"between": "22:00-06:00"}, {"received_at": NOON - timedelta(hours=5)}, {}),
            ({"between": "22:00-06:00"}, {"received_at": NOON + timedelta(hours=13)}, {}),
            ({"weekday": ["mon", "fri"]}, {}, {"received_at": NOON + timedelta(days=1)}),
            ({"dates": "2026-11-01..2026-11-23"}, {}, {"received_at": NOON + timedelta(days=1)}),
            ({"dates": "2026-11-23"}, {}, {"received_at": NOON - timedelta(days=1)}),
            ({"road_width": "wide"}, {"answers": {"road_width": "wide"}}, {}),
            ({"road_width": "unknown"}, {}, {"answers": {"road_width": "narrow"}}),
            ({"road_width": "unknown"}, {"answers": {"road_width": "12 m"}}, None),
            ({"answer": {"size": ["big"]}}, {"answers": {"size": "big"}}, {"answers": {}}),
            ({"danger": "any"}, {"danger": "gas", "danger_office": "c-works"}, {}),
            ({"danger": "gas"}, {"danger": "gas"}, {"danger": "fire"}),
        ],
        ids=str,
    )
    def test_a_word_tells_matters_apart(
        self, when: dict[str, Any], yes: dict[str, Any], no: dict[str, Any] | None
    ) -> None:
        rules = [rule("it", when=when, to="office:c-works"), *REST]
        trial = parsed({"version": "t", "rules": rules, "bars": []})
        assert evaluate(trial, TOWN, facts(**yes)).rule == "it"
        if no is not None:
            verdict = evaluate(trial, TOWN, facts(**no))
            assert verdict.rule != "it"
            assert verdict.rejected[0].rule == "it"

    def test_the_moment_is_the_towns_and_not_londons(self) -> None:
        trial = parsed(written(rule("night", when={"between": "00:00-08:30"}, to="owner")))
        assert evaluate(trial, TOWN, facts(received_at=NOON)).rule == "rest"

    def test_a_rule_holds_on_its_days_alone(self) -> None:
        effective = {"from": "2026-12-01", "to": "2026-12-31"}
        trial = parsed(written(rule("later", to="office:c-works", effective=effective)))
        found = evaluate(trial, TOWN, facts())
        assert found.rejected[0] == Rejected(
            rule="later", against=Against.EFFECTIVE, value="2026-11-23"
        )
        assert evaluate(trial, TOWN, facts(on=date(2026, 12, 1))).rule == "later"
        assert evaluate(trial, TOWN, facts(on=date(2027, 1, 1))).rule == "rest"


class TestVerdict:
    def test_it_says_why_each_earlier_rule_did_not_decide(self) -> None:
        found = evaluate(ruled(), TOWN, facts())
        assert (found.rule, found.version) == ("rest", "t1")
        assert found.offices == ("d-west", "c-works", "c-hall")
        assert found.rejected == (
            Rejected(rule="unclear", against=ConditionWord.KNOWN, value="yes"),
            Rejected(rule="owned", against=ConditionWord.WORKLOAD, value="district"),
            Rejected(rule="delegated", against=ConditionWord.PERMIT, value="no"),
            Rejected(rule="which_dong", against=ConditionWord.PERMIT, value="no"),
            Rejected(rule="where", against=ConditionWord.PLACE, value="resolved"),
        )

    def test_an_answer_of_a_citizen_is_not_repeated(self) -> None:
        asking = rule("it", when={"answer": {"size": "big"}}, to="office:c-works")
        found = evaluate(ruled(asking), TOWN, facts(answers={"size": "my neighbour's"}))
        assert found.rejected[0] == Rejected(rule="it", against=ConditionWord.ANSWER, value="")

    def test_an_office_without_the_power_is_dropped_and_says_by_which_bar(self) -> None:
        found = evaluate(ruled(), TOWN, facts("market-stall"))
        assert found.offices == ("o-mill", "c-hall")
        assert found.rejected[-2:] == (
            Rejected(
                rule="delegated", office="d-west", against=Against.NO_POWER, value="delegated_away"
            ),
            Rejected(
                rule="delegated",
                office="c-hall",
                against=Against.NO_POWER,
                value="not_the_citys_permit",
            ),
        )

    def test_a_question_names_no_office(self) -> None:
        found = evaluate(ruled(), TOWN, facts("market-stall", SHARED))
        assert (found.rule, found.ask, found.offices) == ("which_dong", Ask.PLACE, ())

    def test_the_first_rule_decides(self) -> None:
        both = [rule("a", when={"workload": "district"}, to="office:c-works"),
                rule("b", when={"service": "lamp"}, to="owner")]  # fmt: skip
        assert evaluate(ruled(*both), TOWN, facts()).rule == "a"
        assert evaluate(ruled(*both[::-1]), TOWN, facts()).rule == "b"

    def test_the_number_of_the_agency_goes_with_a_referral(self, seoul: City) -> None:
        asked = replace(facts(place=None), service="subway-complaint")
        found = evaluate(seoul.rules, seoul, asked)
        assert (found.rule, found.agency) == ("referred", "x-seoul-metro")
        assert found.offices == ("c-dasan", "c-transport", "c-petition-mediation")

    def test_danger_comes_first_even_of_what_nobody_understands(self, seoul: City) -> None:
        asked = facts("", None, danger="gas", danger_office="c-fire")
        known = next(id for id in seoul.offices if id.startswith("c-"))
        found = evaluate(seoul.rules, seoul, replace(asked, danger_office=known))
        assert (found.rule, found.offices[0], found.rejected) == ("danger", known, ())

    def test_a_rule_whose_office_the_service_has_not_is_passed_over(self) -> None:
        found = evaluate(ruled(rule("it", when={"service": "lamp"}, to="split")), TOWN, facts())
        assert found.rejected[0] == Rejected(rule="it", against=Against.NO_OFFICE, value="split")
        assert (found.rule, found.stale) == ("rest", ())

    def test_the_same_rules_serve_two_cities(self, teams: City) -> None:
        trial = ruled()
        assert evaluate(trial, TOWN, facts("idea")).offices[0] == "c-hall"
        assert evaluate(trial, teams, facts("idea")).offices[0] == "c-works"
        assert evaluate(trial, TOWN, facts("idea")).offices[0] == "c-hall"


class TestClosedOffices:
    def test_a_rule_is_passed_over_while_its_office_is_closed(self, teams: City) -> None:
        closed = rule("gone", when={"service": "lamp"}, to="office:c-gone")
        trial = ruled(closed, city=teams)
        june = date(2026, 6, 30)
        assert evaluate(trial, teams, facts(on=june, today=june)).rule == "gone"
        found = evaluate(trial, teams, facts())
        assert (found.rule, found.stale) == ("rest", ("gone",))
        assert found.rejected[0] == Rejected(
            rule="gone", office="c-gone", against=Against.CLOSED, value="2026-11-23"
        )
        assert [r.rule for r in stale_rules(trial, teams, TODAY)] == ["gone"]
        assert stale_rules(trial, teams, june) == ()

    def test_a_closed_alternative_makes_no_rule_stale(self, teams: City) -> None:
        then = rule("it", when={"service": "lamp"}, to="owner", then=["office:c-gone"])
        found = evaluate(ruled(then, city=teams), teams, facts())
        assert (found.offices, found.stale) == (("c-works", "c-hall"), ())
        assert found.rejected[-1].against is Against.CLOSED

    def test_where_no_rule_has_an_open_office_the_desk_gets_it(self, teams: City) -> None:
        gone = rule("gone", to="office:c-gone")
        trial = parsed({"version": "t", "rules": [gone], "bars": []}, teams)
        found = evaluate(trial, teams, facts())
        assert (found.rule, found.offices, found.stale) == (DESK_RULE, ("c-hall",), ("gone",))

    def test_the_owner_of_a_service_that_closed_makes_its_rule_stale(self, seoul: City) -> None:
        assert stale_rules(seoul.rules, seoul, TODAY) == ()


class TestEqualTeams:
    EQUAL = rule(
        "teams",
        when={"service": "lamp"},
        to={"equal": [f"office:{team}" for team in reversed(TEAMS)]},
        then=["owner"],
    )

    @pytest.mark.parametrize(
        ("work", "order"),
        [
            ({}, ["c-north", "c-south", "c-west"]),
            ({"c-north": 1}, ["c-south", "c-west", "c-north"]),
            ({"c-north": 5, "c-south": 9, "c-west": 5}, ["c-south", "c-north", "c-west"]),
            ({"c-north": 5, "c-south": 10, "c-west": 4}, ["c-west", "c-north", "c-south"]),
        ],
        ids=str,
    )
    def test_the_least_work_for_its_capacity_comes_first(
        self, teams: City, work: dict[str, int], order: list[str]
    ) -> None:
        found = evaluate(ruled(self.EQUAL, city=teams), teams, facts(open_work=work))
        assert list(found.offices) == [*order, "c-works", "c-hall"]
        assert found.weighed == tuple(
            Weighed(office=id, open_work=work.get(id, 0), capacity=teams.offices[id].capacity or 0)
            for id in order
        )

    def test_without_a_capacity_of_each_the_work_alone_counts(self, teams: City) -> None:
        mixed = rule("mixed", when={"service": "lamp"},
                     to={"equal": ["office:c-south", "office:c-works"]})  # fmt: skip
        work = {"c-south": 3, "c-works": 2}
        found = evaluate(ruled(mixed, city=teams), teams, facts(open_work=work))
        assert found.offices[0] == "c-works"
        assert {one.capacity for one in found.weighed} == {1}

    def test_a_closed_team_is_not_weighed(self, teams: City) -> None:
        two = {"equal": ["office:c-gone", "office:c-west"]}
        trial = ruled(rule("two", when={"service": "lamp"}, to=two), city=teams)
        found = evaluate(trial, teams, facts(open_work={"c-west": 99}))
        assert (found.rule, found.offices[0]) == ("two", "c-west")

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(work=st.dictionaries(st.sampled_from(TEAMS), st.integers(0, 10**6)))
    def test_the_choice_is_fair_and_repeats_itself(self, teams: City, work: dict[str, int]) -> None:
        trial = ruled(self.EQUAL, city=teams)
        found = evaluate(trial, teams, facts(open_work=work))
        assert found == evaluate(trial, teams, facts(open_work=dict(reversed(work.items()))))

        def share(id: str) -> float:
            return work.get(id, 0) / (teams.offices[id].capacity or 1)

        assert all(share(found.offices[0]) <= share(team) for team in TEAMS)


@settings(deadline=None, max_examples=150)
@given(
    service=st.sampled_from(["", *TOWN.catalogue]),
    place=st.none()
    | st.sampled_from(["mill", "quay", "hill", "w1", "w2", "e1", "west", "x"]).map(
        lambda code: Place(code=code)
    ),
    channel=st.sampled_from(list(Channel)),
)
def test_every_matter_has_one_first_office_or_a_question(
    service: str, place: Place | None, channel: Channel
) -> None:
    asked = facts(service, place, channel=channel)
    found = evaluate(TOWN.rules, TOWN, asked)
    assert (found.ask is None) == bool(found.offices)
    assert found == evaluate(TOWN.rules, TOWN, asked)
    assert len(set(found.offices)) == len(found.offices)
    for office in found.offices[:-1]:
        assert against_office(TOWN.rules, TOWN, asked, TOWN.office(office)) is None


class TestRefused:
    """What is sent to an API, or stands in a file, is refused with all of its faults by name."""

    @pytest.mark.parametrize(
        ("rules", "fault"),
        [
            ([rule("a", to="office:c-lost")], "unknown_office: a: no office 'c-lost'"),
            (
                [rule("a", when={"service": "flying-car"}, to="owner")],
                "unknown_service: a: no service 'flying-car'",
            ),
            (
                [rule("a", when={"district": "north"}, to="owner")],
                "unknown_code: a: no district 'north'",
            ),
            ([rule("a", when={"dong": "moon"}, to="owner")], "unknown_code: a: no dong 'moon'"),
            (
                [rule("a", to="office:c-works")],
                "unreachable: rest is never reached: a holds wherever it does",
            ),
            (
                [rule("a", when={"service": "lamp"}, to="split")],
                None,  # passed over: another rule holds
            ),
            ([rule("a", to="nobody")], "'nobody' is none of owner, contact"),
            ([rule("a")], "a: either `to` names an office or `ask` a question, and not both"),
            ([rule("a", to="owner", ask="place")], "a: either `to` names an office"),
            ([rule("a", ask="place", then=["owner"])], "a: a rule that asks has no alternatives"),
            ([rule("a", ask="weather")], "'weather' is none of place, service"),
            ([rule("a", to="office:")], "office: needs the id of an office"),
            ([rule("a", to={"equal": ["owner"]})], "equal needs at least two offices"),
            ([rule("a", to="equal")], "equal needs a list of offices"),
            ([rule("A b", to="owner")], "id 'A b' is no name such as district_of_place"),
            ([rule("arbitration", to="owner")], "arbitration is the rule of what no other rule"),
            ([rule("owned", to="owner")], "owned is given twice"),
            ([rule("a", to="owner", when={"moon": "full"})], "'moon' is none of known, service"),
            ([rule("a", to="owner", when={"place": "here"})], "'here' is none of resolved"),
            ([rule("a", to="owner", when={"place": []})], "place: at least one value is needed"),
            ([rule("a", to="owner", when={"between": "10"})], "'10' is no time span such as"),
            ([rule("a", to="owner", when={"between": "9:00-9:00"})], "begins where it ends"),
            ([rule("a", to="owner", when={"between": "25:00-26:00"})], "'25:00' is not a time"),
            ([rule("a", to="owner", when={"dates": "soon"})], "'soon' are no days such as"),
            ([rule("a", to="owner", when={"dates": "2026-02-02..2026-01-01"})], "ends before it"),
            ([rule("a", to="owner", when={"language": "English"})], "'English' is no language"),
            ([rule("a", to="owner", whenn={"known": "yes"})], "'whenn' is none of id, names"),
            (
                [rule("a", to="owner", effective={"from": "2027-01-01", "to": "2026-01-01"})],
                "effective to 2026-01-01 is before from 2027-01-01",
            ),
            ([{"id": "a", "to": "owner"}], "the name in en is missing"),
        ],
        ids=str,
    )
    def test_a_fault_is_named(self, rules: list[Mapping[str, Any]], fault: str | None) -> None:
        if fault is None:
            checked(written(*rules), TOWN)
            return
        with pytest.raises(InvalidRuleSet) as refused:
            checked(written(*rules), TOWN)
        assert (refused.value.slug, refused.value.field) == ("invalid_ruleset", "document")
        assert any(fault in told for told in refused.value.faults), refused.value.faults

    def test_all_faults_of_the_form_are_told_at_once(self) -> None:
        with pytest.raises(InvalidRuleSet) as refused:
            checked(written(rule("a", to="nobody"), rule("b", ask="weather")), TOWN)
        assert len(refused.value.faults) == 2

    @pytest.mark.parametrize(
        "page",
        [{}, {"rules": "all"}, {"version": "v", "rules": [1, None, "x"]}, {"version": {"a": []}},
         {"version": "v", "rules": [{"id": ["x"], "when": "yes", "to": [1]}]}],
        ids=str,
    )  # fmt: skip
    def test_what_is_no_rule_set_at_all_is_refused(self, page: dict[str, Any]) -> None:
        with pytest.raises(InvalidRuleSet):
            checked(page, TOWN)

    def test_a_short_text_cannot_become_a_huge_one(self) -> None:
        with pytest.raises(InvalidRuleSet, match="line 3: not YAML: an alias"):
            ruleset_of("version: v\nrules: &all [a]\nbars: *all\n", TOWN)

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("[" * 2000, "more than 50 levels"),
            ("- " * 2000, "more than 50 levels"),
            ("version: v\n[a]: b\n", "line 2: a name must be a single value"),
            ("version: v\n{a: b}: c\n", "line 2: a name must be a single value"),
        ],
    )
    def test_what_python_itself_would_stumble_over_is_refused(self, text: str, fault: str) -> None:
        with pytest.raises(InvalidRuleSet, match=fault):
            ruleset_of(text, TOWN)

    @pytest.mark.parametrize("time", ["²:00", "9" * 5000 + ":00", "09:0٠"], ids=["²", "long", "٠"])
    def test_a_time_is_written_in_plain_digits(self, time: str) -> None:
        night = rule("night", when={"between": f"{time}-05:00"}, to="arbitration")
        with pytest.raises(InvalidRuleSet, match="is not a time such as 09:00"):
            checked(written(night), TOWN)

    def test_rules_whose_check_would_take_minutes_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert ruled()
        monkeypatch.setattr(rules_file, "MOST_STEPS", 100)
        with pytest.raises(InvalidRuleSet, match="too_much: too many rules"):
            ruled()

    def test_days_without_end_are_no_way_around_it(self) -> None:
        never = {"dates": "2026-01-01..2027-12-31", "hours": "working", "weekday": "sun"}
        ruleset = ruled(rule("never", when=never, to="owner"))
        begin = TOWN.clock.calendar.last_day - timedelta(days=400)
        found = check_rules(ruleset, TOWN, on=begin, most_steps=5000)
        assert [finding.fault for finding in found] == [RuleFault.TOO_MUCH]

    def test_no_refusal_is_longer_than_somebody_reads(self) -> None:
        many = rule("many", when={"service": [f"s{n}" for n in range(300)]}, to="x" * 9000)
        with pytest.raises(InvalidRuleSet, match="…") as refused:
            checked(written(many), TOWN)
        unknown = rule("many", when={"service": [f"s{n}" for n in range(300)]}, to="owner")
        with pytest.raises(InvalidRuleSet, match="and 200 more") as refused:
            checked(written(unknown), TOWN)
        assert len(refused.value.faults) == 101

    def test_more_rules_than_can_be_checked_are_refused(self) -> None:
        many = [rule(f"r{n}", when={"service": "lamp"}, to="owner") for n in range(501)]
        with pytest.raises(InvalidRuleSet, match="at most 500 are allowed"):
            checked(written(*many), TOWN)

    @pytest.mark.parametrize("when", [{"answer": {"a": "b"}}, {"danger": "any"}], ids=str)
    def test_no_bar_rests_on_what_a_later_look_does_not_know(self, when: dict[str, Any]) -> None:
        page = written()
        page["bars"] = [*BARS, {**BARS[0], "id": "extra", "when": when}]
        with pytest.raises(InvalidRuleSet, match="extra: no bar can rest on"):
            checked(page, TOWN)

    def test_a_gap_is_told_with_the_matters_that_lie_in_it(self) -> None:
        page = written(*REST[:-1], rest=False)
        with pytest.raises(InvalidRuleSet, match=r"gap: no rule holds: lamp .*west"):
            checked(page, TOWN)

    def test_a_gap_that_only_one_channel_has_is_found(self) -> None:
        web = {**REST[-1], "when": {"channel": ["web", "phone", "message", "system"]}}
        page = written(*REST[:-1], web, rest=False)
        with pytest.raises(InvalidRuleSet, match=r"gap: no rule holds: lamp .*by counter"):
            checked(page, TOWN)

    def test_a_rule_that_names_an_office_the_place_has_not_is_no_answer(self) -> None:
        dong = rule("dong", to="community_office")
        page = written(*REST[:-1], dong, rest=False)
        with pytest.raises(InvalidRuleSet, match="no_office: dong name no office"):
            checked(page, TOWN)

    def test_a_permit_that_some_dong_has_never_goes_to_the_district_unasked(
        self, teams: City
    ) -> None:
        """Quay alone has the permit: while the dong is unclear, no bar keeps it from the
        district."""
        early = rule("early", when={"permit": "yes", "place": "district"}, to="district")
        with pytest.raises(InvalidRuleSet, match="permit_to_district: early gives the district"):
            checked(written(early), teams)

    def test_no_rules_let_a_danger_wait(self, seoul: City) -> None:
        page = yaml.load(
            (PACKS / "seoul" / "competence.yaml").read_text(encoding="utf-8"),
            Loader=yaml.BaseLoader,
        )
        danger, unclear, *others = page["rules"]
        checked({**page, "rules": [danger, unclear, *others]}, seoul)
        with pytest.raises(InvalidRuleSet, match="danger: service_unclear decides before c-"):
            checked({**page, "rules": [unclear, danger, *others]}, seoul)
        with pytest.raises(InvalidRuleSet, match="danger: city_owner decides before c-"):
            checked({**page, "rules": [unclear, *others]}, seoul)
        moon = {**danger, "when": {"danger": ["any", "moon"]}}
        with pytest.raises(InvalidRuleSet, match="unknown_code: danger: no danger 'moon'"):
            checked({**page, "rules": [moon, unclear, *others]}, seoul)

    @pytest.mark.parametrize("left_out", range(3))
    def test_no_bar_of_the_law_can_be_left_out(self, left_out: int) -> None:
        page = written()
        page["bars"] = [bar for n, bar in enumerate(BARS) if n != left_out]
        with pytest.raises(InvalidRuleSet, match="office is not barred from deciding"):
            checked(page, TOWN)

    def test_a_bar_that_takes_the_power_from_who_has_it_is_a_fault(self) -> None:
        page = written()
        page["bars"] = [*BARS, {**BARS[0], "id": "all", "when": {"permit": "yes"}}]
        with pytest.raises(InvalidRuleSet, match="the district office is barred from deciding"):
            checked(page, TOWN)

    def test_a_rule_about_a_language_is_tried_in_it(self) -> None:
        thai = rule("thai", when={"language": "th", "place": "district"}, to="community_office")
        page = written(*REST[:-1], thai, {**REST[-1], "when": {"language": "en"}}, rest=False)
        with pytest.raises(InvalidRuleSet, match="made for thai"):
            checked(page, TOWN)


class TestFile:
    def test_faults_have_the_line_of_their_rule(self, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))
        page = written(rule("a", when={"service": "flying-car"}, to="owner"))
        text = yaml.safe_dump(page, sort_keys=False, allow_unicode=True)
        (folder / "competence.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(PackFaults) as refused:
            load(folder)
        told = str(refused.value.faults[0])
        assert "competence.yaml:" in told
        assert "unknown_service: a: no service 'flying-car'" in told
        line = int(told.split(":")[1])
        assert text.splitlines()[line - 1] == "- id: a"

    def test_a_pack_may_have_rules_of_its_own(self, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))
        text = yaml.safe_dump(written(), sort_keys=False, allow_unicode=True)
        (folder / "competence.yaml").write_text(text, encoding="utf-8")
        assert load(folder).rules.version == "t1"
        assert TOWN.rules.version == "library-1"

    def test_a_capacity_is_a_number_of_matters(self, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))
        (folder / "departments.csv").write_text(
            "id,name.en,name.ko,capacity\nc-hall,Hall,시청,0\nc-works,Works,건설과,many\n",
            encoding="utf-8",
        )
        with pytest.raises(PackFaults) as refused:
            load(folder)
        told = [str(fault) for fault in refused.value.faults]
        assert told[0] == "departments.csv:2: capacity must be 1 to 100000 matters a day, not 0"
        assert "departments.csv:3: 'many' is not a whole number" in told

    def test_the_command_tries_a_file_as_if_it_were_the_packs(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["rules", "saebom"]) == 0
        assert "saebom, rules library-1: 12 rules, 0 fault(s)" in capsys.readouterr().out
        path = tmp_path / "rules.yaml"
        for page, said in [
            (written(), "warning overlap: rest holds in"),
            (written(*REST[:-1], rest=False), "fault gap: no rule holds: lamp"),
            (written(rule("a", to="nobody")), "rules.yaml:8: 'nobody' is none of owner"),
        ]:
            path.write_text(yaml.safe_dump(page, sort_keys=False), encoding="utf-8")
            status = main(["rules", "saebom", str(path)])
            told = capsys.readouterr().out
            assert (said in told, status) == (True, int(not said.startswith("warning"))), told
