"""By which code a person of an office is entered: the office's own, and never a name."""

from __future__ import annotations

import re

from services.common.kernel import DomainError, Kind

_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")


def must_be_code(code: str, field: str) -> None:
    """Raises `invalid_officer_code` (INVALID) for what could be a name; empty is none."""
    if code and _CODE.fullmatch(code) is None:
        raise DomainError(
            "invalid_officer_code",
            Kind.INVALID,
            "must be a code of up to 40 letters, digits and ._-, or empty",
            field=field,
        )
