"""A city in which no text may be understood that was not read ahead: with the embedding on, whoever
forgets it stops the event loop."""

from __future__ import annotations

from collections.abc import Iterable

from services.cities import City, Understanding


class CarefulCity(City):
    """The city, with what was read `ahead`."""

    def __init__(self, city: City) -> None:
        self.__dict__.update(city.__dict__)
        self.ahead: list[str] = []

    async def read_ahead(self, texts: Iterable[str]) -> None:
        """Notes them."""
        self.ahead += texts

    def understand(self, text: str) -> Understanding:
        """As the city; an AssertionError for a text with words that was not read ahead."""
        assert not text or text in self.ahead, "understood without being read ahead"
        return super().understand(text)
