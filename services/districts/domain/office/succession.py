"""Which office has closed by a day, and which one does then what it did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.cities import Office


def has_closed(office_id: str, offices: Mapping[str, Office], day: date) -> bool:
    """Whether the office has ended before a day, for good; not where it is not among `offices`."""
    office = offices.get(office_id)
    return office is not None and office.validity.is_over(day)


def successor_of(office_id: str, offices: Mapping[str, Office], day: date) -> str:
    """The office itself while it exists; of one that has closed the one open office to which its
    successors lead, over those that closed in turn. Empty where they lead to none or to several,
    and for an office that is not among `offices`."""
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [office_id]
    while ahead:
        one = ahead.pop()
        if one in seen or one not in offices:
            continue
        seen.add(one)
        if offices[one].validity.holds(day):
            found.add(one)
        else:
            ahead += offices[one].successors
    return found.pop() if len(found) == 1 else ""
