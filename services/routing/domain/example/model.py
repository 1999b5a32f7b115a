"""A sentence that an official wrote so that the next training knows better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# The writer of such a sentence, as in a pack's labelled sentences.
WRITER = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sentence and the service that it means.

    The words are the official's own and neutral. Nothing leads from it to an inquiry: it says
    neither which one it was written for nor what its citizen wrote.
    """

    id: str
    service_code: str
    language: str
    text: str
    written_at: datetime
    written_by: str
