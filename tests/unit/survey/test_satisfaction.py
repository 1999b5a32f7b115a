"""Satisfaction on 100 points, and the secret in the link."""

from __future__ import annotations

import re

import pytest

from services.survey.domain.satisfaction import Count, Figure, by_office, together
from services.survey.domain.tokens import Tokens


@pytest.mark.parametrize(("score", "points"), [(1, 0), (2, 25), (3, 50), (4, 75), (5, 100)])
def test_a_score_is_worth_a_quarter_of_the_scale(score: int, points: float) -> None:
    assert Figure(invited=1, answered=1, score_sum=score).points == points


def test_silence_has_no_points_but_a_response_rate() -> None:
    assert Figure(invited=4).points is None
    assert Figure(invited=4).response_rate == 0
    assert Figure().response_rate is None


def test_counts_become_the_figures_of_offices_and_of_their_city() -> None:
    figures = by_office(
        [
            Count(office_id="d-1", score=5, surveys=3),
            Count(office_id="d-1", score=3, surveys=1),
            Count(office_id="d-1", score=None, surveys=4),
            Count(office_id="c-1", score=None, surveys=2),
        ]
    )
    assert figures["d-1"] == Figure(invited=8, answered=4, score_sum=18)
    assert figures["d-1"].points == 87.5
    assert figures["d-1"].response_rate == 0.5
    assert figures["c-1"].points is None
    assert together(figures.values()) == Figure(invited=10, answered=4, score_sum=18)


def test_a_city_without_surveys_has_an_empty_figure() -> None:
    assert together([]) == Figure()


def test_a_token_fits_its_own_survey_only() -> None:
    tokens, others = Tokens("a secret of the city"), Tokens("another city's secret")
    token = tokens.of("i-1-1")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert tokens.fits("i-1-1", token)
    assert not tokens.fits("i-1-2", token)
    assert not tokens.fits("i-1-1", token[:-1])
    assert not tokens.fits("i-1-1", "")
    assert not tokens.fits("i-1-1", "한글")
    assert not others.fits("i-1-1", token)
