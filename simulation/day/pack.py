"""The city's data on the simulated day: its own, but offices may enter what happened weeks ago.

No day of a real clock sees the end of what an office asked for that day. So some offices have
had a matter on paper, with what they asked for and did not get, and enter all of it today; the
pack's own limit lets them go back by a day alone.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

from services.cities import PACKS, City, Due, Period, Term, Unit, built_in

# As long as no holidays in a row can be that an office's shortest time ends before today.
_BACKDATING = "30c"
_LIMIT = re.compile(r"(?m)^(  backdating: \{period: )\w+")
_ASKED_AT = time(14, 0)


@contextmanager
def late_entries(city: str) -> Iterator[str]:
    """The folder of this city's pack (its name or folder), changed; gone afterwards. Raises
    ValueError for a pack without a limit to change."""
    original = PACKS / city if city in built_in() else Path(city)
    with tempfile.TemporaryDirectory(prefix="dasan-pack-") as made:
        folder = Path(shutil.copytree(original, Path(made) / original.name))
        file = folder / "calendar.yaml"
        text, times = _LIMIT.subn(rf"\g<1>{_BACKDATING}", file.read_text(encoding="utf-8"))
        if times != 1:
            raise ValueError(f"{file} has {times} limits of late entries")
        file.write_text(text, encoding="utf-8")
        yield str(folder)


def left_unanswered_since(city: City, today: date) -> date:
    """The last day on which an office could ask for something whose shortest time is over now."""
    day = today
    while True:
        day -= timedelta(days=1)
        asked_at = datetime.combine(day, _ASKED_AT, tzinfo=city.timezone)
        due = city.due_of(
            Term(received_at=asked_at, period=Period(amount=1, unit=Unit.CALENDAR_DAYS))
        )
        assert isinstance(due, Due), "nothing suspends it"
        if due.at.astimezone(city.timezone).date() < today:
            return day
