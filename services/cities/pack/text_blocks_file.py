"""`text_blocks.yaml` of a pack: the text blocks of its offices, each read with its line.

A pack without the file has none: its offices write every text themselves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from string import Formatter

from services.cities.catalogue.model import Service
from services.cities.catalogue.text_blocks import LONGEST_BLOCK, Gap, TextBlock, Use
from services.cities.pack.files import Faults, Node, document, member

TEXT_BLOCKS = "text_blocks.yaml"
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAMES = frozenset(("for", "services", "title", "text"))


def read_text_blocks(
    folder: Path, languages: Sequence[str], services: Collection[Service], faults: Faults
) -> list[TextBlock]:
    """The blocks of a folder, in the file's order."""
    if not (folder / TEXT_BLOCKS).exists():
        return []
    codes = {service.code for service in services}
    blocks = document(folder, TEXT_BLOCKS, faults).get("blocks").pairs()
    return [_block(code, node, languages, codes) for code, node in blocks]


def _block(code: str, node: Node, languages: Sequence[str], codes: Collection[str]) -> TextBlock:
    if _CODE.fullmatch(code) is None:
        node.fault(f"{code!r} is no code such as received-and-mended")
    for name, one in node.pairs():
        if name not in _NAMES:
            one.fault(f"{name!r} is none of {', '.join(sorted(_NAMES))}")
    uses = [member(one.text(), Use) for one in node.get("for").entries()]
    if not uses:
        node.fault("for is missing: what is it used for?")
    services = node.get("services").texts()
    for service in services:
        if service not in codes:
            node.fault(f"service {service!r} is not in catalogue.csv")
    text = node.get("text").names(languages)
    for written in text.values():
        _check(node, written)
    return TextBlock(
        code=code,
        uses=frozenset(use for use in uses if use is not None),
        services=frozenset(services),
        title=node.get("title").names(languages),
        text={language: written.strip() for language, written in text.items()},
    )


def _check(node: Node, written: str) -> None:
    if len(written) > LONGEST_BLOCK:
        node.fault(f"a text has at most {LONGEST_BLOCK} characters")
    try:
        parts = list(Formatter().parse(written))
    except ValueError as error:
        node.fault(f"a brace too few or too many: {error}")
        return
    for _, name, form, conversion in parts:
        if name is not None and (name not in tuple(Gap) or form or conversion):
            node.fault(f"{{{name}}} is none of the gaps {', '.join(Gap)}")
