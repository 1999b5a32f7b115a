"""What may come in, and what a refusal says."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import cities
from services.cities import Channel, City, Matter
from services.intake.adapters.phone import e164_in
from services.intake.domain.admit import Admitted, Given, ReceiveInquiry, Refused, admit
from services.intake.domain.model import Contact, Place

# A Monday, 11:00 in Seoul.
NOW = datetime(2026, 11, 23, 2, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return cities.load("seoul")


def admitted(city: City, **fields: Any) -> Admitted:
    return admit(
        ReceiveInquiry(**{"text": "문의합니다", **fields}), city, NOW, e164_in(city.country)
    )


def faults(city: City, **fields: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refusal:
        admitted(city, **fields)
    return {fault.field: fault.message for fault in refusal.value.faults}


def test_the_least_that_can_be_asked(city: City) -> None:
    matter = admitted(city).matter("261123-00042-0")
    assert matter == Matter(
        receipt_number="261123-00042-0",
        channel=Channel.WEB,
        language="ko",
        received_at=NOW,
        has_contact=False,
    )


def test_words_that_match_nothing_are_a_question_about_a_procedure_of_seven_days(
    city: City,
) -> None:
    asked = admitted(city, text="zzz").asked
    assert asked.expected_answer_by == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_the_words_find_the_service_and_its_period(city: City) -> None:
    by_words = admitted(city, text="도로에 포트홀이 있어요")
    by_code = admitted(city, category="pothole")
    assert by_words.asked.expected_answer_by == by_code.asked.expected_answer_by
    assert by_words.service_code == "", "the words decide again at routing"
    assert by_code.matter("261123-00042-0").service_code == "pothole"


def test_an_unknown_category_is_named_with_the_nearest(city: City) -> None:
    assert "pothole" in faults(city, category="pothol")["category"]
    assert "leave it out" in faults(city, category="???")["category"]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (Place(lat=126.9779, lon=37.5663), "place.lat"),
        (Place(lat=91.0, lon=0.0), "place.lat"),
        (Place(lat=37.5, lon=181.0), "place.lon"),
        (Place(lat=math.nan, lon=126.9), "place.lat"),
        (Place(lat=37.5, lon=math.inf), "place.lon"),
        (Place(dong_code="9999999999"), "place.dong_code"),
    ],
)
def test_a_place_that_can_mean_nothing_is_refused(city: City, place: Place, field: str) -> None:
    assert list(faults(city, place=place)) == [field]


def test_swapped_coordinates_are_said_to_be_swapped(city: City) -> None:
    assert "swapped" in faults(city, place=Place(lat=126.9779, lon=37.5663))["place.lat"]


@pytest.mark.parametrize(
    "place",
    [
        Place(lat=37.5663, lon=126.9779),
        Place(lat=35.1, lon=129.0),
        Place(address="어딘가 모르는 곳"),
        Place(dong_code="1162010200"),
    ],
    ids=["inside", "another city", "unreadable", "several offices"],
)
def test_a_place_that_routing_may_settle_comes_in(city: City, place: Place) -> None:
    assert admitted(city, place=place).asked.place == place


@pytest.mark.parametrize(
    ("written", "kept"),
    [("010-0000-0001", "+821000000001"), ("+1 617 555 0100", "+16175550100")],
)
def test_a_phone_number_is_kept_in_one_form(city: City, written: str, kept: str) -> None:
    contact = admitted(city, contact=Contact(phone=written)).asked.contact
    assert contact is not None
    assert contact.phone == kept


def test_without_a_country_only_international_numbers_are_numbers() -> None:
    assert e164_in(None)("010-0000-0001") is None
    assert e164_in(None)("+82 10-0000-0001") == "+821000000001"


@pytest.mark.parametrize("phone", ["12", "call me", "1" * 60, "010-0000-0001 ext. 5"])
def test_what_is_no_phone_number_is_refused(city: City, phone: str) -> None:
    assert list(faults(city, contact=Contact(phone=phone))) == ["contact.phone"]


@pytest.mark.parametrize("email", ["a@example.org", "first.last+tag@sub.example.co.kr"])
def test_a_plausible_address_is_taken(city: City, email: str) -> None:
    assert admitted(city, contact=Contact(email=email)).matter("").has_contact


@pytest.mark.parametrize(
    "email",
    ["a", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "@example.org",
     "a@example..org", "a@@example.org", "<a@example.org>", "a@" + "x." * 200 + "org"],
)  # fmt: skip
def test_an_implausible_address_is_refused(city: City, email: str) -> None:
    assert list(faults(city, contact=Contact(email=email))) == ["contact.email"]


def test_a_name_alone_is_no_way_to_tell(city: City) -> None:
    taken = admitted(city, contact=Contact(name="홍길동"))
    assert taken.asked.contact == Contact(name="홍길동")
    assert not taken.matter("").has_contact


def test_an_empty_contact_is_none(city: City) -> None:
    assert admitted(city, contact=Contact()).asked.contact is None


@pytest.mark.parametrize(("tag", "kept"), [("en", "en"), ("en-GB", "en"), ("KO_kr", "ko")])
def test_a_language_is_one_of_the_citys(city: City, tag: str, kept: str) -> None:
    assert admitted(city, language=tag).language == kept


def test_another_language_is_refused_with_those_there_are(city: City) -> None:
    assert faults(city, language="fr") == {"language": "is none of ko, en"}


def test_a_clock_a_little_ahead_means_now(city: City) -> None:
    assert admitted(city, received_at=NOW + timedelta(seconds=50)).received_at == NOW


def test_the_future_is_refused(city: City) -> None:
    assert list(faults(city, received_at=NOW + timedelta(seconds=61))) == ["received_at"]


def test_a_time_the_calendar_does_not_cover_is_refused(city: City) -> None:
    assert "received_at" in faults(city, received_at=datetime(1999, 1, 1, tzinfo=UTC))


def test_what_was_received_before_keeps_its_time_and_its_clock(city: City) -> None:
    earlier = datetime(2026, 11, 20, 1, tzinfo=UTC)
    taken = admitted(city, received_at=earlier)
    assert taken.received_at == earlier
    assert taken.asked.expected_answer_by < admitted(city).asked.expected_answer_by


def test_a_call_answered_on_the_line_is_the_contact_centres(city: City) -> None:
    answer = admitted(city, answer=Given(text="네")).answer
    assert answer is not None
    assert answer.office_id == city.contact_office.id
    assert answer.answered_at == NOW


def test_an_answer_may_name_its_office(city: City) -> None:
    answer = admitted(city, answer=Given(text="네", office="d-11110")).answer
    assert answer is not None
    assert answer.office_id == "d-11110"
    assert list(faults(city, answer=Given(text="네", office="d-1"))) == ["answer.office"]


def test_an_answer_before_the_question_is_refused(city: City) -> None:
    given = Given(text="네", answered_at=NOW - timedelta(hours=2))
    assert list(faults(city, received_at=NOW - timedelta(hours=1), answer=given)) == [
        "answer.answered_at"
    ]


def test_an_answer_posted_later_without_a_time_of_receipt_dates_it(city: City) -> None:
    earlier = datetime(2026, 11, 23, 1, tzinfo=UTC)
    came_in = admitted(city, answer=Given(text="네", answered_at=earlier))
    assert came_in.received_at == earlier


def test_all_faults_are_named_at_once_and_none_repeats_the_input(city: City) -> None:
    found = faults(
        city,
        category="nope",
        contact=Contact(email="secret", phone="secret"),
        language="xx",
        received_at=NOW + timedelta(days=1),
        answer=Given(text="네", office="secret", answered_at=NOW + timedelta(days=1)),
    )
    assert set(found) == {
        "category",
        "contact.email",
        "contact.phone",
        "language",
        "received_at",
        "answer.office",
        "answer.answered_at",
    }
    assert "secret" not in str(found)


def test_a_city_without_geography_takes_any_coordinate() -> None:
    boston = cities.load("boston")
    order = ReceiveInquiry(text="pothole", place=Place(lat=42.36, lon=-71.06))
    taken = admit(order, boston, NOW, e164_in(boston.country))
    assert taken.asked.place == order.place
    with pytest.raises(Refused):
        admit(
            replace(order, place=Place(lat=-171.06, lon=42.36)),
            boston,
            NOW,
            e164_in(boston.country),
        )
