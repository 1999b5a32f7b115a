"""What a reader would rather have: of two forms, and of several languages (RFC 9110, 12.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# More than any browser sends; the rest of a longer header is not read.
_LONGEST = 1_000


def prefers_html(accept: str) -> bool:
    """Whether who sends this Accept would rather read a page than JSON.

    Only who names HTML does: a program that takes anything (`*/*`), or says nothing, gets JSON, and
    so does who takes both alike.
    """
    wanted = dict(_qualities(accept))
    page = max(wanted.get("text/html", 0.0), wanted.get("application/xhtml+xml", 0.0))
    data = wanted.get("application/json", wanted.get("application/*", wanted.get("*/*", 0.0)))
    return page > data or (page == data > 0 and "application/json" not in wanted)


def best_language(wish: str, languages: Sequence[str]) -> str | None:
    """Which of the languages (primary tags) fits a tag or an Accept-Language best; None for none.
    Of those wished alike the first is taken."""
    for tag, quality in sorted(_qualities(wish), key=lambda item: -item[1]):
        primary = tag.replace("_", "-").partition("-")[0]
        if quality > 0 and primary in languages:
            return primary
    return None


def _qualities(header: str) -> Iterator[tuple[str, float]]:
    for item in header[:_LONGEST].lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        given = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            yield name, min(max(float(given), 0.0), 1.0)
        except ValueError:
            yield name, 0.0
