"""The sentences a city's answers are explained in, by language, read from `pack/phrases.csv`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def named(names: Mapping[str, str], language: str) -> str:
    """A name in the language, else in the first there is; empty for no name at all."""
    return names.get(language) or next(iter(names.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Templates by key and language; a missing language falls back to English."""

    templates: Mapping[str, Mapping[str, str]]
    _in_language: dict[str, dict[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        languages = {language for texts in self.templates.values() for language in texts}
        by_language = {
            language: {
                key: texts.get(language) or texts["en"] for key, texts in self.templates.items()
            }
            for language in languages
        }
        object.__setattr__(self, "_in_language", by_language)

    def say(self, language: str, key: str, **values: str) -> str:
        """The sentence of `key` in `language` with its values filled in."""
        return self.templates_in(language)[key].format(**values)

    def templates_in(self, language: str) -> Mapping[str, str]:
        """Every sentence in one language, for a caller who needs many."""
        return self._in_language.get(language, self._in_language["en"])

    def by_language(self, key: str, **values: str) -> dict[str, str]:
        """The sentence of `key` in every language there is."""
        return {lang: text.format(**values) for lang, text in self.templates[key].items()}
