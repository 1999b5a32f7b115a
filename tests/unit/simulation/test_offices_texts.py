"""What simulated offices write: lawful in every language, for every matter that they decide."""

from __future__ import annotations

import pytest

from services import cities
from services.districts.domain.case.commands import Answer, DecidePermit
from services.districts.domain.case.events import PermitDecision
from services.districts.domain.case.model import Officer
from simulation.actors.citizens import Phrases, phrases
from tests.unit.districts.case import accepted, order

SEOUL = cities.load("seoul")
BOTH = phrases(("ko", "en"))
KOREAN = BOTH["ko"]
DECIDED = sorted(service.names["ko"] for service in SEOUL.catalogue.values() if service.permit)


def officer(said: Phrases) -> Officer:
    return Officer(unit=said.officer.unit, name=said.officer.name, phone=said.officer.phone)


@pytest.mark.parametrize("said", BOTH.values(), ids=BOTH)
def test_districts_takes_every_answer_with_its_officer(said: Phrases) -> None:
    for text in said.office_answers:
        command = Answer(text=text.format(service="x"), officer=officer(said))
        assert order(accepted(), command) is not None


@pytest.mark.parametrize("said", BOTH.values(), ids=BOTH)
@pytest.mark.parametrize("name", DECIDED)
def test_every_decision_has_its_words(said: Phrases, name: str) -> None:
    texts = said.decisions_on(name)
    for decision in PermitDecision:
        text = getattr(texts, decision.value)
        assert "{service}" in text
        command = DecidePermit(decision=decision, text=text, officer=officer(said))
        assert order(accepted(permit=True), command) is not None


@pytest.mark.parametrize("name", [name for name in DECIDED if name.endswith("신고")])
def test_a_report_is_taken_and_never_permitted(name: str) -> None:
    texts = KOREAN.decisions_on(name)
    for text in (texts.granted, texts.granted_conditionally):
        assert "수리하였습니다" in text
        assert "허가" not in text


@pytest.mark.parametrize("name", DECIDED)
def test_a_refusal_tells_that_a_supplement_was_asked_for_first(name: str) -> None:
    """Petitions Act 22, Decree 24 and 25(1); how to object is the message's to say."""
    text = KOREAN.decisions_on(name).refused
    assert "보완을 요구하였으나" in text
    assert "제25조제1항" in text
    assert "이의신청" not in text
