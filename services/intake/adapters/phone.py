"""Phone numbers by the numbering plans of the world."""

from __future__ import annotations

from collections.abc import Callable

import phonenumbers

_LONGEST = 40


def e164_in(country: str | None) -> Callable[[str], str | None]:
    """Reads numbers as people write them in a country (ISO 3166 code), or only with + and
    the country code when there is none.

    Possible by length and shape is enough: plans change faster than libraries, and whether a
    number works only its network can say.
    """

    def e164(text: str) -> str | None:
        if len(text) > _LONGEST:
            return None
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            return None
        if number.extension or not phonenumbers.is_possible_number(number):
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return e164
