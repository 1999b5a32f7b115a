"""When Python looks for garbage: seldom. Our objects rarely form cycles, so that waiting costs only
a few megabytes."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """For a process that begins: what a start makes is for good, and looking through it meanwhile
    costs a fifth of the start."""
    gc.set_threshold(100_000, 50, 100)


def leave_out_what_is_there() -> None:
    """For a service that has started: excludes from collections what it holds for good (the city's
    data, the libraries). A full collection walks all of it and stops the process for a tenth of a
    second, several times a minute under load."""
    gc.collect()
    gc.freeze()
