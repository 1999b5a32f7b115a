"""How much a stranger may make the city write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.common.edge import limits as module
from services.common.edge.limits import TooMany
from services.common.kernel import DomainError
from services.intake.application.limits import Limits, Taken
from services.intake.domain.model import Contact

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
VICTIM = Contact(email="victim@example.org", phone="+821000000001")


@dataclass
class Door:
    """The limits, with a clock that tests turn."""

    per_recipient: int = 0
    per_sender: int = 0
    now: datetime = START
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.limits = Limits(
            per_recipient=self.per_recipient, per_sender=self.per_sender, clock=lambda: self.now
        )

    def post(self, sender: str | None = "192.0.2.1", contact: Contact | None = None) -> Taken:
        return self.limits.take(sender=sender, contact=contact)

    def wait(self, sender: str | None = "192.0.2.1", contact: Contact | None = None) -> timedelta:
        with pytest.raises(TooMany) as refusal:
            self.post(sender, contact)
        assert refusal.value.retry_after is not None
        return refusal.value.retry_after


def test_one_recipient_is_named_so_often_an_hour_by_whoever_it_is() -> None:
    door = Door(per_recipient=2)
    door.post("192.0.2.1", VICTIM)
    door.post(None, Contact(email="Victim@Example.org"))
    with pytest.raises(TooMany) as refusal:
        door.post("192.0.2.3", Contact(email="victim@example.org"))
    assert refusal.value.field == "contact.email"
    assert "victim" not in str(refusal.value)
    door.post("192.0.2.3", Contact(phone=VICTIM.phone))
    with pytest.raises(TooMany) as refusal:
        door.post("192.0.2.3", Contact(phone=VICTIM.phone))
    assert refusal.value.field == "contact.phone"
    door.post("192.0.2.3", Contact(email="other@example.org"))
    door.post("192.0.2.3", None)


def test_a_mailbox_is_one_recipient_whatever_its_mail_is_sorted_by() -> None:
    door = Door(per_recipient=1)
    door.post(contact=Contact(email="victim+1@example.org"))
    for written in ("victim+2@example.org", "victim@example.org", "Victim+@example.org"):
        door.wait(contact=Contact(email=written))
    door.post(contact=Contact(email="+victim@example.org"))


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("192.0.2.1:40001", "192.0.2.1:40002"),
        ("192.0.2.1", "192.0.2.1:40002"),
        ("[2001:db8::1]:40001", "2001:db8::2"),
        ("[2001:db8::1]", '"[2001:db8::1]:40002"'),
    ],
)
def test_a_proxy_that_adds_the_port_still_names_one_sender(first: str, again: str) -> None:
    door = Door(per_sender=1)
    door.post(first)
    door.wait(again)
    door.post("192.0.2.2:40001")


def test_there_is_room_again_when_the_first_is_an_hour_old() -> None:
    door = Door(per_sender=2)
    door.post()
    door.now += timedelta(minutes=20)
    door.post()
    assert door.wait() == timedelta(minutes=40)
    door.now += timedelta(minutes=40) - timedelta(milliseconds=1)
    assert door.wait() == timedelta(milliseconds=1)
    door.now += timedelta(milliseconds=1)
    door.post()
    assert door.wait() == timedelta(minutes=20)


def test_a_refusal_takes_nothing() -> None:
    door = Door(per_recipient=1, per_sender=3)
    door.post(contact=VICTIM)
    for _ in range(5):
        door.wait(contact=VICTIM)
    door.post()
    door.post()
    door.wait()


def test_what_came_to_nothing_is_given_back() -> None:
    door = Door(per_recipient=1, per_sender=1)
    door.post(contact=VICTIM).give_back()
    door.post(contact=VICTIM)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("unknown", "unknown", True),
    ],
)
def test_a_sender_is_who_can_have_the_address(one: str, other: str, same: bool) -> None:
    door = Door(per_sender=1)
    door.post(one)
    if same:
        door.wait(other)
    else:
        door.post(other)


def test_known_callers_and_none_are_not_limited() -> None:
    door = Door(per_sender=1)
    for _ in range(3):
        door.post(None)
    open_to_all = Door()
    for _ in range(3):
        open_to_all.post(contact=VICTIM)


def test_what_is_remembered_is_bounded_and_holds_no_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 10)
    door = Door(per_sender=1)
    for number in range(50):
        door.post(f"192.0.2.{number}")
    held = repr(vars(door.limits._senders))
    assert held.count("deque") <= 10
    assert "192.0.2" not in held


def test_it_is_an_error_as_all_others() -> None:
    assert issubclass(TooMany, DomainError)
