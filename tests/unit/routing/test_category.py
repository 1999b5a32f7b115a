"""From the citizen's words to the service: when it is sure, and what is kept when it is not."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from services import cities
from services.cities import City, Guess, Matter, Method, Place, Understanding
from services.common.kernel import DomainError
from services.routing.domain.assignment import dates, handover, queue
from services.routing.domain.assignment.events import UnroutedReason
from services.routing.domain.assignment.model import CategorySource, NotRouted, Routed
from services.routing.domain.policy import Statement, route
from tests.unit.routing.town import HILL, MATTER, NOW, TODAY, TOWN, declined, told

SEOUL = cities.load("seoul")
Found = tuple[Matter, Routed | NotRouted]


def of_words(text: str, city: City = SEOUL, place: Place | None = None) -> Found:
    return route(city, city.rules, Statement(text=text, place=place), MATTER, today=TODAY)


def guessed(service: str, probability: float, *terms: str) -> Guess:
    return Guess(service=service, probability=probability, terms=terms)


LAMP, IDEA = guessed("lamp", 0.6, "lamp"), guessed("idea", 0.3, "idea")


def understanding(
    patch: pytest.MonkeyPatch,
    *guesses: Guess,
    sure: bool = True,
    others: tuple[str, ...] = (),
    sealed: str = "",
    method: Method = Method.TRAINED,
) -> City:
    """The town, where every text is understood like this."""
    city = copy.copy(TOWN)
    city.catalogue = {
        code: replace(service, sealed=code == sealed) for code, service in TOWN.catalogue.items()
    }
    found = Understanding(guesses=guesses, sure=sure, others=others, method=method, model="m1")
    patch.setattr(city, "understand", lambda _: found)
    return city


def not_routed(found: Found) -> NotRouted:
    assert isinstance(found[1], NotRouted)
    return found[1]


def test_sure_words_are_routed_and_the_guesses_stay() -> None:
    matter, decision = of_words("공무원이 너무 불친절했어요")
    assert isinstance(decision, Routed)
    inputs = decision.inputs
    assert matter.service_code == inputs.guesses[0].service
    assert (inputs.category, inputs.terms) == (CategorySource.WORDS, inputs.guesses[0].terms)
    assert inputs.model


def test_unsure_words_are_not_routed_and_leave_a_few_guesses() -> None:
    matter, decision = of_words("도와주세요")
    assert (not_routed((matter, decision)).reason, matter.service_code) == (
        UnroutedReason.UNSURE,
        "",
    )
    inputs = decision.inputs
    assert 0 < len(inputs.guesses) <= 5
    assert inputs.guesses[0].terms == ("도와주세요",)
    assert inputs.terms == (), "no guess is the matter's service"


@pytest.mark.parametrize("text", ["", "zzz"])
def test_words_of_which_none_is_known_are_no_guess(text: str) -> None:
    """Trained words answer any text; without a word that they know, by chance."""
    decision = not_routed(of_words(text))
    assert (decision.reason, decision.inputs.guesses) == (UnroutedReason.NO_CATEGORY, ())


def test_terms_alone_are_sure_as_they_ever_were() -> None:
    matter, decision = of_words("The street lamp and an idea", TOWN, HILL)
    assert isinstance(decision, Routed)
    assert matter.service_code == "lamp"
    assert {guess.service for guess in decision.inputs.guesses} == {"lamp", "idea"}


@pytest.mark.parametrize(
    ("method", "service"), [(Method.TRAINED, ""), (Method.KEYWORDS, "idea")], ids=str
)
def test_a_service_that_did_not_exist_at_the_receipt_is_no_guess(
    monkeypatch: pytest.MonkeyPatch, method: Method, service: str
) -> None:
    """Trained words are sure of their first guess alone."""
    city = understanding(monkeypatch, LAMP, IDEA, method=method)
    left = tuple(one for one in TOWN.catalogue.values() if one.code != "lamp")
    monkeypatch.setattr(city, "services_on", lambda _: left)
    matter, decision = of_words("lamp idea", city)
    assert (matter.service_code, decision.inputs.guesses) == (service, (IDEA,))


@pytest.mark.parametrize("service", ["", "street-light"])
def test_a_danger_is_kept_whoever_named_the_service(service: str) -> None:
    text = "옆집에 불이 났어요"
    matter = replace(MATTER, service_code=service)
    _, decision = route(SEOUL, SEOUL.rules, Statement(text=text), matter, today=TODAY)
    assert decision.facts.danger == "fire"
    assert isinstance(decision, Routed)
    assert (decision.rule, decision.offices[0]) == ("danger", "c-fire")


def test_a_danger_leads_whatever_else_the_text_may_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows the service, so nobody can say who else is competent."""
    city = copy.copy(SEOUL)
    guesses = (guessed("street-light", 0.4, "lamp"), guessed("pothole", 0.3, "hole"))
    found = Understanding(guesses=guesses, others=("pothole",), method=Method.TRAINED)
    monkeypatch.setattr(city, "understand", lambda _: found)
    matter, decision = of_words("불이 났어요", city)
    assert isinstance(decision, Routed)
    assert (decision.rule, matter.service_code, decision.consulted) == ("danger", "", ())


def test_further_matters_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    city = understanding(monkeypatch, IDEA, LAMP, others=("lamp",))
    matter, decision = of_words("idea lamp", city)
    assert (matter.service_code, decision.inputs.others) == ("idea", ("lamp",))


def test_a_text_that_also_reports_what_is_sealed_is_given_to_no_other_office(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The office of the lead matter would read the report (Anti-Corruption Act 64)."""
    city = understanding(monkeypatch, IDEA, LAMP, others=("lamp",), sealed="lamp")
    assert not_routed(of_words("idea lamp", city)).reason is UnroutedReason.UNSURE
    alone = understanding(monkeypatch, LAMP, IDEA, sealed="lamp")
    assert of_words("lamp", alone, HILL)[0].service_code == "lamp"


def test_trained_words_that_are_sure_need_no_term_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Chinese and Japanese, written without gaps, hardly any known word can be shown."""
    matter, decision = of_words(
        "ランプが壊れています", understanding(monkeypatch, guessed("lamp", 0.9)), HILL
    )
    assert isinstance(decision, Routed)
    assert (matter.service_code, decision.inputs.terms) == ("lamp", ())


def test_words_that_no_term_spoke_for_are_no_guess_while_they_are_not_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = understanding(monkeypatch, guessed("lamp", 0.4), sure=False)
    assert not_routed(of_words("zzz", city, HILL)).reason is UnroutedReason.NO_CATEGORY


def test_no_danger_goes_round_between_offices_and_somebody_is_told_within_the_hour() -> None:
    statement = Statement(text="옆집에 불이 났어요")
    matter, decision = route(SEOUL, SEOUL.rules, statement, MATTER, today=TODAY)
    change = queue.receive(
        None, city=SEOUL, inquiry_id="i1", matter=matter, decision=decision, now=NOW
    )
    event = told(change)
    assert (event.office_id, event.binding) == ("c-fire", True)
    assert event.take_by == NOW + dates.DANGER_TO_TAKE
    assert change is not None
    assert change.wake_at == event.take_by + dates.MOMENT
    with pytest.raises(DomainError, match="closing_unheard"):
        handover.decline(
            change.state, city=SEOUL, ruleset=SEOUL.rules, event=declined(1, "c-fire"), now=NOW
        )
