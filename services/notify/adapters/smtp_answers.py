"""What a mail server's answer is about: the recipient, the message, or us and the provider.

First by its enhanced status code (RFC 3463, with the registry of RFC 5248: subject and detail),
else by its reply code (RFC 5321) and the step at which it came. An answer without a row counts as
being about us: a citizen's message is never given up for an answer that nobody has understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from services.notify.adapters.provider_answers import Judged, Row
from services.notify.domain.model import FailureReason, Later, Party, Refused

R, M, P = Party.RECIPIENT, Party.MESSAGE, Party.PROVIDER


class Step(StrEnum):
    """Where in the talk with the server an answer came."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


# RFC 3463 and the registry "SMTP Enhanced Status Codes": subject.detail of class 4 and 5.
ENHANCED: Mapping[str, Row] = {
    "0.0": Row(P, "Other undefined status"),
    "1.0": Row(R, "Other address status"),
    "1.1": Row(R, "Bad destination mailbox address"),
    "1.2": Row(R, "Bad destination system address"),
    "1.3": Row(R, "Bad destination mailbox address syntax"),
    "1.4": Row(R, "Destination mailbox address ambiguous"),
    "1.6": Row(R, "Destination mailbox has moved, no forwarding address"),
    "1.7": Row(P, "Bad sender's mailbox address syntax"),
    "1.8": Row(P, "Bad sender's system address"),
    "1.9": Row(P, "Message relayed to non-compliant mailer"),
    "1.10": Row(R, "Recipient address has null MX"),
    "2.0": Row(R, "Other or undefined mailbox status"),
    "2.1": Row(R, "Mailbox disabled, not accepting messages"),
    "2.2": Row(R, "Mailbox full"),
    "2.3": Row(M, "Message length exceeds administrative limit"),
    "2.4": Row(R, "Mailing list expansion problem"),
    "3.0": Row(P, "Other or undefined mail system status"),
    "3.1": Row(P, "Mail system full"),
    "3.2": Row(P, "System not accepting network messages"),
    "3.3": Row(P, "System not capable of selected features"),
    "3.4": Row(M, "Message too big for system"),
    "3.5": Row(P, "System incorrectly configured"),
    "3.6": Row(P, "Requested priority was changed"),
    "4.0": Row(P, "Other or undefined network or routing status"),
    "4.1": Row(P, "No answer from host"),
    "4.2": Row(P, "Bad connection"),
    "4.3": Row(P, "Directory server failure"),
    "4.4": Row(R, "Unable to route"),
    "4.5": Row(P, "Mail system congestion"),
    "4.6": Row(P, "Routing loop detected"),
    "4.7": Row(P, "Delivery time expired"),
    "5.0": Row(P, "Other or undefined protocol status"),
    "5.1": Row(P, "Invalid command"),
    "5.2": Row(P, "Syntax error"),
    "5.3": Row(P, "Too many recipients"),
    "5.4": Row(P, "Invalid command arguments"),
    "5.5": Row(P, "Wrong protocol version"),
    "5.6": Row(P, "Authentication exchange line is too long"),
    "6.0": Row(M, "Other or undefined media error"),
    "6.1": Row(M, "Media not supported"),
    "6.2": Row(M, "Conversion required and prohibited"),
    "6.3": Row(M, "Conversion required but not supported"),
    "6.4": Row(M, "Conversion with loss performed"),
    "6.5": Row(M, "Conversion failed"),
    "6.6": Row(M, "Message content not available"),
    "6.7": Row(R, "Non-ASCII addresses not permitted for that sender/recipient"),
    "6.8": Row(R, "UTF-8 string reply is required, but not permitted by the SMTP client"),
    "6.9": Row(M, "UTF-8 header message cannot be transferred to one or more recipients"),
    "7.0": Row(P, "Other or undefined security status"),
    "7.1": Row(P, "Delivery not authorized, message refused"),
    "7.2": Row(R, "Mailing list expansion prohibited"),
    "7.3": Row(P, "Security conversion required but not possible"),
    "7.4": Row(P, "Security features not supported"),
    "7.5": Row(P, "Cryptographic failure"),
    "7.6": Row(P, "Cryptographic algorithm not supported"),
    "7.7": Row(P, "Message integrity failure"),
    "7.8": Row(P, "Authentication credentials invalid"),
    "7.9": Row(P, "Authentication mechanism is too weak"),
    "7.10": Row(P, "Encryption Needed"),
    "7.11": Row(P, "Encryption required for requested authentication mechanism"),
    "7.12": Row(P, "A password transition is needed"),
    "7.13": Row(P, "User Account Disabled"),
    "7.14": Row(P, "Trust relationship required"),
    "7.16": Row(M, "Message too big for the specified priority"),
    "7.17": Row(R, "Mailbox owner has changed"),
    "7.18": Row(R, "Domain owner has changed"),
    "7.20": Row(P, "No passing DKIM signature found"),
    "7.21": Row(P, "No acceptable DKIM signature found"),
    "7.22": Row(P, "No valid author-matched DKIM signature found"),
    "7.23": Row(P, "SPF validation failed"),
    "7.24": Row(P, "SPF validation error"),
    "7.25": Row(P, "Reverse DNS validation failed"),
    "7.26": Row(P, "Multiple authentication checks failed"),
    "7.27": Row(P, "Sender address has null MX"),
    "7.28": Row(P, "Mail flood detected"),
}
# RFC 5321, 4.2: where the answer has no enhanced code. A code names itself at every step but those.
REPLIES: Mapping[tuple[Step, int], Row] = {
    (Step.MAIL, 552): Row(M, "Requested mail action aborted: exceeded storage allocation"),
    (Step.RCPT, 450): Row(R, "Requested mail action not taken: mailbox unavailable"),
    (Step.RCPT, 452): Row(R, "Requested action not taken: insufficient system storage"),
    (Step.RCPT, 550): Row(R, "Requested action not taken: mailbox unavailable"),
    (Step.RCPT, 551): Row(R, "User not local"),
    (Step.RCPT, 552): Row(R, "Requested mail action aborted: exceeded storage allocation"),
    (Step.RCPT, 553): Row(R, "Requested action not taken: mailbox name not allowed"),
    (Step.RCPT, 556): Row(R, "Domain does not accept mail"),
    (Step.DATA, 552): Row(M, "Requested mail action aborted: exceeded storage allocation"),
    (Step.DATA, 554): Row(M, "Transaction failed"),
}
UNKNOWN = Row(P, "An answer that no table names")

_ENHANCED = re.compile(r"\s*[45]\.(\d{1,3}\.\d{1,3})(?!\d)")


def judge(step: Step, code: int, text: str) -> Judged:
    """What follows from a server's reply code (200 to 599) and its text at a step.

    Only a reply of 5xx is final, and only where it is about the recipient or the message.
    """
    found = _ENHANCED.match(text)
    enhanced = found[1] if found else ""
    row = ENHANCED.get(enhanced) or REPLIES.get((step, code)) or UNKNOWN
    if row.about is R and step in (Step.CONNECT, Step.MAIL):
        # Before RCPT the server knows no recipient, so the address at fault is ours.
        row = Row(P, row.words)
    final = 500 <= code < 600
    match row.about, final:
        case Party.RECIPIENT, True:
            result: Refused | Later = Refused(FailureReason.UNDELIVERABLE)
        case Party.MESSAGE, True:
            result = Refused(FailureReason.REJECTED)
        case Party.RECIPIENT, False:
            result = Later(R)
        case _:
            result = Later(P)
    return Judged(
        row=row,
        code=code,
        enhanced=enhanced,
        result=result,
        alarm=final and row.about is not R,
    )
