"""A permit's document as PDF/A-2b, set by typst in a Korean font that comes as a package.

Owns the typesetting. Leaves to its caller what the document says: it comes as data, is handed over
as JSON, and never becomes markup.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

_TEMPLATE = Path(__file__).with_name("documents") / "permit.typ"
# One at a time: setting a page keeps a core busy for some 25 ms. More: commands of offices wait
# longer while many documents are asked for. Fewer is none.
_AT_ONCE = 1


class Typesetter:
    """Sets documents, one after another, off the event loop."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def pdf(self, said: Mapping[str, object]) -> bytes:
        """The bytes of a document with these texts, the same for the same texts."""
        async with self._room:
            return await asyncio.to_thread(_set, json.dumps(said, ensure_ascii=False))


def _set(said: str) -> bytes:
    import pylopdf_fonts_ko  # 34 MB and 10 MB: loaded with the first document, not at import
    import typst

    pdf: bytes = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        font_paths=[str(Path(pylopdf_fonts_ko.__file__).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": said},
        pdf_standards=["a-2b"],
    )
    return pdf
