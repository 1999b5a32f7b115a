"""Which encoding a file of text is in, told by its bytes; never guessed where they do not tell.

Recognised are UTF-8 and UTF-16 of either order, with and without a byte order mark, and CP949,
which holds EUC-KR. Any other must be named.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""The longer ones first: UTF-32's begins with UTF-16's."""
_WIDE = ("utf-16", "utf-32")
"""A line end of these is several bytes."""
_SAMPLE_BYTES = 4_096
_MOSTLY = 0.9
"""So many of the lines that are not ASCII must be in an encoding; the others are then broken. With
less, a file of another encoding may pass by chance; with more, one broken line costs the file."""
_HANGUL = re.compile("[가-힣]")
_WORD = re.compile("[가-힣]{2}")
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a pair that makes one letter of UTF-16."""
_BARE_RETURN = re.compile("(?<=\r)(?!\n)")


class EncodingUnknown(Exception):
    """The bytes do not tell the encoding; `line` is the first that shows it, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A codec of Python by its name, and the mark that the file begins with, or none."""

    name: str
    mark: bytes = b""


def recognise(file: IO[bytes], stated: str | None = None) -> Encoding:
    """The encoding of a file, which is read to its end and then put back to its beginning.

    `stated` is what a person says it is; a byte order mark that says otherwise is believed less.
    Raises EncodingUnknown.
    """
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    if stated is not None:
        name = codecs.lookup(stated).name
        mark = next((m for m, of in _MARKS if of == name and sample.startswith(m)), b"")
        return Encoding(name=name, mark=mark)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name=name, mark=mark)
    if b"\0" in sample:
        return Encoding(name=_wide(sample))
    encoding = Encoding(name=_narrow(file))
    file.seek(0)
    return encoding


def _wide(sample: bytes) -> str:
    """Which half of the pairs is zero: commas, digits and line ends of UTF-16 have one."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even == odd:
        raise EncodingUnknown(1, "has zero bytes and is not UTF-16")
    return "utf-16-le" if odd > even else "utf-16-be"


def _narrow(lines: Iterable[bytes]) -> str:
    beyond = utf_8 = cp949 = 0
    first = 0
    for number, line in enumerate(lines, start=1):
        if line.isascii():
            continue
        beyond += 1
        if _decoded(line, "utf-8") is not None:
            utf_8 += 1
            continue
        first = first or number
        cp949 += _is_korean(_decoded(line, "cp949"))
    if utf_8 >= beyond * _MOSTLY:
        return "utf-8"
    if cp949 >= beyond * _MOSTLY:
        return "cp949"
    raise EncodingUnknown(
        first, "is neither UTF-8 nor CP949 (EUC-KR); name the file's encoding in the mapping"
    )


def _is_korean(text: str | None) -> bool:
    """Whether it has a word of Hangul and most of what is not ASCII is that.

    Two Western letters side by side, such as ÄÖ, pass as one syllable of CP949.
    """
    if text is None or _WORD.search(text) is None:
        return False
    beyond = sum(not letter.isascii() for letter in text)
    return len(_HANGUL.findall(text)) * 2 >= beyond


def _decoded(line: bytes, name: str) -> str | None:
    try:
        return line.decode(name)
    except UnicodeDecodeError:
        return None


def lines(file: IO[bytes], encoding: Encoding) -> Iterator[str | None]:
    """The lines of a file with their ends; None for one that is not in the encoding.

    A line ends as in any of the three ways of writing it.
    """
    file.seek(len(encoding.mark))
    if encoding.name.startswith(_WIDE):
        yield from _wide_lines(file, encoding.name)
        return
    for line in file:
        text = _decoded(line, encoding.name)
        if text is None:
            yield None
        elif "\r" in text[:-2]:
            yield from (part for part in _BARE_RETURN.split(text) if part)
        else:
            yield text


def _wide_lines(file: IO[bytes], name: str) -> Iterator[str | None]:
    texts = io.TextIOWrapper(file, encoding=name, errors="surrogatepass", newline="")
    try:
        for text in texts:
            yield None if _HALF.search(text) else text
    except UnicodeDecodeError:  # the file breaks off within a letter
        yield None
