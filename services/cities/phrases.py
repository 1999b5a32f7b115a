"""The sentences a city's answers are explained in, by language, read from `phrases.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Templates by key and language; a missing language falls back to English."""

    templates: Mapping[str, Mapping[str, str]]

    def say(self, language: str, key: str, **values: str) -> str:
        """The sentence of `key` in `language` with its values filled in."""
        by_language = self.templates[key]
        return by_language.get(language, by_language["en"]).format(**values)

    def by_language(self, key: str, **values: str) -> dict[str, str]:
        """The sentence of `key` in every language there is."""
        return {lang: text.format(**values) for lang, text in self.templates[key].items()}
