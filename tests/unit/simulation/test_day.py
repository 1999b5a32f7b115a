"""The people of the simulated day: what they ask fits the pack, and many commands are one call."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services import cities
from services.cities.catalogue.permit import filled
from simulation.actors import figures, shares
from simulation.actors.applicants import Applicants
from simulation.actors.citizens import Citizens
from simulation.actors.coordinator import GRANTED, RETURNED, Plan
from simulation.actors.office_software import OfficeSoftware
from simulation.actors.tray import Tray
from simulation.day.pack import late_entries, left_unanswered_since
from simulation.judge.lifecycles import Kind

SEOUL = cities.load("seoul")
TODAY = date(2026, 11, 27)
MARK = "qzcabcdefgh"


def applicants(seed: int = 1) -> Applicants:
    chance = random.Random(seed)
    return Applicants(
        city=SEOUL,
        citizens=Citizens(city=SEOUL, figures=figures.of_city("seoul"), today=TODAY, chance=chance),
        shares=shares.read(),
        today=TODAY,
        chance=chance,
        mark=MARK,
        changing=Plan.of(SEOUL, TODAY).changing(),
    )


@pytest.mark.parametrize("code", sorted(SEOUL.permit_kinds))
@pytest.mark.parametrize("received_on", [TODAY, TODAY - timedelta(days=1)])
def test_each_form_is_filled_in_as_the_kind_has_it(code: str, received_on: date) -> None:
    people = applicants()
    for _ in range(50):
        form = people.form(code, received_on)
        assert filled(SEOUL.permit_kinds[code], form, received_on)[1] == ()


def test_few_matters_have_every_kind_and_each_word_of_theirs_is_marked() -> None:
    people = applicants()
    asked = [people.ask() for _ in range(60)]
    applied = [one for one in asked if one.body["text"].endswith(MARK)]
    assert {one.service for one in applied} == set(SEOUL.permit_kinds)
    assert all(one.body["contact"]["name"] == MARK for one in asked)
    assert len({one.body["contact"]["email"] for one in asked}) == len(asked)
    delegable = {one.service for one in asked if one.application is not None}
    assert len(delegable) >= 8
    assert all(SEOUL.service(code).delegable for code in delegable)


def test_the_same_seed_asks_the_same() -> None:
    first, second = applicants(), applicants()
    assert [first.ask() for _ in range(40)] == [second.ask() for _ in range(40)]


def test_a_rush_is_of_many_in_one_place_in_words_of_their_own() -> None:
    people = applicants()
    office, asked = people.rush(8)
    assert {one.offices for one in asked} == {(office,)}
    assert len({one.service for one in asked}) == 1
    assert len({one.body["text"] for one in asked}) == 8
    assert len({one.body["contact"]["email"] for one in asked}) == 8
    assert all(one.body["text"].endswith(MARK) for one in asked)
    assert not SEOUL.service(asked[0].service).delegable


def test_some_take_back_at_once_what_an_office_is_to_answer() -> None:
    people = applicants()
    asked = [people.ask() for _ in range(400)]
    regret = [one for one in asked if one.regrets]
    assert 5 < len(regret) < 40
    assert all(one.kind is Kind.CASE for one in regret)


def test_the_days_pack_lets_offices_enter_what_came_when_the_shortest_time_is_over() -> None:
    with late_entries("seoul") as folder:
        late = cities.load(folder)
    assert late.id == SEOUL.id
    period = late.limit("backdating")
    for number in range(366):
        today = TODAY - timedelta(days=number)
        since = left_unanswered_since(SEOUL, today)
        assert 2 <= (today - since).days < period.amount
    assert left_unanswered_since(SEOUL, date(2026, 11, 30)) == date(2026, 11, 26)


def test_a_pack_without_a_limit_of_late_entries_has_nothing_to_change(tmp_path: Path) -> None:
    (tmp_path / "calendar.yaml").write_text("limits: {}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="0 limits"), late_entries(str(tmp_path)):
        pass


def test_each_change_has_a_district_of_its_own_where_it_changes_something() -> None:
    plan = Plan.of(SEOUL, TODAY)
    districts = [offices[0].district for _, offices in plan.changes()]
    assert len({*districts, plan.closing.district}) == len(districts) + 1
    for service, offices in plan.changes():
        for office in offices:
            held = SEOUL.delegate(service, str(office.district), office.dong, TODAY) is not None
            assert held is (service != GRANTED)
    assert plan.returned[0].district in ("11110", "11680")
    assert RETURNED == "lease-report"


def test_a_city_with_too_few_districts_to_change_has_no_plan() -> None:
    with pytest.raises(ValueError, match="no district of boston"):
        Plan.of(cities.load("boston"), TODAY)


class Office:
    """Notes the calls; refuses what is called `bad`."""

    def __init__(self, office_id: str = "o-1") -> None:
        self.office_id = office_id
        self.calls: list[Sequence[Any]] = []

    async def many(self, rpc: str, commands: Sequence[Any]) -> Sequence[Any]:
        assert rpc == "AcceptMany"
        self.calls.append(commands)
        if "broken" in commands:
            raise RuntimeError("broken")
        return [f"{command}!" for command in commands]


async def put(tray: Tray, office: Office, *commands: str) -> list[Any]:
    there = cast(OfficeSoftware, office)
    waiting = (tray.put(there, command) for command in commands)
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_comes_within_a_moment_is_one_call_and_each_gets_its_own_result() -> None:
    tray, first, second = Tray("AcceptMany", 0.01), Office("o-1"), Office("o-2")
    results = await asyncio.gather(put(tray, first, "a", "b"), put(tray, second, "c"))
    assert list(results) == [["a!", "b!"], ["c!"]]
    assert (first.calls, second.calls) == ([["a", "b"]], [["c"]])
    assert await put(tray, first, "d") == ["d!"]
    assert (tray.calls, tray.most) == (3, 2)
    assert (tray.commands, tray.grouped) == (4, 2)


async def test_a_call_that_fails_fails_for_each_of_its_commands_and_for_no_later_one() -> None:
    tray, office = Tray("AcceptMany", 0.01), Office()
    failed = await put(tray, office, "broken", "a")
    assert [type(one) for one in failed] == [RuntimeError, RuntimeError]
    assert await put(tray, office, "b") == ["b!"]


def test_every_share_lies_between_none_and_all() -> None:
    day = shares.read()
    always = SimpleNamespace(random=lambda: 0.0)
    assert day.happens("permits", cast(random.Random, always))
    assert not day.happens("withdrawn", cast(random.Random, SimpleNamespace(random=lambda: 0.999)))
