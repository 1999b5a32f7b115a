"""Messages to send."""

from __future__ import annotations

from services.notify.application.ports import Contact, Message


def message(
    delivery_id: str, *, email: str = "a@citizen.example", phone: str = "+82200000000"
) -> Message:
    contact = Contact(name="김하나", email=email, phone=phone, language="ko", status_url="")
    return Message(
        delivery_id=delivery_id, contact=contact, subject="답변입니다 (1)", body="안녕하세요.\n끝\n"
    )
