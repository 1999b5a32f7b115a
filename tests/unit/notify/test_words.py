"""What citizens read: their language, their city's dates, the names of offices, the law's words."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import cities
from services.cities import Channel, Matter, PlaceQuestion
from services.cities.law.terms import Certainty
from services.notify.adapters import words
from services.notify.adapters.words import (
    LANGUAGES,
    LMS_BYTES,
    MessagesFault,
    TemplateWriter,
    sms_bytes,
)
from services.notify.application.ports import SMS_BYTES, Answer, Contact, Form, Message
from services.notify.domain.model import (
    ActRefusal,
    CaseOutcome,
    CitizenActKind,
    ClosedCause,
    DeclineReason,
    DeliveryChannel,
    ExtensionReason,
    MessageName,
    Notice,
    RecountCause,
    Rule,
    TextName,
)

SEOUL = cities.load("seoul")
SECRET = "http://intake.example/v1/inquiries/1?secret=s"
# As intake makes it.
SHORT_LINK = "https://120.city.example/i/" + "x" * 22
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
NEWS: dict[TextName, Notice] = {
    TextName.RECEIVED: replace(NOTICE, message=MessageName.RECEIVED),
    TextName.ASKED: replace(
        NOTICE,
        message=MessageName.ASKED,
        attempt=0,
        number=1,
        question=PlaceQuestion.WHICH_DISTRICT,
        until=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    ),
    TextName.ASSIGNED: NOTICE,
    TextName.TRANSFERRED: replace(
        NOTICE,
        attempt=2,
        previous_office_id="d-11110",
        decline_reason=DeclineReason.WRONG_PLACE,
    ),
    TextName.ARBITRATION: replace(NOTICE, rule=Rule.ARBITRATION),
    TextName.REFERRED: replace(NOTICE, rule=Rule.REFERRED),
    TextName.ANY_OFFICE: replace(NOTICE, rule=Rule.ANY_OFFICE),
    TextName.RECOUNTED: replace(
        NOTICE, message=MessageName.RECOUNTED, until_before=NOTICE.matter.received_at
    ),
    TextName.PROGRESS: replace(NOTICE, message=MessageName.PROGRESS, number=2, accepted=True),
    TextName.SUPPLEMENT: replace(NOTICE, message=MessageName.SUPPLEMENT, number=1),
    TextName.REPEAT_CLOSED: replace(NOTICE, message=MessageName.REPEAT_CLOSED, until=None),
    TextName.WITHDRAWN: replace(
        NOTICE,
        message=MessageName.WITHDRAWN,
        until=None,
        closed_cause=ClosedCause.DEEMED_WITHDRAWN,
    ),
    TextName.ACT_REFUSED: replace(
        NOTICE,
        message=MessageName.ACT_REFUSED,
        until=None,
        number=1,
        act=CitizenActKind.WITHDRAWAL,
        act_refusal=ActRefusal.ANSWERED,
    ),
    TextName.ANSWERED: replace(NOTICE, message=MessageName.ANSWERED, outcome=CaseOutcome.ANSWERED),
    TextName.CONDITIONAL: replace(
        NOTICE, message=MessageName.ANSWERED, outcome=CaseOutcome.PERMIT_GRANTED_CONDITIONALLY
    ),
    TextName.REFUSED: replace(
        NOTICE, message=MessageName.ANSWERED, outcome=CaseOutcome.PERMIT_REFUSED
    ),
    TextName.SURVEY: replace(NOTICE, message=MessageName.SURVEY),
}
EMAIL, SMS, FILE = DeliveryChannel.EMAIL, DeliveryChannel.SMS, DeliveryChannel.FILE


@pytest.fixture(scope="module")
def writer() -> TemplateWriter:
    return TemplateWriter(SEOUL)


def write(
    writer: TemplateWriter,
    what: TextName | Notice,
    language: str = "ko",
    channel: DeliveryChannel = EMAIL,
    answer: str | Answer = "수리했습니다.",
    name: str = "",
    status_url: str = SECRET,
    asked: str = "",
) -> Message:
    return writer.write(
        NEWS[what] if isinstance(what, TextName) else what,
        channel,
        replace(CONTACT, language=language, name=name, status_url=status_url),
        answer=Answer(text=answer) if isinstance(answer, str) else answer,
        link=LINK,
        asked=asked,
    )


def of_service(code: str, what: TextName = TextName.RECEIVED) -> Notice:
    """News of a matter of that service, with the end that its period has."""
    notice = NEWS[what]
    due = SEOUL.due(notice.matter.received_at, SEOUL.service(code).period)
    return replace(notice, matter=replace(notice.matter, service_code=code), until=due.at)


def service_of(period: str, certainty: Certainty = Certainty.SOURCED) -> str:
    """A service of Seoul with that period, of the law or assumed."""
    return next(
        s.code
        for s in SEOUL.catalogue.values()
        if (str(s.period), s.certainty) == (period, certainty)
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", DeliveryChannel)
@pytest.mark.parametrize("what", TextName)
def test_every_message_quotes_the_receipt_and_leads_somewhere(
    writer: TemplateWriter, what: TextName, channel: DeliveryChannel, language: str
) -> None:
    message = write(writer, what, language, channel)
    assert "261123-00001-5" in message.body
    assert (LINK if what is TextName.SURVEY else SECRET) in message.body
    assert "{{" not in message.body
    assert "\n\n\n" not in message.body
    assert not re.search(r"\(\)|: $|None", message.body, re.MULTILINE)
    assert message.delivery_id == NEWS[what].delivery_id
    assert (message.form is Form.MAIL) == (channel is not SMS)
    assert bool(message.subject) == (message.form is not Form.SMS)
    assert "\n" not in message.subject


@pytest.mark.parametrize("channel", [EMAIL, SMS])
@pytest.mark.parametrize("what", TextName)
def test_what_was_asked_is_repeated_in_every_mail_and_long_text(
    writer: TemplateWriter, what: TextName, channel: DeliveryChannel
) -> None:
    message = write(writer, what, channel=channel, answer="가" * 999, asked="가로등이…")
    short = message.form is Form.SMS
    assert ("○ 민원 내용: 가로등이…\n" in message.body) is not short
    assert message.form is write(writer, what, channel=channel, answer="가" * 999).form
    english = write(writer, what, "en", channel, answer="x" * 999, asked="The light…")
    assert ("You asked: The light…\n" in english.body) is (english.form is not Form.SMS)


@pytest.mark.parametrize("what", [TextName.RECEIVED, TextName.ASSIGNED, TextName.TRANSFERRED])
def test_a_call_about_what_must_be_a_document_is_told_how_long_until_it_hears_how(
    writer: TemplateWriter, what: TextName
) -> None:
    """Petitions Act 8: nothing is filed yet, so the date is not the permit's."""
    service = next(
        s for s in SEOUL.catalogue.values() if s.permit and not SEOUL.clock.counts_hours(s.period)
    )
    called = of_service(service.code, what)
    called = replace(called, matter=replace(called.matter, channel=Channel.PHONE))
    due = SEOUL.due_for(SEOUL.as_asked(service, Channel.PHONE), called.matter.received_at)
    body = write(writer, replace(called, until=due.at)).body
    assert "○ 처리기한: 2026. 11. 23.(월) 14:00\n※ 전화로 말씀하신 내용은 문서" in body
    assert "(「민원 처리에 관한 법률」 제8조).\n" in body
    if what is TextName.RECEIVED:
        assert "○ 법정 처리기간: 즉시(근무시간 기준 3시간 이내)\n" in body
    for language, said in (("ko", "문서"), ("en", "must be filed as a document")):
        text = write(writer, called, language, SMS, status_url=SHORT_LINK)
        assert text.form is Form.LMS, "a caller may have no other address than the number"
        assert said in text.body
    assert "문서" not in write(writer, of_service(service.code, what)).body


@pytest.mark.parametrize("what", TextName)
def test_english_has_no_korean_and_korean_says_it_in_korean(
    writer: TemplateWriter, what: TextName
) -> None:
    for channel in (EMAIL, SMS):
        assert not re.search("[가-힣]", write(writer, what, "en", channel, answer="Done.").body)
    assert re.search("[가-힣]", write(writer, what, "ko", answer="Done.").subject)


@pytest.mark.parametrize("what", TextName)
def test_every_mail_says_who_writes_and_where_to_ask(
    writer: TemplateWriter, what: TextName
) -> None:
    korean = write(writer, what).body
    assert korean.startswith("안녕하십니까?\n서울특별시 120다산콜재단입니다.\n\n")
    assert "○ 이용 문의: 국번 없이 120\n\n감사합니다.\n" in korean
    english = write(writer, what, "en").body
    assert english.startswith("Dear citizen,\n\nThis is 120 Dasan Call Foundation, Seoul.")
    assert "Questions: call 120 (no area code)" in english


def test_a_receipt_says_when_how_long_and_until_when(writer: TemplateWriter) -> None:
    """Civil Petitions Treatment Act, Article 19: seven days are counted in days."""
    notice = of_service(service_of("7d"))
    body = write(writer, notice).body
    assert "○ 접수일시: 2026. 11. 23.(월) 10:00\n" in body
    assert "○ 법정 처리기간: 7일(토요일·공휴일 제외)\n" in body
    assert "○ 처리기한: 2026. 12. 1.(화)\n" in body
    assert "달라질 수 있으며" not in body
    assert "Answer due by: Tuesday, 1 December 2026\n" in write(writer, notice, "en").body


def test_a_period_that_is_assumed_is_never_told_as_the_laws(writer: TemplateWriter) -> None:
    code = service_of("3d", Certainty.ASSUMED)
    for what in (TextName.RECEIVED, TextName.ASSIGNED, TextName.TRANSFERRED):
        for channel in (EMAIL, SMS):
            message = write(writer, of_service(code, what), channel=channel)
            body = message.body
            dated = "처리예정일: 2026. 11. 26.(목) 10:00\n" in body
            assert dated or message.form is Form.SMS
            assert "처리기한" not in body
            assert "법정" not in body
            assert "statutory" not in write(writer, of_service(code, what), "en").body.lower()
    received = write(writer, of_service(code)).body
    assert "○ 예상 처리기간(업무 기준): 3일(근무시간 기준 24시간)\n" in received


def test_the_hour_is_told_where_the_period_counts_hours(writer: TemplateWriter) -> None:
    notice = of_service(service_of("3d"), TextName.ASSIGNED)
    assert "○ 처리기한: 2026. 11. 26.(목) 10:00\n" in write(writer, notice).body
    received = write(writer, of_service(service_of("3d"))).body
    assert "○ 법정 처리기간: 3일(근무시간 기준 24시간)\n" in received
    at_once = write(writer, of_service(service_of("now"))).body
    assert "○ 법정 처리기간: 즉시(근무시간 기준 3시간 이내)\n" in at_once
    assert "○ 처리기한: 2026. 11. 23.(월) 14:00\n" in at_once


def test_what_nobody_has_classified_has_a_provisional_date(writer: TemplateWriter) -> None:
    body = write(writer, TextName.RECEIVED).body
    assert "○ 잠정 처리기한: 2026. 11. 30.(월) 01:30\n※ 민원 내용이 확인되기 전에" in body
    assert "처리기간:" not in body
    assert "민원명" not in body


def test_the_end_of_a_day_is_told_as_the_day(writer: TemplateWriter) -> None:
    """Of what nobody has classified nothing says whether its period counts hours."""
    until = datetime(2026, 12, 7, 14, 59, 59, tzinfo=UTC)
    body = write(writer, replace(NEWS[TextName.RECEIVED], until=until)).body
    assert "○ 잠정 처리기한: 2026. 12. 7.(월)\n" in body


def test_dates_are_the_citys_in_the_citizens_language(writer: TemplateWriter) -> None:
    assert "2026. 11. 30.(월) 01:30" in write(writer, TextName.SURVEY, "ko").body
    assert "Monday, 30 November 2026, 01:30" in write(writer, TextName.SURVEY, "en").body


def test_offices_and_matters_are_named_in_the_citizens_language(writer: TemplateWriter) -> None:
    office = SEOUL.office("d-11140")
    code = service_of("7d")
    notice = of_service(code, TextName.ASSIGNED)
    for language in ("ko", "en"):
        body = write(writer, notice, language).body
        assert office.names[language] in body
        assert SEOUL.service(code).names[language] in body


def test_an_office_this_pack_does_not_know_goes_by_its_id(writer: TemplateWriter) -> None:
    assert "d-99999" in write(writer, replace(NOTICE, office_id="d-99999"), channel=SMS).body


def test_a_hand_over_to_another_agency_is_told_as_a_transfer_with_its_reason(
    writer: TemplateWriter,
) -> None:
    """Enforcement Decree, Article 13 (3)."""
    message = write(writer, TextName.TRANSFERRED)
    before, after = SEOUL.office("d-11110").names["ko"], SEOUL.office("d-11140").names["ko"]
    assert "이송되었습니다" in message.subject
    assert "「민원 처리에 관한 법률 시행령」 제13조제3항에 따라" in message.body
    assert f"○ 이송한 기관: {before}\n○ 이송받은 기관: {after}\n" in message.body
    assert "○ 이송 사유: 해당 장소가 종전 담당기관(부서)의 관할 구역이 아님\n" in message.body
    assert "지정되었음" not in message.body


def test_a_hand_over_within_one_agency_is_no_transfer(writer: TemplateWriter) -> None:
    dong = next(o for o in SEOUL.offices.values() if o.district == "11140" and o.dong)
    notice = replace(
        NEWS[TextName.TRANSFERRED],
        previous_office_id=dong.id,
        decline_reason=DeclineReason.NOT_COMPETENT,
    )
    message = write(writer, notice)
    assert "담당부서가 변경되었습니다" in message.subject
    assert "이송" not in message.body
    assert "○ 변경 사유: 민원 사항이 종전 담당기관(부서)의 소관이 아님\n" in message.body


def test_what_the_desk_passes_on_to_another_agency_is_a_transfer_and_no_designation(
    writer: TemplateWriter,
) -> None:
    """The desk, of the city, cannot bind a district."""
    notice = replace(
        NOTICE,
        attempt=3,
        rule=Rule.TRANSFERRED,
        previous_office_id=SEOUL.arbitration_office.id,
        office_id="d-11140",
    )
    desk_of_city = f"서울특별시 {SEOUL.arbitration_office.names['ko']}"
    for channel in (EMAIL, SMS):
        body = write(writer, notice, channel=channel).body
        assert f"○ 이송한 기관: {desk_of_city}\n" in body, "a department alone is no agency"
        assert "소관 조정 결과 위 기관의 소관으로 판단됨" in body
        assert "지정" not in body
    # Also where the pack no longer knows the desk, so that the two cannot be compared.
    for desk in (SEOUL.arbitration_office.id, "c-gone"):
        told = write(writer, replace(notice, previous_office_id=desk))
        assert "이송되었습니다" in told.subject


def test_the_desk_is_never_told_as_the_office_that_answers(writer: TemplateWriter) -> None:
    desk = SEOUL.arbitration_office
    notice = replace(NEWS[TextName.ARBITRATION], office_id=desk.id, attempt=3)
    message = write(writer, notice)
    assert f"○ 조정 부서: {desk.names['ko']}\n" in message.body
    assert "담당기관이 정해지면 다시 안내해 드리겠습니다." in message.body
    assert "이송" not in message.subject + message.body


def test_a_referral_names_the_agency_its_number_and_what_to_do(writer: TemplateWriter) -> None:
    notice = replace(of_service("subway-complaint", TextName.ASSIGNED), rule=Rule.REFERRED)
    agency = SEOUL.agency("x-seoul-metro")
    body = write(writer, notice).body
    assert f"○ 소관 기관: {agency.names['ko']}\n○ 소관 기관 연락처: ☎ {agency.number}\n" in body
    assert "위 연락처로 직접 문의하시면" in body
    english = write(writer, notice, "en").body
    assert f"Its number: {agency.number}" in english
    assert "call that number yourself" in english
    for channel in (EMAIL, SMS):
        assert agency.number in write(writer, notice, channel=channel).body


def test_a_number_that_the_pack_assumes_is_told_to_nobody(writer: TemplateWriter) -> None:
    assumed = next(a for a in SEOUL.agencies.values() if a.certainty is Certainty.ASSUMED)
    code = next(s.code for s in SEOUL.catalogue.values() if s.refer_to == assumed.id)
    notice = replace(of_service(code, TextName.ASSIGNED), rule=Rule.REFERRED)
    for language in LANGUAGES:
        for channel in (EMAIL, SMS):
            body = write(writer, notice, language, channel).body
            assert assumed.names[language] in body
            assert assumed.number not in body


def test_a_certificate_of_any_office_says_so(writer: TemplateWriter) -> None:
    notice = replace(of_service("certificates", TextName.ASSIGNED), rule=Rule.ANY_OFFICE)
    assert "어느 동주민센터에서나 신청하실 수 있음" in write(writer, notice).body
    assert "any community service center" in write(writer, notice, "en").body


def test_two_open_inquiries_are_told_apart_by_their_matters(writer: TemplateWriter) -> None:
    for what in TextName:
        for language in LANGUAGES:
            notice = of_service("pothole", what)
            long = write(writer, notice, language, SMS, answer="가" * 100, status_url=SECRET * 3)
            assert SEOUL.service("pothole").names[language] in long.body
            assert SEOUL.service("pothole").names[language] in write(writer, notice, language).body


def test_a_designation_after_arbitration_is_its_own_reason(writer: TemplateWriter) -> None:
    notice = replace(
        NEWS[TextName.TRANSFERRED],
        decline_reason=None,
        previous_office_id=SEOUL.arbitration_office.id,
        office_id="c-transport",
    )
    assert "소관 조정 결과 처리할 기관(부서)으로 지정됨" in write(writer, notice).body


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_refusal_names_the_reason_and_every_remedy(
    writer: TemplateWriter, channel: DeliveryChannel
) -> None:
    """Also where each is filed and when it is decided: Administrative Procedures Act 26, Civil
    Petitions Treatment Act 27(3) and 35, Administrative Appeals Act 23 and 27, Administrative
    Litigation Act 9 and 20."""
    body = write(writer, TextName.REFUSED, channel=channel, answer="도로에 접하지 않습니다.").body
    assert "거부 사유" in body
    assert "도로에 접하지 않습니다." in body
    assert re.search("이의신청: 거부처분을 받은 날부터 60일 이내.*중구청에 문서로.*제35조", body)
    assert re.search("행정심판: .*90일.*관할 행정심판위원회.*제23조·제27조", body)
    assert re.search("행정심판: .*180일(이 지나면| 이내)", body)
    assert re.search("행정소송: .*90일.*관할 행정법원.*제9조·제20조", body)
    assert re.search("행정소송: .*1년(이 지나면| 이내)", body)


def test_conditions_are_told_as_conditions_with_the_remedies_against_them(
    writer: TemplateWriter,
) -> None:
    """The objection of the Petitions Act (35, 60 days) is against refusals alone; against any other
    decision there is that of the General Act on Public Administration (36, 30 days)."""
    message = write(writer, TextName.CONDITIONAL, answer="야간 공사를 하지 않을 것")
    assert "조건부" in message.subject
    assert "조건을 붙여" in message.body
    assert "야간 공사를 하지 않을 것" in message.body
    assert "「행정심판법」 제23조·제27조" in message.body
    assert re.search("이의신청: 처분을 받은 날부터 30일 이내.*「행정기본법」 제36조", message.body)
    assert "제35조" not in message.body


def test_koreas_law_is_told_by_cities_of_korea_alone() -> None:
    boston = cities.load("boston")
    writer = TemplateWriter(boston)
    office = next(iter(boston.offices))
    for what in TextName:
        notice = replace(NEWS[what], office_id=office, previous_office_id="")
        assert not re.search("Act|Decree", write(writer, notice, "en", answer="No.").body)


def test_an_answer_names_the_officer_whom_the_office_gave(writer: TemplateWriter) -> None:
    """Enforcement Decree, Article 31."""
    given = Answer(
        text="고쳤습니다.",
        officer_unit="도로과",
        officer_name="홍길동 주무관",
        officer_phone="02-0000-0000",
    )
    body = write(writer, TextName.ANSWERED, answer=given).body
    assert "처리결과를 다음과 같이 알려 드립니다." in body
    assert "○ 처리결과 문의: 도로과 홍길동 주무관(☎ 02-0000-0000)\n" in body
    nobody = write(writer, TextName.ANSWERED).body
    office = SEOUL.office("d-11140").names["ko"]
    assert f"○ 처리결과 문의: {office}(국번 없이 120)\n" in nobody


@pytest.mark.parametrize(("tag", "korean"), [("en-GB", False), ("ko-KR", True), ("fr", True)])
def test_a_language_without_texts_is_written_in_the_citys_first(
    writer: TemplateWriter, tag: str, korean: bool
) -> None:
    assert bool(re.search("[가-힣]", write(writer, TextName.RECEIVED, tag).body)) == korean


def test_the_answer_is_quoted_as_it_was_written(writer: TemplateWriter) -> None:
    words = "1) <b>아니요</b> & {{ 7 * 7 }}\n2) 예"
    assert words in write(writer, TextName.ANSWERED, answer=words).body


def test_citizens_are_greeted_by_name_where_they_left_one(writer: TemplateWriter) -> None:
    greeted = write(writer, TextName.RECEIVED, "en", name="Kim").body
    assert greeted.startswith("Dear Kim,\n")
    korean = write(writer, TextName.RECEIVED, "ko", name="김하나").body
    assert korean.startswith("김하나 님, 안녕하십니까?\n")


@pytest.mark.parametrize("what", TextName)
@pytest.mark.parametrize("channel", [EMAIL, SMS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_a_stranger_typed_as_a_name_is_sent_in_the_citys_name(
    writer: TemplateWriter, what: TextName, channel: DeliveryChannel, language: str
) -> None:
    typed = "당첨 https://evil.example/claim 010-1234-5678 <b>"
    message = write(writer, what, language, channel, name=typed)
    neutral = write(writer, what, language, channel)
    assert (message.subject, message.body) == (neutral.subject, neutral.body)


def test_a_text_is_short_where_it_fits_and_long_on_purpose_where_not(
    writer: TemplateWriter,
) -> None:
    notice = of_service(service_of("7d"))
    dated = write(writer, notice, channel=SMS, status_url="https://120.city.example/i/x7Kq2")
    assert (dated.form, sms_bytes(dated.body)) == (Form.SMS, 88)
    assert "처리기한 12. 1.(화)" in dated.body
    short = write(writer, notice, channel=SMS, status_url=SHORT_LINK)
    assert (short.form, sms_bytes(short.body)) == (Form.SMS, 85)
    assert short.subject == ""
    just = write(writer, notice, channel=SMS, status_url=SHORT_LINK + "x" * 5)
    assert (just.form, sms_bytes(just.body)) == (Form.SMS, SMS_BYTES)
    long = write(writer, notice, channel=SMS, status_url=SHORT_LINK + "x" * 6)
    assert long.form is Form.LMS
    assert long.subject == "[서울특별시] 민원 접수 안내"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", [TextName.RECEIVED, TextName.ASSIGNED, TextName.ARBITRATION])
def test_the_usual_news_is_a_short_text_with_the_link_that_intake_makes(
    writer: TemplateWriter, what: TextName, language: str
) -> None:
    notice = replace(of_service("pothole", what), office_id="d-11140")
    text = write(writer, notice, language, SMS, status_url=SHORT_LINK)
    assert text.form is Form.SMS
    assert SHORT_LINK in text.body


def test_what_euc_kr_cannot_say_is_never_called_short(writer: TemplateWriter) -> None:
    said = write(
        writer, TextName.ANSWERED, channel=SMS, answer="네 👍", status_url="https://a.example"
    )
    assert said.form is Form.LMS
    plain = write(
        writer, TextName.ANSWERED, channel=SMS, answer="네", status_url="https://a.example"
    )
    assert plain.form is Form.SMS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", TextName)
def test_a_long_text_fits_into_one_with_the_longest_answer(
    writer: TemplateWriter, what: TextName, language: str
) -> None:
    long = "https://120.city.example/v1/inquiries/" + "x" * 100
    message = write(writer, what, language, SMS, answer="가" * 10_000, status_url=long)
    size, title = sms_bytes(message.body), sms_bytes(message.subject)
    assert size is not None
    assert title is not None
    assert size <= LMS_BYTES
    assert title <= 40
    if what in (TextName.ANSWERED, TextName.CONDITIONAL, TextName.REFUSED):
        assert "가…" in message.body
        assert long in message.body


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(words.__file__).parent.parent / "messages", tmp_path / "m"))


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("received/ko.yaml", "{{ until }}", "{{ untill }}", "no such value: ['untill']"),
        ("received/ko.yaml", "{% endif %}", "", "received/ko.yaml: mail"),
        ("survey/en.yaml", "subject:", "subjekt:", "survey/en.yaml: subject"),
        ("frame/ko.yaml", "weekdays: [월,", "weekdays: [", "weekdays"),
        ("frame/en.yaml", '  d: "', '  dd: "', "periods"),
    ],
)
def test_a_fault_in_a_text_is_told_at_start_with_its_place(
    folder: Path, file: str, before: str, after: str, said: str
) -> None:
    path = folder / file
    path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(MessagesFault, match=re.escape(said)):
        TemplateWriter(SEOUL, folder)


def test_a_missing_text_is_told_at_start(folder: Path) -> None:
    (folder / "refused" / "en.yaml").unlink()
    with pytest.raises(MessagesFault, match=re.escape("refused/en.yaml: cannot be read")):
        TemplateWriter(SEOUL, folder)


@pytest.mark.parametrize("channel", [DeliveryChannel.EMAIL, SMS])
def test_a_progress_notice_says_how_it_stands_and_by_when_it_is_answered(
    writer: TemplateWriter, channel: DeliveryChannel
) -> None:
    """Enforcement Decree, Article 23 (1)."""
    notice = NEWS[TextName.PROGRESS]
    body = write(writer, notice, channel=channel).body
    assert "60일이 지" in body
    assert "담당기관(부서)에서 처리하고 있습니다" in body
    assert "(경과)" not in body
    assert "처리예정일:" in body or "처리기한:" in body
    late = write(writer, replace(notice, overdue=True, accepted=False), channel=channel).body
    assert "(경과)" in late
    assert "처리가 늦어져 죄송합니다" in late
    assert "아직 처리를 시작하지 않았습니다" in late
    again = write(writer, replace(notice, round=2), channel=channel).body
    assert "다시 처리하기 시작한 날부터" in again
    desk = replace(notice, office_id=SEOUL.arbitration_office.id)
    assert "조정하고 있습니다" in write(writer, desk, channel=channel).body


@pytest.mark.parametrize("channel", [DeliveryChannel.EMAIL, SMS])
def test_a_moved_date_is_told_with_the_old_one_and_the_reason(
    writer: TemplateWriter, channel: DeliveryChannel
) -> None:
    body = write(writer, TextName.RECOUNTED, channel=channel).body
    assert "변경 전" in body
    assert "2026. 11. 23." in body
    assert "공휴일" in body
    assert "「민원 처리에 관한 법률」 제19조" in body


def test_a_date_that_moved_because_the_clock_stood_still_names_no_holiday(
    writer: TemplateWriter,
) -> None:
    notice = replace(NEWS[TextName.RECOUNTED], recount_cause=RecountCause.SUPPLEMENTED)
    for channel in (EMAIL, SMS):
        for language, said, holiday in (("ko", "답변", "공휴일"), ("en", "waited", "holiday")):
            body = write(writer, notice, language, channel).body
            assert said in body
            assert holiday not in body
            assert "제19조" not in body


@pytest.mark.parametrize(
    ("question", "korean", "english"),
    [
        (PlaceQuestion.WHERE, "해당 장소가 어디인지", "where the place is"),
        (PlaceQuestion.WHICH_DISTRICT, "어느 구에 있는지", "in which district"),
        (PlaceQuestion.WHICH_DONG, "어느 동에 있는지", "in which neighbourhood (dong)"),
        (None, "어떤 업무에 해당하는지", "which service you mean"),
    ],
)
@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_question_says_what_is_asked_until_when_and_what_happens_else(
    writer: TemplateWriter,
    question: PlaceQuestion | None,
    korean: str,
    english: str,
    channel: DeliveryChannel,
) -> None:
    notice = replace(NEWS[TextName.ASKED], question=question)
    asked = write(writer, notice, channel=channel).body
    for said in (korean, "2026. 11. 23.(월) 18:00까지", "답변이 없으면", "처리기간은 진행됩니다"):
        assert said in asked
    in_english = write(writer, notice, "en", channel).body
    for said in (english, "Monday, 23 November 2026, 18:00", "goes on meanwhile"):
        assert said in in_english


def test_calendar_days_are_prolonged_by_another_law_than_working_days(
    writer: TemplateWriter,
) -> None:
    notice = NEWS[TextName.RECOUNTED]
    fine = replace(notice, matter=replace(notice.matter, service_code="parking-fine"))
    laws = (("ko", "「민법」 제161조", "제19조"), ("en", "Civil Act, Article 161", "Article 19"))
    for language, right, wrong in laws:
        body = write(writer, fine, language).body
        assert right in body
        assert wrong not in body


@pytest.mark.parametrize("language", LANGUAGES)
def test_whose_matter_is_joined_to_others_hears_of_a_new_office_and_of_nobody_else(
    writer: TemplateWriter, language: str
) -> None:
    moved = replace(NEWS[TextName.TRANSFERRED], decline_reason=None, rule=Rule.JOINED)
    body = write(writer, moved, language).body
    said = {
        "ko": "담당 직원이 내용을 확인하여 위 기관에서 처리하도록 정함",
        "en": "a member of staff read it and gave it to this office",
    }
    assert said[language] in body


@pytest.mark.parametrize("reason", list(ExtensionReason))
@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_an_extension_says_why_and_by_which_law_and_is_never_a_short_text(
    writer: TemplateWriter, channel: DeliveryChannel, reason: ExtensionReason
) -> None:
    moved = NEWS[TextName.RECOUNTED]
    notice = replace(moved, recount_cause=RecountCause.EXTENDED, extension_reason=reason)
    message = write(writer, notice, channel=channel)
    said = {
        ExtensionReason.INVESTIGATION: "사실관계를 더 조사",
        ExtensionReason.CONSULTATION: "다른 기관(부서)과 협의",
        ExtensionReason.REVIEW: "법률관계를 더 검토",
        ExtensionReason.SURGE: "한꺼번에 접수",
    }
    for expected in (said[reason], "시행령」 제21조", "2026. 11. 23."):
        assert expected in message.body
    assert "공휴일" not in message.body
    assert message.form is not Form.SMS


@pytest.mark.parametrize(
    ("cause", "korean", "law"),
    [
        (ClosedCause.WITHDRAWN, "귀하의 요청에 따라", "제22조제2항"),
        (ClosedCause.DEEMED_WITHDRAWN, "취하한 것으로 봄", "시행령」 제25조에 준하여"),
    ],
)
def test_a_withdrawal_says_whose_it_was_and_by_which_law(
    writer: TemplateWriter, cause: ClosedCause, korean: str, law: str
) -> None:
    notice = replace(NEWS[TextName.WITHDRAWN], closed_cause=cause)
    body = write(writer, notice).body
    assert korean in body
    assert law in body
    assert ("고충민원" in body) is (cause is ClosedCause.DEEMED_WITHDRAWN)
    assert write(writer, notice, channel=SMS).form is not Form.SMS


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_deemed_withdrawal_never_claims_the_paragraph_on_undelivered_requests(
    writer: TemplateWriter, language: str, channel: DeliveryChannel
) -> None:
    body = write(writer, NEWS[TextName.WITHDRAWN], language, channel).body
    assert "제25조제2항" not in body
    assert "25 (2)" not in body


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_who_is_asked_for_something_is_told_what_follows_without_it(
    writer: TemplateWriter, channel: DeliveryChannel
) -> None:
    assert "취하하신 것으로 보아" in write(writer, NEWS[TextName.SUPPLEMENT], channel=channel).body
    english = write(writer, NEWS[TextName.SUPPLEMENT], "en", channel).body
    assert "deemed withdrawn" in english


def test_time_that_ran_out_is_not_called_an_answer(writer: TemplateWriter) -> None:
    """The date moves also where nothing came."""
    notice = replace(NEWS[TextName.RECOUNTED], recount_cause=RecountCause.SUPPLEMENTED)
    for channel in (EMAIL, SMS):
        body = write(writer, notice, channel=channel).body
        assert "답변 접수" not in body
        assert "기다린 기간" in body or "답변 대기로" in body


@pytest.mark.parametrize("kind", CitizenActKind)
@pytest.mark.parametrize("refusal", ActRefusal)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_an_act_that_changed_nothing_says_what_it_was_and_why(
    writer: TemplateWriter, kind: CitizenActKind, refusal: ActRefusal, language: str
) -> None:
    notice = replace(NEWS[TextName.ACT_REFUSED], act=kind, act_refusal=refusal)
    others = [replace(notice, act_refusal=other) for other in ActRefusal if other is not refusal]
    for channel in (EMAIL, SMS):
        message = write(writer, notice, language, channel)
        assert message.form is not Form.SMS
        assert message.body not in [write(writer, o, language, channel).body for o in others]
    assert SECRET in message.body


def test_what_is_missing_is_asked_for_with_its_date_and_never_by_a_short_text(
    writer: TemplateWriter,
) -> None:
    for channel in (EMAIL, SMS):
        message = write(writer, TextName.SUPPLEMENT, channel=channel)
        assert "보완 기한" in message.body
        assert "산입하지 않습니다" in message.body
        assert message.form is not Form.SMS


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_closing_says_why_by_which_law_and_what_can_be_done(
    writer: TemplateWriter, channel: DeliveryChannel
) -> None:
    message = write(writer, TextName.REPEAT_CLOSED, channel=channel)
    for said in ("두 번 이상 처리결과", "제23조제1항", "고충민원", "제39조"):
        assert said in message.body
    assert message.form is not Form.SMS
