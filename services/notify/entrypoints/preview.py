"""Every message in every language and channel on one page, for a person to read. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jinja2

from services.cities import Channel, City, Matter, OfficeKind, PlaceQuestion, Service, Workload
from services.notify.adapters.words import LANGUAGES, TemplateWriter, sms_bytes
from services.notify.application.ports import SMS_BYTES, Answer, Contact, Form, Message
from services.notify.domain import excerpt
from services.notify.domain.model import (
    CaseOutcome,
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

_RECEIVED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_STATUS = "https://120.city.example/i/" + "x" * 22
_LINK = "https://survey.city.example/s/019ab3f0-7c1e-7d2a-9b1c-0123456789ab-1/" + "y" * 43
_NAMES = {"ko": "김하나", "en": "Hana Kim"}
_ANSWERS = {
    "ko": Answer(
        text="요청하신 사항을 현장에서 확인하여 조치를 완료하였습니다.",
        officer_unit="민원여권과",
        officer_name="홍길동 주무관",
        officer_phone="02-0000-0000",
    ),
    "en": Answer(text="We looked at it on site and have put it right."),
}
# What a citizen wrote whose address somebody vouches for; a message repeats its beginning.
_ASKED = {
    "ko": "지난주에 문의드린 건이 어떻게 처리되고 있는지 궁금합니다. 확인하여 주시기 바랍니다.",
    "en": "I would like to know what has become of the matter that I asked about last week.",
}

_PAGE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Messages of {{ city }}</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
pre { background: #f4f4f4; padding: 1rem; font: inherit }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
h2 { border-top: 2px solid; padding-top: 1rem }
</style>
</head>
<body>
<h1>Messages of {{ city }}</h1>
<p>Sizes of text messages are in bytes of EUC-KR: up to {{ short }} make a short one (SMS), more a
long one (LMS) on purpose.</p>
{% for title, samples in texts %}
<h2>{{ title }}</h2>
{% for sample in samples %}
<h3 lang="en">{{ sample.title }}</h3>
<div lang="{{ sample.language }}">
{% if sample.subject %}
<p><strong>{{ sample.subject }}</strong></p>
{% endif %}
<pre>{{ sample.body }}</pre>
</div>
{% endfor %}
{% endfor %}
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    title: str
    language: str
    subject: str
    body: str


def page(city: City, writer: TemplateWriter) -> str:
    """The page in HTML; fetches nothing when it is opened."""
    texts = [
        (f"{language}: {_title(notice)}", list(_samples(writer, notice, language)))
        for language in sorted(LANGUAGES, key=lambda tag: tag != "ko")
        for notice in notices(city)
    ]
    return _PAGE.render(city=next(iter(city.names.values())), texts=texts, short=SMS_BYTES)


def notices(city: City) -> Iterator[Notice]:
    """One of each kind of news, told of offices that the city has."""
    service = next(
        (s for s in city.catalogue.values() if not city.clock.counts_hours(s.period)),
        next(iter(city.catalogue.values())),
    )
    quick = next((s for s in city.catalogue.values() if city.clock.counts_hours(s.period)), service)
    matter = Matter(
        receipt_number="261123-00001-5",
        channel=Channel.WEB,
        language="ko",
        received_at=_RECEIVED,
        has_contact=True,
        service_code=service.code,
    )
    due = city.due(_RECEIVED, service.period).at
    districts = [o.id for o in city.offices.values() if o.kind is OfficeKind.DISTRICT]
    dongs = [o for o in city.offices.values() if o.kind is OfficeKind.DONG]
    office = districts[0] if districts else city.contact_office.id
    news = Notice(
        inquiry_id="019ab3f0-7c1e-7d2a-9b1c-0123456789ab",
        matter=matter,
        message=MessageName.RECEIVED,
        cause_type="",
        cause_event_id="",
        office_id=office,
        until=due,
    )
    yield news
    yield replace(
        news,
        matter=replace(matter, service_code=quick.code),
        until=city.due(_RECEIVED, quick.period).at,
    )
    yield replace(news, matter=replace(matter, service_code=""))
    yield from _called(city, news)
    yield from _asked(news)
    yield replace(news, message=MessageName.ASSIGNED)
    handed = replace(news, message=MessageName.ASSIGNED, attempt=2, previous_office_id=office)
    yield replace(
        handed,
        office_id=districts[-1] if districts else office,
        decline_reason=DeclineReason.WRONG_PLACE,
    )
    if dongs:
        yield replace(
            handed,
            previous_office_id=f"d-{dongs[0].district}",
            office_id=dongs[0].id,
            decline_reason=DeclineReason.NOT_COMPETENT,
        )
    desk = replace(handed, previous_office_id=city.arbitration_office.id, attempt=3)
    yield replace(desk, office_id=city.contact_office.id)
    if len(districts) > 1:
        yield replace(desk, office_id=districts[-1], rule=Rule.TRANSFERRED)
    yield from _special(city, news)
    yield from _by_time(city, news)
    answered = replace(news, message=MessageName.ANSWERED, until=None)
    yield replace(answered, outcome=CaseOutcome.ANSWERED)
    permit = next((s for s in city.catalogue.values() if s.permit), service)
    decided = replace(answered, matter=replace(matter, service_code=permit.code))
    for outcome in (CaseOutcome.PERMIT_GRANTED_CONDITIONALLY, CaseOutcome.PERMIT_REFUSED):
        yield replace(decided, outcome=outcome)
    yield replace(
        news, message=MessageName.SURVEY, until=_RECEIVED + timedelta(days=14), survey_id="s"
    )


def _asked(news: Notice) -> Iterator[Notice]:
    """What can be asked about the place, and the service, which is not known then."""
    asked = replace(
        news,
        message=MessageName.ASKED,
        attempt=0,
        number=1,
        office_id="",
        until=_RECEIVED + timedelta(hours=8),
    )
    for question in PlaceQuestion:
        yield replace(asked, question=question)
    yield replace(asked, matter=replace(news.matter, service_code=""))


def _by_time(city: City, news: Notice) -> Iterator[Notice]:
    """A date that has moved, and how it stands after many days: in time, overdue, and while
    the office is being designated."""
    assert news.until is not None
    later = news.until + timedelta(days=1)
    moved = replace(news, message=MessageName.RECOUNTED, until_before=news.until, until=later)
    yield moved
    yield replace(moved, recount_cause=RecountCause.SUPPLEMENTED)
    yield replace(moved, recount_cause=RecountCause.INSPECTED)
    progress = replace(news, message=MessageName.PROGRESS, number=1)
    in_time = replace(progress, until=news.until + timedelta(days=60))
    yield replace(in_time, accepted=True)
    yield replace(progress, number=2, overdue=True)
    yield replace(in_time, office_id=city.arbitration_office.id)
    yield replace(news, message=MessageName.REPEAT_CLOSED, until=None)
    for reason in ExtensionReason:
        extended = replace(moved, recount_cause=RecountCause.EXTENDED)
        yield replace(extended, extension_reason=reason)
    yield replace(news, message=MessageName.SUPPLEMENT, number=1)
    for cause in ClosedCause:
        yield replace(news, message=MessageName.WITHDRAWN, until=None, closed_cause=cause)


def _called(city: City, news: Notice) -> Iterator[Notice]:
    """Of a call about what must be a document, where the city has such."""
    for service in city.catalogue.values():
        if city.filing(service, Channel.PHONE).needs_document:
            until = city.due_for(city.as_asked(service, Channel.PHONE), _RECEIVED).at
            call = replace(news.matter, service_code=service.code, channel=Channel.PHONE)
            yield replace(news, matter=call, until=until)
            return


def _special(city: City, news: Notice) -> Iterator[Notice]:
    """Of each rule that says more than an office: arbitration, another agency, any office."""
    assigned = replace(news, message=MessageName.ASSIGNED)
    yield replace(assigned, rule=Rule.ARBITRATION, office_id=city.arbitration_office.id)
    on = _RECEIVED.astimezone(city.timezone).date()
    for known in (True, False):
        for service in city.catalogue.values():
            agency = city.referral(service, on)
            if agency is not None and bool(agency.told_number) == known:
                yield _of_service(assigned, service, Rule.REFERRED, city)
                break
    for tier in Workload:
        for service in city.catalogue.values():
            if service.anywhere and service.workload is tier:
                yield _of_service(assigned, service, Rule.ANY_OFFICE, city)
                break


def _of_service(notice: Notice, service: Service, rule: Rule, city: City) -> Notice:
    return replace(
        notice,
        rule=rule,
        office_id=city.contact_office.id,
        matter=replace(notice.matter, service_code=service.code),
        until=city.due(_RECEIVED, service.period).at,
    )


def _title(notice: Notice) -> str:
    if notice.text is TextName.RECEIVED and not notice.matter.service_code:
        return "received, not classified yet"
    if notice.matter.channel is Channel.PHONE:
        return f"{notice.text}, by telephone, must be a document"
    if notice.text is TextName.ASKED:
        return f"asked: {notice.question or 'service'}"
    if notice.extension_reason is not None:
        return f"extended: {notice.extension_reason}"
    if notice.closed_cause is not None:
        return f"closed: {notice.closed_cause}"
    if notice.text is TextName.RECOUNTED:
        return f"recounted: {notice.recount_cause}"
    if notice.text is TextName.PROGRESS:
        return f"progress{', overdue' if notice.overdue else ''}"
    if notice.text is TextName.TRANSFERRED:
        after = "by the desk" if notice.rule else "after arbitration"
        return f"transferred ({notice.decline_reason or after})"
    if notice.text in (TextName.REFERRED, TextName.ANY_OFFICE):
        return f"{notice.text}: {notice.matter.service_code}"
    return str(notice.text)


def _samples(writer: TemplateWriter, notice: Notice, language: str) -> Iterator[_Sample]:
    contact = Contact(
        name=_NAMES.get(language, ""),
        email="hana@citizen.example",
        phone="+821000000000",
        language=language,
        status_url=_STATUS,
    )
    answer = _ANSWERS.get(language, _ANSWERS["en"])
    asked = excerpt.beginning(_ASKED.get(language, _ASKED["en"]))

    def written(channel: DeliveryChannel, to: Contact) -> Message:
        return writer.write(notice, channel, to, answer=answer, link=_LINK, asked=asked)

    mail = written(DeliveryChannel.EMAIL, contact)
    yield _Sample(title="E-mail", language=language, subject=mail.subject, body=mail.body)
    text = written(DeliveryChannel.SMS, contact)
    size = sms_bytes(text.body)
    kind = "SMS" if text.form is Form.SMS else "LMS"
    yield _Sample(
        title=f"{kind}: {size if size is not None else 'not countable'} bytes",
        language=language,
        subject=text.subject,
        body=text.body,
    )
