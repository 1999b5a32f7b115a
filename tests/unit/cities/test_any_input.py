"""Whatever a citizen enters, a question about a city is answered and keeps no word of it."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cities import Ambiguous, Outside, Place, PlaceQuestion, Resolved, Unknown, load

SEOUL = load("seoul")
TODAY = date(2026, 11, 23)

anything = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="서울특별시강남구역삼동종로청운가제산0123456789-.,·~() /", max_size=80),
)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.floats()),
    st.one_of(st.none(), st.text(max_size=30)),
    st.one_of(st.none(), anything),
    st.one_of(st.none(), anything),
    st.dates(),
)
def test_locate_answers(
    lat: float | None,
    lon: float | None,
    code: str | None,
    name: str | None,
    address: str | None,
    on: date,
) -> None:
    found = SEOUL.locate(Place(lat=lat, lon=lon, code=code, name=name, address=address), on)
    match found:
        case Resolved():
            assert SEOUL.office(found.office).validity.holds(on)
        case Ambiguous():
            assert found.candidates
            assert set(found.question) == {"ko", "en"}
            of_dongs = found.asks is PlaceQuestion.WHICH_DONG
            assert of_dongs == (found.district is not None and bool(found.evidence))
        case Outside():
            assert found.distance >= 0
        case Unknown():
            assert found.detail is None or found.detail == code


@settings(deadline=None, max_examples=300)
@given(anything)
def test_classify_answers_and_repeats_itself(text: str) -> None:
    found = SEOUL.classify(text)
    assert found == SEOUL.classify(text)
    assert all(match.score > 0 and match.terms for match in found)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(SEOUL.catalogue)), st.one_of(st.none(), anything), st.dates())
def test_there_is_always_an_office_to_go_to(service: str, address: str | None, on: date) -> None:
    resolution = SEOUL.locate(Place(address=address), on)
    offices = SEOUL.candidate_offices(service, resolution, on)
    assert offices[-1] == SEOUL.arbitration_office
    assert all(office.validity.holds(on) for office in offices)


@pytest.mark.parametrize(
    "text",
    ["로" * 300, "가" * 300, "1," * 150, "(" * 300, "동1" * 150, "종로구청" * 75, "서울" * 150],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    SEOUL.locate(Place(address=text), TODAY)
    SEOUL.classify(text * 10)
    assert time.process_time() - began < 0.1
