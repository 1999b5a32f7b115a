"""Versions of the rules: proposed once, activated ahead, one in force; and what others would
change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import (
    Ask,
    Channel,
    CompetenceRule,
    Facts,
    PlaceClass,
    RuleSet,
    evaluate,
)
from services.cities.competence.model import Choice, OfficeWord
from services.common.kernel import DomainError, Kind
from services.routing.domain.ruleset import decide
from services.routing.domain.ruleset.decide import NOTICE
from services.routing.domain.ruleset.events import RuleSetActivated
from services.routing.domain.ruleset.model import Activation, RuleSetVersion, in_force
from services.routing.domain.ruleset.replay import MOST_SAMPLES, Past, Ruling, replay
from tests.unit.routing.town import NOW, TODAY, TOWN

PROPOSED = RuleSetVersion(version="v1", text="rules", proposed_at=NOW, proposed_by="a")
DAY = timedelta(days=1)


def activated(
    state: RuleSetVersion = PROPOSED,
    *,
    at: datetime | None = None,
    reason: str = "why",
    now: datetime = NOW,
) -> decide.RuleSetChange | None:
    return decide.activate(state, effective_from=at, reason=reason, caller="a", now=now)


def begun(version: str, *moments: datetime) -> RuleSetVersion:
    activations = tuple(
        Activation(effective_from=at, reason="", activated_at=at - DAY, activated_by="a")
        for at in moments
    )
    return replace(PROPOSED, version=version, activations=activations)


class TestVersions:
    def test_a_version_is_kept_and_tells_nothing(self) -> None:
        change = decide.propose(None, version="v1", text="rules", caller="a", now=NOW)
        assert change is not None
        assert (change.state, change.events) == (PROPOSED, ())

    def test_the_same_again_changes_nothing_and_another_text_is_refused(self) -> None:
        later = NOW + DAY
        again = decide.propose(PROPOSED, version="v1", text="rules", caller="b", now=later)
        assert again is None
        with pytest.raises(DomainError, match="version_taken") as refused:
            decide.propose(PROPOSED, version="v1", text="others", caller="a", now=later)
        assert (refused.value.kind, refused.value.field) == (Kind.CONFLICT, "version")


class TestActivation:
    def test_it_begins_when_every_replica_has_the_rules(self) -> None:
        change = activated()
        assert change is not None
        [told] = change.events
        assert told == RuleSetActivated(
            ruleset_version="v1", effective_from=NOW + NOTICE, activated_at=NOW
        )
        assert change.state.activations[0].reason == "why"

    @pytest.mark.parametrize("ahead", [-DAY, timedelta(), NOTICE - timedelta(milliseconds=1)])
    def test_one_that_some_replica_would_not_have_in_time_is_refused(
        self, ahead: timedelta
    ) -> None:
        with pytest.raises(DomainError, match="effective_too_soon") as refused:
            activated(at=NOW + ahead)
        assert refused.value.field == "effective_from"

    def test_an_order_that_is_sent_again_has_the_effect_of_one(self) -> None:
        soon = activated()
        assert soon is not None
        assert activated(soon.state, now=NOW + NOTICE - timedelta(seconds=1)) is None
        ahead = activated(at=NOW + DAY)
        assert ahead is not None
        assert activated(ahead.state, at=NOW + DAY, now=NOW + timedelta(hours=1)) is None

    def test_now_is_not_the_later_moment_that_was_ordered_before(self) -> None:
        """The version would not begin, and the official would be told that it does."""
        later = activated(at=NOW + 30 * DAY)
        assert later is not None
        now = activated(later.state, now=NOW + DAY)
        assert now is not None
        assert now.state.activations[-1].effective_from == NOW + DAY + NOTICE

    def test_once_it_has_begun_the_same_order_means_once_more(self) -> None:
        """To go back to older rules an official activates them again."""
        first = activated()
        assert first is not None
        back = activated(first.state, now=NOW + DAY)
        assert back is not None
        assert len(back.state.activations) == 2

    def test_no_rules_are_activated_that_nobody_proposed(self) -> None:
        with pytest.raises(DomainError, match="unknown_ruleset"):
            decide.activate(None, effective_from=None, reason="", caller="a", now=NOW)


class TestInForce:
    def test_before_any_has_begun_only_the_packs_rules_hold(self) -> None:
        assert in_force([], NOW) is None
        assert in_force([begun("v1", NOW + DAY)], NOW) is None
        assert in_force([PROPOSED], NOW) is None

    def test_the_latest_beginning_counts_and_older_rules_can_come_back(self) -> None:
        versions = [begun("v1", NOW - 3 * DAY, NOW), begun("v2", NOW - DAY)]
        held = [in_force(versions, NOW - days * DAY) for days in (4, 3, 2, 1, 0)]
        assert held == [None, "v1", "v1", "v2", "v1"]

    @given(st.permutations([begun("a", NOW), begun("b", NOW - DAY), begun("c", NOW - 2 * DAY)]))
    def test_the_order_in_which_they_are_read_is_nothing(
        self, versions: list[RuleSetVersion]
    ) -> None:
        assert in_force(versions, NOW) == "a"

    def test_of_two_that_begin_together_the_one_activated_last_holds(self) -> None:
        early, late = begun("z", NOW), begun("a", NOW)
        activation = replace(late.activations[0], activated_at=NOW - timedelta(hours=1))
        late = replace(late, activations=(activation,))
        assert in_force([early, late], NOW) == in_force([late, early], NOW) == "a"


def facts(service: str, district: str = "west") -> Facts:
    return Facts(
        service=service,
        channel=Channel.WEB,
        language="en",
        received_at=NOW,
        on=TODAY,
        today=TODAY,
        place=PlaceClass.DISTRICT,
        district=district,
    )


def past(number: int, service: str, district: str = "west") -> Past:
    of = facts(service, district)
    return Past(
        inquiry_id=f"i{number}",
        service_code=service,
        facts=of,
        ruling=Ruling.of(evaluate(TOWN.rules, TOWN, of)),
    )


def with_first(*rules: CompetenceRule) -> RuleSet:
    """The town's rules behind others."""
    return replace(TOWN.rules, version="t2", rules=(*rules, *TOWN.rules.rules), plans={})


ALL_TO_HALL = CompetenceRule(
    id="all", names={}, why={}, to=Choice(word=OfficeWord.OFFICE, office="c-hall")
)


class TestDryRun:
    def test_the_same_rules_change_nothing(self) -> None:
        run = replay(TOWN, TOWN.rules, [past(1, "lamp"), past(2, "idea")])
        assert (run.decisions, run.moved, run.renamed, run.samples) == (2, 0, 0, [])

    def test_what_would_lie_elsewhere_is_counted_by_who_loses_and_who_gets_it(self) -> None:
        decisions = [past(1, "lamp"), past(2, "lamp", "east"), past(3, "lamp"), past(4, "idea")]
        run = replay(TOWN, with_first(ALL_TO_HALL), decisions)
        assert (run.version, run.decisions, run.moved) == ("t2", 4, 3)
        assert run.before == {"d-west": 2, "d-east": 1}
        assert run.after == {"c-hall": 3}

    def test_the_same_office_by_another_rule_is_told_apart(self) -> None:
        run = replay(TOWN, with_first(ALL_TO_HALL), [past(1, "idea")])
        assert (run.moved, run.renamed) == (0, 1)
        assert run.samples[0].ruling.rule == "all"

    def test_what_would_be_asked_counts_under_no_office(self) -> None:
        asking = CompetenceRule(id="ask", names={}, why={}, ask=Ask.PLACE)
        run = replay(TOWN, with_first(asking), [past(1, "lamp")])
        assert (run.before, run.after) == ({"d-west": 1}, {"": 1})
        assert run.samples[0].ruling.ask is Ask.PLACE

    def test_every_kind_of_change_is_shown_before_more_of_the_same(self) -> None:
        many = [past(n, "lamp") for n in range(3 * MOST_SAMPLES)]
        run = replay(TOWN, with_first(ALL_TO_HALL), [*many, past(99, "idea"), past(100, "lamp")])
        assert len(run.samples) == MOST_SAMPLES
        rare = [past(99, "moving-in")]
        run = replay(TOWN, with_first(ALL_TO_HALL), [*many, *rare])
        assert {one.past.service_code for one in run.samples} == {"lamp", "moving-in"}
