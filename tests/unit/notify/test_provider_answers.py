"""Whom a provider's answer is about: only what is about the citizen or the message is final."""

from __future__ import annotations

import pytest

from services.notify.adapters import sms_answers, smtp_answers
from services.notify.adapters.smtp_answers import Step
from services.notify.domain.model import FailureReason, Later, Party, Refused, Result

GONE = Refused(FailureReason.UNDELIVERABLE)
REJECTED = Refused(FailureReason.REJECTED)
PUT_OFF = Later(Party.RECIPIENT)
HELD = Later(Party.PROVIDER)


@pytest.mark.parametrize(
    ("step", "code", "text", "result", "alarm"),
    [
        # The recipient.
        (Step.RCPT, 550, "5.1.1 User unknown", GONE, False),
        (Step.RCPT, 550, "no such user", GONE, False),
        (Step.RCPT, 551, "User not local", GONE, False),
        (Step.RCPT, 553, "5.1.3 bad address syntax", GONE, False),
        (Step.RCPT, 552, "5.2.2 Over quota", GONE, False),
        (Step.RCPT, 556, "5.1.10 null MX", GONE, False),
        (Step.RCPT, 550, "5.4.4 unable to route: host unknown", GONE, False),
        (Step.DATA, 550, "5.1.1 User unknown", GONE, False),
        (Step.RCPT, 450, "mailbox busy", PUT_OFF, False),
        (Step.RCPT, 452, "4.2.2 Mailbox full", PUT_OFF, False),
        # The message.
        (Step.DATA, 552, "5.3.4 too big", REJECTED, True),
        (Step.DATA, 554, "Transaction failed", REJECTED, True),
        (Step.MAIL, 552, "5.3.4 size exceeds", REJECTED, True),
        (Step.DATA, 554, "5.6.0 bad content", REJECTED, True),
        # Us and the provider.
        (Step.MAIL, 550, "5.4.5 Daily user sending quota exceeded", HELD, True),
        (Step.RCPT, 550, "5.4.5 Daily user sending quota exceeded", HELD, True),
        (Step.DATA, 550, "5.4.5 Daily user sending quota exceeded", HELD, True),
        (Step.MAIL, 550, "5.1.0 Address rejected", HELD, True),
        (Step.MAIL, 550, "not your address", HELD, True),
        (Step.MAIL, 530, "5.7.0 Authentication required", HELD, True),
        (Step.CONNECT, 535, "5.7.8 bad credentials", HELD, True),
        (Step.CONNECT, 554, "go away", HELD, True),
        (Step.RCPT, 554, "5.7.1 Relay access denied", HELD, True),
        (Step.DATA, 550, "5.7.23 SPF failed", HELD, True),
        (Step.RCPT, 530, "what is this", HELD, True),
        (Step.RCPT, 550, "5.99.99 unheard of, but the code is known", GONE, False),
        (Step.RCPT, 599, "unheard of", HELD, True),
        (Step.RCPT, 421, "4.3.2 shutting down", HELD, False),
        (Step.RCPT, 451, "4.7.1 Greylisted", HELD, False),
        (Step.DATA, 452, "4.3.1 disk full", HELD, False),
        (Step.DATA, 250, "nonsense", HELD, False),
    ],
)
def test_a_mail_servers_answers(
    step: Step, code: int, text: str, result: Result, alarm: bool
) -> None:
    judged = smtp_answers.judge(step, code, text)
    assert (judged.result, judged.alarm) == (result, alarm)
    assert judged.row.words
    assert "User" not in judged.enhanced


@pytest.mark.parametrize(
    ("status", "result", "alarm"),
    [
        (400, REJECTED, True),
        (401, HELD, True),
        (402, HELD, True),
        (403, HELD, True),
        (404, HELD, True),
        (410, GONE, False),
        (413, REJECTED, True),
        (418, HELD, True),
        (422, GONE, False),
        (429, HELD, False),
        (301, HELD, True),
        (500, HELD, False),
        (503, HELD, False),
        (599, HELD, True),
    ],
)
def test_a_gateways_statuses(status: int, result: Result, alarm: bool) -> None:
    judged = sms_answers.judge(status)
    assert (judged.result, judged.alarm) == (result, alarm)
