"""Ridge regression on fewer numbers than texts, and what it says of each text without its writer.

Owns the one way in which places in a space of meaning are made to speak of services: `train` has it
for the places that pieces give, `embedding` for those of the model. Leaves to both which places
they are, and to `train` the regression on pieces, of which there are more than texts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg  # type: ignore[import-not-found,import-untyped,unused-ignore]

Array = npt.NDArray[Any]


def regression(
    features: Array, target: Array, writers: Array, stiffness: float
) -> tuple[Array, Array]:
    """What the features (texts × numbers) are multiplied with to come near the target (texts ×
    services); and what each text would be told had its writer's sentences, in all languages, not
    been learned from. Texts without a writer, an empty one, are never left out and told nothing:
    zeros. `stiffness` is added to the diagonal."""
    alike, wants = features.T @ features, features.T @ target
    told = np.zeros_like(target)
    for writer in sorted(set(writers.tolist()) - {""}):
        own = features[writers == writer]
        goal = target[writers == writer]
        others = _solved(alike - own.T @ own, wants - own.T @ goal, stiffness)
        told[writers == writer] = own @ others
    return _solved(alike, wants, stiffness), told


def _solved(alike: Array, wants: Array, stiffness: float) -> Array:
    """Stiffens `alike` in place: of the embedding's numbers it holds 280 MB."""
    alike[np.diag_indices_from(alike)] += np.float32(stiffness)
    solved: Array = scipy.linalg.solve(alike, wants, assume_a="pos")
    return solved
