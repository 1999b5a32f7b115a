"""The simulated people: what they ask follows the figures, and is repeatable."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache

import pytest

from scripts.cities.examples import HELD_BACK, Example, read
from services import cities
from services.cities import Workload
from simulation.actors import citizens
from simulation.actors import figures as published
from simulation.actors.citizens import Citizens, arrivals, thinking
from simulation.actors.figures import Figures, district_weights, service_weights
from simulation.actors.sentences import STRANGERS, sentences
from simulation.judge.lifecycles import Kind

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def seoul() -> cities.City:
    return cities.load("seoul")


@pytest.fixture(scope="module")
def figures() -> Figures:
    return published.of_city("seoul")


@cache
def examples() -> tuple[Example, ...]:
    return read(cities.PACKS / "seoul" / "examples")


def crowd(city: cities.City, figures: Figures, seed: int = 1) -> Citizens:
    return Citizens(city=city, figures=figures, today=DAY, chance=random.Random(seed))


def test_the_figures_name_only_services_and_districts_of_the_city(
    seoul: cities.City, figures: Figures
) -> None:
    named = {code for codes in figures.services.values() for code in codes}
    assert named <= seoul.catalogue.keys()
    districts = {office.district for office in seoul.offices.values() if office.district}
    assert figures.populations.keys() == districts


def test_topics_take_their_published_shares(seoul: cities.City, figures: Figures) -> None:
    weights = service_weights(figures, seoul)
    assert sum(weights.values()) == pytest.approx(1)
    water = sum(weights[code] for code in figures.services["water"])
    assert water == pytest.approx((1 - 0.518) * 0.094)


def test_districts_take_their_published_shares(seoul: cities.City, figures: Figures) -> None:
    weights = district_weights(figures, seoul)
    assert sum(weights.values()) == pytest.approx(100)
    assert weights["11680"] == 9.1


def test_the_same_seed_asks_the_same(seoul: cities.City, figures: Figures) -> None:
    first, second = crowd(seoul, figures), crowd(seoul, figures)
    assert [first.ask() for _ in range(50)] == [second.ask() for _ in range(50)]


def test_nobody_asks_what_no_message_and_no_survey_may_follow(
    seoul: cities.City, figures: Figures
) -> None:
    people = crowd(seoul, figures)
    asked = {people.ask().service for _ in range(2_000)}
    assert not any(seoul.service(code).sealed for code in asked)


def test_most_are_answered_on_the_call(seoul: cities.City, figures: Figures) -> None:
    people = crowd(seoul, figures)
    kinds = Counter(people.ask().kind for _ in range(3000))
    assert kinds[Kind.CALL] / 3000 == pytest.approx(0.871, abs=0.02)


def test_contacts_are_of_the_domain_reserved_for_examples(
    seoul: cities.City, figures: Figures
) -> None:
    people = crowd(seoul, figures)
    contacts = [c for c in (people.ask().body.get("contact") for _ in range(200)) if c]
    assert contacts
    assert all(contact["email"].endswith("@example.org") for contact in contacts)


def test_citizens_of_seoul_write_as_nobody_wrote_in_training(
    seoul: cities.City, figures: Figures
) -> None:
    people = crowd(seoul, figures)
    trained_on = {one.text for one in examples() if one.writer not in HELD_BACK}
    asked = [people.ask() for _ in range(1_000)]
    assert not trained_on & {one.body["text"] for one in asked}
    held_back = {(one.service, one.text) for one in examples() if one.writer in HELD_BACK}
    theirs = sum((one.service, one.body["text"]) in held_back for one in asked)
    assert theirs == len(asked)


def test_who_says_no_place_may_be_sent_to_whom_the_rules_name_without_one(
    seoul: cities.City, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What any office does the contact office is competent for, too, and for nothing else."""
    monkeypatch.setattr(citizens, "VAGUE_SHARE", 1.0)
    people = crowd(seoul, figures)
    contact, seen = seoul.contact_office.id, set()
    for asked in (people.ask() for _ in range(1_000)):
        service = seoul.service(asked.service)
        if service.workload is not Workload.CITY and service.refer_to is None:
            seen.add(service.anywhere)
            assert (contact in asked.offices) == service.anywhere
            assert asked.offices[0] != contact
    assert seen == {True, False}


def test_whose_words_citizens_use_is_held_back_from_training() -> None:
    assert STRANGERS == HELD_BACK


def test_the_words_of_a_citizen_say_no_place_and_no_danger(seoul: cities.City) -> None:
    """Of every tenth sentence; without the filter some of these would name a place or a danger."""
    texts = [text for written in sentences(seoul, DAY).values() for text in written]
    for text in texts[::10]:
        assert seoul.danger_in(text) is None
        assert isinstance(seoul.locate(cities.Place(address=text), DAY), cities.Unknown)


def test_a_city_without_sentences_is_asked_in_its_catalogues_terms() -> None:
    saebom = cities.load("saebom")
    assert not sentences(saebom, DAY)
    assert saebom.understand(crowd(saebom, Figures()).ask().body["text"]).guesses


def test_a_city_without_figures_has_even_shares() -> None:
    assert published.of_city("atlantis") == Figures()


def test_a_city_without_districts_is_asked_without_places() -> None:
    people = crowd(cities.load("boston"), Figures())
    assert all(people.ask().body["place"] is None for _ in range(50))


def test_a_day_has_the_published_number_of_inquiries(seoul: cities.City, figures: Figures) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=seoul.timezone)
    day = sum(figures.per_second(midnight + timedelta(minutes=m)) * 60 for m in range(24 * 60))
    assert day == pytest.approx(25_384, rel=0.001)


def test_arrivals_keep_the_rate_of_the_hour(seoul: cities.City, figures: Figures) -> None:
    nine = datetime(2026, 11, 23, 9, 30, tzinfo=seoul.timezone)
    times = list(arrivals(figures, nine, 60, 60, random.Random(5)))
    assert times == sorted(times)
    assert len(times) == pytest.approx(figures.per_second(nine) * 3600, rel=0.1)


def test_thinking_is_compressed_and_bounded() -> None:
    chance = random.Random(2)
    times = [thinking(10, 60, chance) for _ in range(500)]
    assert min(times) > 0
    assert max(times) <= 30
