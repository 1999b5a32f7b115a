"""What may come in, and what a refusal says."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import cities
from services.cities import Channel, City, Matter, PetitionKind, days
from services.intake.adapters.reach import mailable, reach_from, texted_in
from services.intake.domain.admit import Admitted, Given, ReceiveInquiry, Refused, admit
from services.intake.domain.model import Contact, Place

# A Monday, 11:00 in Seoul.
NOW = datetime(2026, 11, 23, 2, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return cities.load("seoul")


def admitted(city: City, **fields: Any) -> Admitted:
    return admit(
        ReceiveInquiry(**{"text": "문의합니다", **fields}),
        city,
        NOW,
        reach_from(city.country),
        records=True,
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


class TestTheDate:
    def test_words_that_match_nothing_have_the_laws_shortest_date_for_now(self, city: City) -> None:
        """OTHER, at once: three working hours (Petitions Decree 16, 19); no kind has less."""
        for channel in Channel:
            asked = admitted(city, text="zzz", channel=channel).asked
            assert asked.expected_answer_by == NOW + timedelta(hours=4), "lunch is not counted"
            assert asked.provisional

    def test_a_date_by_a_service_is_not_provisional(self, city: City) -> None:
        assert not admitted(city, category="pothole").asked.provisional
        assert not admitted(city, text="도로에 포트홀이 있어요").asked.provisional

    def test_a_call_is_of_the_kind_that_may_be_told_by_mouth(self, city: City) -> None:
        """Whatever other kinds a city gives less time: what is no document is OTHER (Act 8)."""
        slow = copy(city)
        slow.periods = {PetitionKind.OTHER: days(10), PetitionKind.GRIEVANCE: days(7)}
        by_phone = admitted(slow, text="zzz", channel=Channel.PHONE).asked
        written = admitted(slow, text="zzz", channel=Channel.WEB).asked
        assert by_phone.expected_answer_by == city.due(NOW, days(10)).at
        assert written.expected_answer_by == city.due(NOW, days(7)).at

    def test_a_city_without_periods_by_kind_has_those_of_its_services(self, city: City) -> None:
        bare = copy(city)
        bare.periods = {}
        shortest = min(city.due(NOW, s.period).at for s in city.catalogue.values())
        assert admitted(bare, text="zzz").asked.expected_answer_by == shortest


def test_the_words_find_the_service_and_its_period(city: City) -> None:
    by_words = admitted(city, text="도로에 포트홀이 있어요")
    by_code = admitted(city, category="pothole")
    assert by_words.asked.expected_answer_by == by_code.asked.expected_answer_by
    assert by_words.service_code == "", "the words decide again at routing"
    assert by_code.matter("261123-00042-0").service_code == "pothole"


def test_words_that_leave_a_doubt_have_the_laws_shortest_date_for_now(city: City) -> None:
    """A person, or the citizen, says what is meant: no date is promised of which routing would know
    nothing."""
    for text in ("불편합니다", "가로등이 꺼졌고, 그 일로 공무원이 뇌물을 받았어요"):
        assert not city.understand_on(text, NOW.date()).sure
        assert admitted(city, text=text).asked.provisional


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
        (Place(lat=0.0, lon=0.0), "place.lat"),
        (Place(lat=0.0, lon=126.9779), "place.lat"),
        (Place(lat=37.5663, lon=0.0), "place.lon"),
        (Place(lat=953_898.0, lon=1_952_031.0), "place.lat"),
        (Place(dong_code="9999999999"), "place.dong_code"),
    ],
)
def test_a_place_that_can_mean_nothing_is_refused(city: City, place: Place, field: str) -> None:
    assert list(faults(city, place=place)) == [field]


def test_zeros_are_said_to_be_no_position(city: City) -> None:
    assert "did not find" in faults(city, place=Place(lat=0.0, lon=0.0))["place.lat"]


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
    assert texted_in(None)("010-0000-0001") is None
    assert texted_in(None)("+82 10-0000-0001") == "+821000000001"


@pytest.mark.parametrize(
    "phone",
    [
        "12", "call me", "1" * 60, "010-0000-0001 ext. 5",
        # Possible by length, reached by no text message.
        "010-12345-6789", "119", "120", "02-120", "02-123-4567", "070-1234-5678", "080-123-4567",
        "1588-1234", "+82 2-123-4567",
    ],
)  # fmt: skip
def test_what_no_text_message_reaches_is_refused(city: City, phone: str) -> None:
    assert list(faults(city, contact=Contact(phone=phone))) == ["contact.phone"]


@pytest.mark.parametrize("email", ["a@example.org", "first.last+tag@sub.example.co.kr"])
def test_a_plausible_address_is_taken(city: City, email: str) -> None:
    assert admitted(city, contact=Contact(email=email)).matter("").has_contact


@pytest.mark.parametrize(
    "email",
    ["a", "a@b", "a b@example.org", "a@example.org\nBcc: x@example.org", "@example.org",
     "a@example..org", "a@@example.org", "<a@example.org>", "a@" + "x." * 200 + "org",
     "김@example.org", "a@localhost", "a@city.test", "a@[192.0.2.1]", '"a b"@example.org',
     "=?utf-8?q?a=0aBcc:_x@y.example", "=?utf-8?q?a?=@example.org", "a..b@example.org",
     "a" * 65 + "@example.org"],
)  # fmt: skip
def test_an_implausible_address_is_refused(city: City, email: str) -> None:
    assert list(faults(city, contact=Contact(email=email))) == ["contact.email"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("kim@한국.example", "kim@xn--3e0b707e.example"),
        ("Kim@EXAMPLE.org", "Kim@example.org"),
    ],
)
def test_an_address_is_kept_in_the_form_that_mail_servers_take(
    city: City, written: str, kept: str
) -> None:
    contact = admitted(city, contact=Contact(email=written)).asked.contact
    assert contact is not None
    assert contact.email == kept
    assert mailable(kept) == kept, "the kept form is one that is taken again"


@pytest.mark.parametrize(
    "name",
    ["홍길동", "남궁 민수", "Nguyễn Thị Minh Khai", "O'Brien", "Jean-Luc D’Arc", "J. R. Smith",
     "J.R. Smith", "王小明", "Бат-Эрдэнэ", "María José", "김 (주민 대표)", "ﾔﾏﾀﾞ・ﾀﾛｳ", "नीता"],
)  # fmt: skip
def test_a_name_is_letters_of_any_script(city: City, name: str) -> None:
    contact = admitted(city, contact=Contact(name=name)).asked.contact
    assert contact == Contact(name=name)


@pytest.mark.parametrize(
    "name",
    ["당첨 https://evil.example/claim", "evil.example", "www evil", "ｗｗｗ evil", "a@b",
     "call 02 123 4567", "＠evil", "１２３", "<b>Kim</b>", "[Kim](x)",
     "=?utf-8?q?a=0aBcc:_x@y.example?=", "Kim\nBcc: x", "ｅｖｉｌ．ｅｘａｍｐｌｅ", "Kim\u202egnol",
     "김\u3164길동", "...", "Kim 🎁", "evil․example"],
)  # fmt: skip
def test_what_could_say_more_than_a_name_in_the_citys_mail_is_refused(
    city: City, name: str
) -> None:
    assert list(faults(city, contact=Contact(name=name))) == ["contact.name"]


@pytest.mark.parametrize("text", ["\u3164", "\u200b\u200b", " \u2800\n", "\ufe0f"])
def test_a_text_that_shows_nothing_asks_nothing(city: City, text: str) -> None:
    assert list(faults(city, text=text)) == ["text"]
    assert list(faults(city, answer=Given(text=text))) == ["answer.text"]
    assert admitted(city, contact=Contact(name=text, phone=text)).asked.contact is None


def test_a_name_alone_is_no_way_to_tell(city: City) -> None:
    taken = admitted(city, contact=Contact(name="홍길동"))
    assert taken.asked.contact == Contact(name="홍길동")
    assert not taken.matter("").has_contact


def test_an_empty_contact_is_none(city: City) -> None:
    assert admitted(city, contact=Contact()).asked.contact is None


@pytest.mark.parametrize(
    ("tag", "kept"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("KO_kr", "ko"),
        # Wishes that the city does not have in its names: kept, as the law knows no such refusal.
        ("vi", "vi"),
        ("ZH_hans_cn", "zh-Hans-CN"),
        ("tlh", "tlh"),
        # What could say more than a language is cut off.
        ("fr-x-gildong", "fr"),
        ("es-419", "es-419"),
        ("es-٤١٩", "es"),
    ],
)
def test_a_wish_for_a_language_is_kept_whether_the_city_has_it_or_not(
    city: City, tag: str, kept: str
) -> None:
    assert admitted(city, language=tag).matter("").language == kept


@pytest.mark.parametrize("tag", ["gildong", "한국어", "-", "x-gildong", "e", "?"])
def test_what_names_no_language_is_nobodys_wish(city: City, tag: str) -> None:
    assert admitted(city, language=tag).matter("").language == "ko"


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
        received_at=NOW + timedelta(days=1),
        answer=Given(text="네", office="secret", answered_at=NOW + timedelta(days=1)),
    )
    assert set(found) == {
        "category",
        "contact.email",
        "contact.phone",
        "received_at",
        "answer.office",
        "answer.answered_at",
    }
    assert "secret" not in str(found)


def test_a_city_without_geography_takes_any_coordinate() -> None:
    boston = cities.load("boston")
    order = ReceiveInquiry(text="pothole", place=Place(lat=42.36, lon=-71.06))
    taken = admit(order, boston, NOW, reach_from(boston.country))
    assert taken.asked.place == order.place
    with pytest.raises(Refused):
        admit(
            replace(order, place=Place(lat=-171.06, lon=42.36)),
            boston,
            NOW,
            reach_from(boston.country),
        )
