"""What citizens read: their language, their city's dates, the names of offices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services import cities
from services.cities import Channel, Matter
from services.notify.adapters.words import LANGUAGES, TemplateWriter
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import DeliveryChannel, MessageName, Notice

SECRET = "http://intake.example/v1/inquiries/1?secret=s"
LINK = "http://survey.example/s/i-1/token"
CONTACT = Contact(
    name="", email="a@citizen.example", phone="+82200000000", language="ko", status_url=SECRET
)
NOTICE = Notice(
    inquiry_id="i-1",
    matter=Matter(
        receipt_number="261123-00001-5",
        channel=Channel.WEB,
        language="ko",
        received_at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
        has_contact=True,
    ),
    message=MessageName.ASSIGNED,
    cause_type="dasan.routing.v1.InquiryAssigned",
    cause_event_id="e-1",
    office_id="d-11140",
    # In Seoul this is already the next day.
    until=datetime(2026, 11, 29, 16, 30, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def writer() -> TemplateWriter:
    return TemplateWriter(cities.load("seoul"))


def write(
    writer: TemplateWriter,
    what: MessageName,
    language: str = "ko",
    channel: DeliveryChannel = DeliveryChannel.EMAIL,
    answer: str = "수리했습니다.",
    name: str = "",
) -> Message:
    return writer.write(
        replace(NOTICE, message=what),
        channel,
        replace(CONTACT, language=language, name=name),
        answer=answer,
        link=LINK,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", DeliveryChannel)
@pytest.mark.parametrize("what", MessageName)
def test_every_message_quotes_the_receipt_and_leads_somewhere(
    writer: TemplateWriter, what: MessageName, channel: DeliveryChannel, language: str
) -> None:
    message = write(writer, what, language, channel)
    assert "261123-00001-5" in message.body
    assert (LINK if what is MessageName.SURVEY else SECRET) in message.body
    assert "{{" not in message.body
    assert message.delivery_id == f"i-1:{what}:1:1"
    assert bool(message.subject) == (channel is not DeliveryChannel.SMS)
    assert "\n" not in message.subject


@pytest.mark.parametrize("what", MessageName)
def test_english_has_no_korean_and_korean_says_it_in_korean(
    writer: TemplateWriter, what: MessageName
) -> None:
    assert not re.search("[가-힣]", write(writer, what, "en", answer="Done.").body)
    assert re.search("[가-힣]", write(writer, what, "ko", answer="Done.").subject)


def test_dates_are_the_citys_in_the_citizens_language(writer: TemplateWriter) -> None:
    assert "2026년 11월 30일(월)" in write(writer, MessageName.ASSIGNED, "ko").body
    assert "Monday, 30 November 2026" in write(writer, MessageName.ASSIGNED, "en").body
    assert "30 November 2026, 01:30" in write(writer, MessageName.SURVEY, "en").body


def test_offices_are_named_in_the_citizens_language(writer: TemplateWriter) -> None:
    office = cities.load("seoul").office("d-11140")
    assert office.names["ko"] in write(writer, MessageName.ASSIGNED, "ko").body
    assert office.names["en"] in write(writer, MessageName.ASSIGNED, "en").body


def test_an_office_this_pack_does_not_know_goes_by_its_id(writer: TemplateWriter) -> None:
    notice = replace(NOTICE, office_id="d-99999")
    message = writer.write(notice, DeliveryChannel.SMS, CONTACT, answer="", link="")
    assert "d-99999" in message.body


@pytest.mark.parametrize(("tag", "korean"), [("en-GB", False), ("ko-KR", True), ("fr", True)])
def test_a_language_without_templates_is_written_in_the_citys_first(
    writer: TemplateWriter, tag: str, korean: bool
) -> None:
    assert bool(re.search("[가-힣]", write(writer, MessageName.RECEIVED, tag).body)) == korean


def test_the_answer_is_quoted_as_it_was_written(writer: TemplateWriter) -> None:
    words = "1) <b>아니요</b> & {{ 7 * 7 }}\n2) 예"
    assert words in write(writer, MessageName.ANSWERED, answer=words).body


def test_a_text_message_carries_the_beginning_of_a_long_answer(writer: TemplateWriter) -> None:
    body = write(writer, MessageName.ANSWERED, channel=DeliveryChannel.SMS, answer="가" * 5000).body
    assert len(body) < 600
    assert "가…" in body
    assert SECRET in body


def test_citizens_are_greeted_by_name_where_they_left_one(writer: TemplateWriter) -> None:
    assert write(writer, MessageName.RECEIVED, "en", name="Kim").body.startswith("Hello Kim,\n")
    assert write(writer, MessageName.RECEIVED, "en").body.startswith("Hello,\n")
    assert write(writer, MessageName.RECEIVED, "ko", name="김하나").body.startswith("김하나 님, ")
