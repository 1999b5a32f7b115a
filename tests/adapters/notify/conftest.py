"""Messages to send."""

from __future__ import annotations

from services.notify.application.ports import Contact, Form, Message


def message(
    delivery_id: str,
    *,
    name: str = "김하나",
    email: str = "a@citizen.example",
    phone: str = "+82200000000",
    form: Form = Form.MAIL,
) -> Message:
    contact = Contact(name=name, email=email, phone=phone, language="ko", status_url="")
    return Message(
        delivery_id=delivery_id,
        contact=contact,
        sender="서울특별시 120다산콜재단",
        form=form,
        subject="" if form is Form.SMS else "답변입니다 (1)",
        body="안녕하세요.\n끝\n",
    )
