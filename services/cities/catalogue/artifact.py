"""The form in which a training is kept: one file of arrays, with facts in JSON beside them.

Owns the file alone. What the arrays are, and whether a file suits the catalogue, is left to the two
that training leaves: `trained` and `embedded`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from services.cities.errors import ForeignWords

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]
T = TypeVar("T")


def write(file: Path, facts: Mapping[str, Any], **arrays: Any) -> None:
    """Writes an artifact; the same one has the same bytes."""
    said = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    np.savez_compressed(file, **arrays, facts=said)


def read(file: Path, made_of: Callable[[Arrays, Mapping[str, Any]], T]) -> T:
    """What `made_of` makes of the arrays and facts of a file. Raises ForeignWords where that cannot
    be made of them or it is no artifact; OSError where there is no such file."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return made_of(arrays, json.loads(arrays["facts"].tobytes()))
    except (ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ForeignWords(file.name, "no program of ours") from error
