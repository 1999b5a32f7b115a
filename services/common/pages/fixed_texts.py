"""The fixed texts of pages, by key and language, checked to be whole before the first is shown."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import yaml

LANGUAGES = ("ko", "en", "zh", "ja", "vi", "mn")
"""What pages are written in: those that Seoul's 120 answers in."""
SHARED_TEXTS = Path(__file__).with_name("texts")
"""The folder of the texts that all pages share."""


class TextsIncomplete(ValueError):
    """A text is missing in a language, is there twice, or says other things than in Korean."""


class Texts:
    """The texts of one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._weekdays = texts["weekdays"].split(", ")
        self._months = texts["months"].split(", ")

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def say(self, key: str, **values: object) -> str:
        """The text of a key with its values set in; KeyError for one that is in no file."""
        return self._texts[key].format(**values)

    def day(self, local: date) -> str:
        """A day as it is written in the language, with its weekday."""
        return self.say(
            "day",
            year=local.year,
            month=local.month,
            month_name=self._months[local.month - 1],
            day=local.day,
            weekday=self._weekdays[local.weekday()],
        )

    def moment(self, local: datetime) -> str:
        """A day and the time of it."""
        return self.say("moment", day=self.day(local), time=f"{local:%H:%M}")


def read_texts(*folders: Path, languages: Sequence[str] = LANGUAGES) -> Mapping[str, Texts]:
    """The texts of the folders' `<language>.yaml` together, in each of the languages.

    Raises TextsIncomplete with every fault at once, OSError for a missing file.
    """
    read = {language: _read(language, folders) for language in languages}
    first, model = next(iter(read.items()))
    faults: list[str] = []
    for language, texts in read.items():
        faults += [f"{language}: {key} is missing" for key in model.keys() - texts.keys()]
        faults += [f"{language}: {key} is not in {first}" for key in texts.keys() - model.keys()]
        for key in (model.keys() & texts.keys()) - _FREE:
            if _gaps(texts[key]) != _gaps(model[key]):
                faults.append(f"{language}: {key} has other gaps than in {first}")
        for key, count in (("weekdays", 7), ("months", 12)):
            if len(texts.get(key, "").split(", ")) != count:
                faults.append(f"{language}: {key} must name {count}")
    if faults:
        raise TextsIncomplete("; ".join(sorted(faults)))
    return {language: Texts(texts) for language, texts in read.items()}


# In these a language takes what it writes.
_FREE = frozenset({"day", "moment"})


def _read(language: str, folders: tuple[Path, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for folder in folders:
        file = folder / f"{language}.yaml"
        read = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for key, text in read.items():
            if not isinstance(text, str) or not text.strip():
                raise TextsIncomplete(f"{file.name}: {key} is no text")
            if key in texts:
                raise TextsIncomplete(f"{file.name}: {key} is there twice")
            texts[key] = text
    return texts


def _gaps(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
