"""Where a message can arrive: checks phone numbers by the numbering plans of the world, and
addresses by the standards of mail."""

from __future__ import annotations

import email_validator
import phonenumbers

from services.intake.domain.admit import Normalise, Reach

_LONGEST = 40
# In some countries a number does not tell a mobile telephone from a landline.
_TEXTED = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
# The beginning of an encoded word (RFC 2047): mail programs decode it in a header, into anything
# that its sender chose.
_ENCODED_WORD = "=?"


def reach_from(country: str | None) -> Reach:
    """The `Reach` of a country (ISO 3166 code): takes phone numbers as people write them there.
    None: numbers need + and the code of their country."""
    return Reach(email=mailable, phone=texted_in(country))


def texted_in(country: str | None) -> Normalise:
    """The number in E.164 form when its country has given it out for telephones that receive text
    messages; None for a landline, a short number, a wrong length or an extension."""

    def texted(text: str) -> str | None:
        if len(text) > _LONGEST:
            return None
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            return None
        if number.extension or phonenumbers.number_type(number) not in _TEXTED:
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return texted


def mailable(text: str) -> str | None:
    """The address in the form that every mail server takes, its domain in ASCII (IDNA 2008).

    None for an address that no mail server could deliver (a reserved domain, a domain without a
    dot) and for a local part in another script, which most servers refuse. Does not ask whether the
    mailbox exists.
    """
    try:
        address = email_validator.validate_email(text, check_deliverability=False, strict=True)
    except email_validator.EmailNotValidError:
        return None
    # There is none for a local part in another script.
    if address.ascii_email is None or _ENCODED_WORD in address.ascii_email:
        return None
    return address.ascii_email
