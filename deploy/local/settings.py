"""What a person sets by a variable (`make run SPEED=20`): its value, or one line on what it can be.

Owns what is neither a port (`ports`) nor a city (`chosen_city`). Nothing is started here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Build = Literal["python", "rust"]

# Above it the citizens of a large city ask more than any machine answers.
MOST_SPEED = 1_000.0
_SWITCHES = {"1": True, "0": False}


class SettingUnusable(Exception):
    """A setting can't be used; the message is one line with its value and what it can be."""


def of(environment: Mapping[str, str], variable: str) -> str | None:
    """What a variable says; None where it is not set, or set to nothing."""
    return environment.get(variable) or None


def once(text: str) -> bool:
    """ONCE: whether a run ends by itself after the summary."""
    return _switch("ONCE", text, "ends after the summary, without it the city goes on")


def collector(text: str) -> bool:
    """COLLECTOR: whether spans go through the collectors of deploy/k8s."""
    return _switch("COLLECTOR", text, "sends traces through the collector (`make collector`)")


def secure(text: str) -> bool:
    """SECURE: whether the services log in to Kafka over TLS."""
    return _switch("SECURE", text, "has the services log in to Kafka over TLS")


def embedding(text: str) -> bool:
    """EMBEDDING: whether intake and routing understand words with the embedding too."""
    return _switch("EMBEDDING", text, "has words understood with the embedding (`make embedding`)")


def _switch(variable: str, text: str, meaning: str) -> bool:
    if text not in _SWITCHES:
        raise SettingUnusable(f"{variable}={text!r} is neither 1 nor 0: {variable}=1 {meaning}")
    return _SWITCHES[text]


def speed(text: str) -> float:
    """SPEED: how many times as fast as a real day's the time of people runs."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MOST_SPEED:
        raise SettingUnusable(
            f"SPEED={text!r} is no speed: a number above 0 and at most {MOST_SPEED:g} says how "
            "many times as fast as a real day, such as SPEED=60"
        )
    return value


def limit(text: str) -> int:
    """LIMIT: how many rows of a record are played; 0 plays all."""
    if not (text.isascii() and text.isdecimal()):
        raise SettingUnusable(
            f"LIMIT={text!r} is no number of rows: 0 plays all, LIMIT=5000 the first 5000"
        )
    return int(text)


def record(text: str | None) -> Path:
    """FILE: the record that is played."""
    if text is None:
        raise SettingUnusable(
            "FILE is missing: it names a CSV of recorded requests, plain or gzip, such as "
            "make replay FILE=requests.csv.gz CITY=boston"
        )
    path = Path(text)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "is not there"
        raise SettingUnusable(f"FILE={text!r} {found}: it names a CSV of recorded requests")
    return path


def build(text: str) -> Build:
    """DB: which build of the database runs."""
    match text:
        case "python" | "rust":
            return text
        case _:
            raise SettingUnusable(
                f"DB={text!r} is no build of the database: python, or rust (by `make rust-db`)"
            )
