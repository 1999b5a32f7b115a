"""Addresses as providers take them, and one spelling of each for counting.

What a citizen left was typed by anybody. The city sends to an address only in a form that can
neither end a mail header nor smuggle one in: a plain local part (RFC 5321, dot-string; RFC 6531
with other letters) and a domain in its ASCII form (IDNA 2008).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import idna

from services.common.edge.mailboxes import counted_mailbox

# RFC 5321, 4.5.3.1.
LOCAL_LONGEST = 64
ADDRESS_LONGEST = 254
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# The beginning of an encoded word (RFC 2047): some mail libraries decode it even here, and what
# comes out may hold line ends.
_ENCODED = "=?"
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


class BadAddress(ValueError):
    """It cannot be sent to; the message says why and nothing of the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An e-mail address that may be sent to; `domain` is ASCII."""

    local: str
    domain: str

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) can take it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def mailbox(text: str) -> Mailbox:
    """The address as it is sent to; raises BadAddress."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or _ENCODED in local:
        raise BadAddress("the part before the @ is none that mail allows")
    found = Mailbox(local=local, domain=_ascii(domain))
    if len(local.encode()) > LOCAL_LONGEST or len(str(found).encode()) > ADDRESS_LONGEST:
        raise BadAddress("it is longer than mail allows")
    return found


def _ascii(domain: str) -> str:
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadAddress("the domain is none") from error
    if "." not in encoded or encoded.endswith("."):
        raise BadAddress("the domain is none of the public mail")
    return encoded


def phone(text: str) -> str:
    """The number as a gateway takes it (E.164); raises BadAddress."""
    if not _PHONE.fullmatch(text):
        raise BadAddress("it is no phone number with its country code")
    return text


def counted_mail(text: str) -> str:
    """One spelling for all that reach the same mailbox; as it was typed where it is no address."""
    try:
        return counted_mailbox(str(mailbox(text)))
    except BadAddress:
        return text
