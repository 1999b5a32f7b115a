"""What a text asks for: the catalogue's terms and the trained words weighed against each other.

Owns which of the two names the services, when no person need look, and what the words leave of
that on a day and where a text may also be a sealed report. A city without trained words answers
from its terms alone. Leaves to its callers the place, the office, and what happens to a text that
nobody may be sure of: a person then chooses among the guesses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.cities.catalogue.classify import Classifier, Match
from services.cities.catalogue.model import Service
from services.cities.catalogue.trained import MOST_GUESSES, Guess, Trained

# The probability of a sealed service from which a text may be a report that few may read. Higher:
# a report may be read by many. Lower: persons look at what has nothing to do with one.
SEALED_LIKELY = 0.02


class Method(StrEnum):
    """What named the first guess."""

    KEYWORDS = "keywords"
    TRAINED = "trained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What a text asks for, as far as its words say.

    `guesses` are at most MOST_GUESSES services, best first; none where nothing in the text speaks
    of any. A guess's probability, between 0 and 1, was found on labelled sentences where `method`
    is TRAINED. Where it is KEYWORDS it is the share that the service's terms have in the weight of
    all terms found, which nobody has compared with what citizens meant.
    `sure` says that no person need look. `others` are the services of further matters in the same
    text, in its order; the first guess is then the matter that leads. `model` is the version of the
    trained words, empty without them.
    """

    guesses: tuple[Guess, ...] = ()
    sure: bool = False
    others: tuple[str, ...] = ()
    method: Method = Method.KEYWORDS
    model: str = ""


def understand(text: str, classifier: Classifier, trained: Trained | None) -> Understanding:
    """What a text asks for by the terms of a catalogue, and by its trained words where it has
    some."""
    matches = classifier.classify(text)
    if trained is None:
        return _by_keywords(matches)
    answer = trained.answer(text)
    return Understanding(
        guesses=_with_terms(answer.guesses, matches),
        sure=answer.sure,
        others=answer.others,
        method=Method.TRAINED,
        model=trained.version,
    )


def on_record(
    said: Understanding,
    *,
    by_terms: Collection[str],
    valid: Mapping[str, Service],
    sealed: Collection[str],
) -> Understanding:
    """What is left of an understanding where only the `valid` services, by code, can be asked for.

    `by_terms` are the services whose terms are in the text. A sealed one among them that does not
    lead is a further matter. Not `sure` where the first guess is not valid, though trained words
    were sure of it, nor where it is a permit: who applies says what for, and words alone are no
    application. Nor where the text may be a sealed report beside something else: whoever reads the
    one reads the other. Without guesses where no word of the text is known and nobody is sure.
    """
    guesses = tuple(guess for guess in said.guesses if guess.service in valid)
    # A model without a known word only guesses, unless it is sure: Chinese and Japanese are written
    # without gaps, so what it knows of them are seldom words that can be shown.
    if not guesses or not (said.sure or any(guess.terms for guess in guesses)):
        return Understanding(method=said.method, model=said.model)
    first, *rest = guesses
    reports = (code for code in by_terms if code in sealed and code != first.service)
    others = dict.fromkeys(code for code in [*said.others, *reports] if code in valid)
    likely = (guess.service for guess in rest if guess.probability >= SEALED_LIKELY)
    beside = {*others, *(likely if first.service not in sealed else ())}
    # Trained words are sure of their first guess alone; terms are the best that a city has.
    known = said.sure and (said.method is Method.KEYWORDS or first == said.guesses[0])
    return replace(
        said,
        guesses=guesses,
        sure=known and not valid[first.service].permit and beside.isdisjoint(sealed),
        others=tuple(others),
    )


def _by_keywords(matches: Sequence[Match]) -> Understanding:
    """Sure wherever a term was found: there is nothing else that would know better."""
    whole = sum(match.score for match in matches)
    guesses = tuple(
        Guess(service=match.service, probability=round(match.score / whole, 4), terms=match.terms)
        for match in matches[:MOST_GUESSES]
    )
    return Understanding(guesses=guesses, sure=bool(guesses))


def _with_terms(guesses: Sequence[Guess], matches: Sequence[Match]) -> tuple[Guess, ...]:
    """The guesses, the catalogue's own terms shown before what the training knew."""
    terms: Mapping[str, tuple[str, ...]] = {match.service: match.terms for match in matches}
    return tuple(
        replace(guess, terms=tuple(dict.fromkeys([*terms.get(guess.service, ()), *guess.terms])))
        for guess in guesses
    )
