"""Trains the extra beside a city's words: what the place of a text in an embedding says of the
services.

Run by `scripts.cities.train`, and needs what that needs. Owns how the opinions of
`services.cities.catalogue.embedded` are found: ridge regression on where the texts that taught the
words lie, in all languages at once; how sure an answer must be is then found on what each text
would be told with them and without its writer. No sentence that is held back is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.cities.meaning import axes, embedded
from scripts.cities.regression import regression
from services.cities.catalogue.embedded import Opinions, read_of
from services.cities.catalogue.trained import Certainly, Learned, with_products

Array = npt.NDArray[Any]

DIMENSIONS = 128
"""Numbers of a place, which has the product of every two besides. More: the artifact grows, by the
square, and training takes longer, by the sixth power: two minutes for these. Fewer: 96 find one
office less in a thousand in Korean and five in English, 64 seven and fifteen."""
STIFFNESS = 1.0
"""What the regression adds to its diagonal; between 0.3 and 3 the answers differ by half a
hundredth at most."""
WEIGHT = 1.0
WEIGHTS = {"ko": 0.5, "mn": 0.5}
"""How much the embedding counts beside the words: less where labelled sentences are many, or where
the model hardly knows the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What training the words leaves for what is added to them.

    For each text its language, its writer (empty for a term of the catalogue), the number of its
    service, and what it would be told (× services) without its writer's sentences. `certainly` says
    by language from when such sums are certain.
    """

    learned: Learned
    texts: Sequence[str]
    languages: Array
    writers: Array
    services: Array
    told: Array
    certainly: Callable[[Array], Mapping[str, Certainly]]


def learn(lesson: Lesson) -> Opinions:
    """What the embedding says, and when it and the words together are certain. Takes minutes where
    `.cache` holds the places, else half an hour, and a GB."""
    middles, centred = _places(lesson)
    main = axes(centred[lesson.writers != ""], DIMENSIONS)
    features = with_products(centred @ main)
    target = np.zeros_like(lesson.told)
    target[np.arange(len(target)), lesson.services] = 1
    opinions, told = regression(features, target, lesson.writers, STIFFNESS)
    weights = {language: WEIGHTS.get(language, WEIGHT) for language in middles}
    each = np.array([weights[language] for language in lesson.languages.tolist()])
    return Opinions(
        middles=middles,
        axes=main,
        opinions=opinions,
        weights=weights,
        certainly=lesson.certainly(lesson.told + each[:, None].astype(np.float32) * told),
        words=lesson.learned.version,
        catalogue=lesson.learned.catalogue,
    )


def _places(lesson: Lesson) -> tuple[dict[str, Array], Array]:
    """By language the middle of its sentences, and where each text lies from the middle of those
    like it: terms lie apart from sentences."""
    found = embedded([read_of(text) for text in lesson.texts])
    middles: dict[str, Array] = {}
    for language in dict.fromkeys(lesson.languages.tolist()):
        own = lesson.languages == language
        sentences, terms = own & (lesson.writers != ""), own & (lesson.writers == "")
        middles[language] = found[sentences].mean(axis=0)
        found[sentences] -= middles[language]
        if terms.any():  # the catalogue has none of some languages
            found[terms] -= found[terms].mean(axis=0)
    return middles, found
