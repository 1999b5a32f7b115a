"""An official teaches: when a sentence is kept, and what it must not hold. Pure.

A machine sees numbers, addresses, and the citizen's own words; that a sentence names nobody, the
official and whoever takes it over for the training must see.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import NoReturn, TypeAlias

from services.cities import personal_in
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.example.model import Example

# As in a pack's labelled sentences. Shorter ones say nothing; longer ones are a story, and stories
# hold persons.
SHORTEST_CHARACTERS, LONGEST_CHARACTERS = 5, 200
# So many letters in a row that the citizen wrote, too, are the citizen's words. Fewer: the plain
# name of a matter is refused. More: half a sentence of the citizen's is kept.
MOST_REPEATED = 15
_HANGUL = re.compile(r"[\uac00-\ud7a3]")

ExampleChange: TypeAlias = Change[Example, NoReturn]


def sentence(text: str, words: str | None) -> str:
    """The official's sentence as it is kept: composed, on one line. `words` are the citizen's, None
    where the official has not seen them.

    Raises INVALID on the field `sentence`: `sentence_length`, `sentence_personal`,
    `sentence_repeats`.
    """
    kept = " ".join(unicodedata.normalize("NFC", text).split())
    if not SHORTEST_CHARACTERS <= len(kept) <= LONGEST_CHARACTERS:
        raise _refused("sentence_length", "write one sentence of 5 to 200 characters")
    if personal_in(kept) is not None:
        raise _refused("sentence_personal", "take the number or address out")
    if words is not None and _repeats(kept, words):
        raise _refused("sentence_repeats", "say it in your own words")
    return kept


def write(
    state: Example | None,
    *,
    id_: str,
    service_code: str,
    text: str,
    caller: str,
    now: datetime,
) -> ExampleChange | None:
    """Keeps a sentence; one that is kept already stays as it is. Raises what `sentence` raises."""
    if state is not None:
        return None
    return Change(
        state=Example(
            id=id_,
            service_code=service_code,
            language="ko" if _HANGUL.search(text) else "en",
            text=sentence(text, None),
            written_at=now,
            written_by=caller,
        )
    )


def _repeats(text: str, words: str) -> bool:
    """Whether MOST_REPEATED letters in a row stand in the citizen's words, too."""
    mine, theirs = _letters(text), _letters(words)
    starts = range(len(mine) - MOST_REPEATED + 1)
    return any(mine[start : start + MOST_REPEATED] in theirs for start in starts)


def _letters(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFC", text).lower() if each.isalnum())


def _refused(slug: str, message: str) -> DomainError:
    return DomainError(slug, Kind.INVALID, message, field="sentence")
