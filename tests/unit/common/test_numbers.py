"""A set of numbers kept as ranges is a set of numbers."""

from __future__ import annotations

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.publishing.numbers import Numbers

NUMBER = st.integers(1, 30)
CHANGE = st.one_of(
    st.tuples(st.just("add"), NUMBER, NUMBER), st.tuples(st.just("discard"), NUMBER, NUMBER)
)


@given(changes=st.lists(CHANGE, max_size=40), up_to=NUMBER)
@settings(derandomize=True)
def test_it_holds_what_a_set_would(changes: list[tuple[str, int, int]], up_to: int) -> None:
    numbers, model = Numbers(), set[int]()
    others = Numbers()
    for change, first, more in changes:
        if change == "add":
            numbers.add(first)
            model.add(first)
            others.add(more)
        else:
            numbers.discard_range(first, first + more % 5)
            model -= set(range(first, first + more % 5 + 1))
        assert list(numbers) == sorted(model)
        assert all((n in numbers) == (n in model) for n in range(32))
        if model:
            assert (numbers.first, numbers.last) == (min(model), max(model))
    kept = numbers.copy()
    numbers.discard_all(others, up_to)
    assert set(numbers) == model - {n for n in others if n <= up_to}
    assert set(kept) == model


def test_a_hundred_thousand_side_by_side_cost_as_much_as_one() -> None:
    numbers = Numbers()
    for number in range(1, 100_000):
        numbers.add(number)
    assert len(pickle.dumps(numbers)) < 200
    numbers.discard(50)
    assert len(pickle.dumps(numbers)) < 200
