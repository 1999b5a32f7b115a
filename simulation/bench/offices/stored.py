"""Cases as years of service leave them, put straight into the database of districts.

Copies of cases that were made by the bus and by gRPC, as they lie there: one in each stage, written
anew for each office and service, then under an id, a receipt number and times of its own. The
outboxes and what the offices saw are those of the sample.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import uuid4

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

from services.cities import City, OfficeKind
from simulation.bench.fill import names

DATABASE, COLLECTION = "dasan_districts", "cases"
# Of all cases so many are unfinished, as far as there are so many. Assumed: a day and a half of
# what 120 Dasan hears.
UNFINISHED = 40_000
# Of these, so many are accepted.
_ACCEPTED_SHARE = 0.6
# How often a case lies at one office of this kind, compared with one of another. Assumed: of all,
# six in ten at the districts, three at the city's departments, one at the community offices.
_WEIGHTS: Mapping[OfficeKind, float] = {
    OfficeKind.CITY: 10.0,
    OfficeKind.DISTRICT: 24.0,
    OfficeKind.DONG: 0.25,
}
# How often a case is of the rare service: one in so many.
RARE = 1_000
_PLAIN_OF_A_KIND = 3
_PERMITS = 2
_AT_ONCE = 1_000
# Unfinished cases are due from tomorrow on until then, finished ones were done in the years before.
_DUE_WITHIN = timedelta(days=14)
_YEARS = timedelta(days=3 * 365)
# Times that stand in a template for those of the copy.
_DUE = datetime(2199, 1, 1, tzinfo=UTC)
_CHANGED = datetime(2198, 1, 1, tzinfo=UTC)
_OPTIONS: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)
_STATUS = {"permit": "open"}
_TO_COME = ("due_at", "look_at", "wake_at", "take_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Which services and offices the cases have, with the weights of each. The last service is the
    rare one; `permits` are those that end with a permit."""

    services: Mapping[str, str]
    """Their kinds, as a case keeps them."""
    permits: frozenset[str]
    service_weights: Sequence[float]
    offices: Sequence[str]
    office_weights: Sequence[float]

    @property
    def rare(self) -> str:
        """The code of the rare service."""
        return list(self.services)[-1]


def mix_of(city: City, today: datetime, most: int = 0) -> Mix:
    """The mix of a city: some services of each kind, the weight of each by its place in the pack;
    at most so many offices, of all tiers, where `most` is not 0."""
    plain: dict[str, list[str]] = {}
    permits: list[str] = []
    known = city.services_on(today.date())
    for service in known:
        if service.permit:
            permits.append(service.code)
        else:
            plain.setdefault(service.kind.value, []).append(service.code)
    kept = [code for codes in plain.values() for code in codes[:_PLAIN_OF_A_KIND]]
    rare = [service.code for service in known if service.code not in (*kept, *permits)][-1]
    kinds = {service.code: service.kind.value for service in known}
    codes = [*kept, *permits[:_PERMITS], rare]
    often = [1.0 / rank for rank in range(1, len(codes))]
    offices = city.offices_on(today.date())
    offices = offices[:: -(-len(offices) // most)] if most else offices
    return Mix(
        services={code: kinds[code] for code in codes},
        permits=frozenset(permits[:_PERMITS]),
        service_weights=[*often, sum(often) / RARE],
        offices=[office.id for office in offices],
        office_weights=[_WEIGHTS[office.kind] for office in offices],
    )


class Store:
    """The cases of districts in a database; a context manager."""

    def __init__(self, url: str, mix: Mix, chance: random.Random) -> None:
        self._client: MongoClient[RawBSONDocument] = MongoClient(
            url, document_class=RawBSONDocument
        )
        self._mix = mix
        self._chance = chance
        self._services = list(mix.services)
        self._by_office = list(accumulate(mix.office_weights))
        self._by_service = list(accumulate(mix.service_weights))
        self._samples: dict[str, dict[str, Any]] = {}
        self._templates: dict[tuple[str, str, str], Template] = {}

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *ended: object) -> None:
        self._client.close()

    @property
    def cases(self) -> Collection[RawBSONDocument]:
        """The collection."""
        return self._client[DATABASE][COLLECTION]

    def take_samples(self, ids: Mapping[str, str], *, within_seconds: float = 30.0) -> None:
        """Keeps the cases of these ids as they lie there, by stage. All that was told of them must
        be on the bus: the copies have their outboxes, and are not to tell anything.

        Raises TimeoutError when one has not come to its stage in time.
        """
        until = time.monotonic() + within_seconds
        while not self._samples:
            found = {
                stage: bson.decode(raw.raw, _OPTIONS)
                for stage, id_ in ids.items()
                if (raw := self.cases.find_one({"_id": id_})) is not None
            }
            if all(
                stage in found and found[stage]["state"]["status"] == _STATUS.get(stage, stage)
                for stage in ids
            ):
                self._samples = found
            elif time.monotonic() > until:
                raise TimeoutError("the samples have not come to their stages")
            else:
                time.sleep(0.2)

    def fill(self, cases: int, tell: Callable[[int], None] = lambda more: None) -> int:
        """Stores cases until there are so many, at least; how many it added. Few of them are
        unfinished."""
        have = self.cases.estimated_document_count()
        missing = max(0, cases - have)
        left_open = min(UNFINISHED, cases // 4) - self.unfinished()
        share = max(0.0, left_open) / missing if missing else 0.0
        for start in range(0, missing, _AT_ONCE):
            some = range(have + start, have + min(start + _AT_ONCE, missing))
            self._insert([self._one(number, self._stage(share)) for number in some])
            tell(len(some))
        return missing

    def unfinished(self) -> int:
        """How many cases wait for their office."""
        return sum(
            self.cases.count_documents({"state.work.office_id": office, "state.status": status})
            for office in self._mix.offices
            for status in ("open", "accepted")
        )

    def add_open(self, cases: int, offices: Sequence[str]) -> dict[str, list[str]]:
        """Stores so many open cases at these offices in turn; their ids by office."""
        added: dict[str, list[str]] = {office: [] for office in offices}
        documents = []
        for number in range(cases):
            office = offices[number % len(offices)]
            id_ = str(uuid4())
            added[office].append(id_)
            service = self._services[0]
            documents.append(self._copy(("open", office, service), number, id_, unfinished=True))
        for start in range(0, cases, _AT_ONCE):
            self._insert(documents[start : start + _AT_ONCE])
        return added

    def busiest(self) -> str:
        """One of the offices at which most cases lie."""
        heaviest = max(range(len(self._mix.offices)), key=self._mix.office_weights.__getitem__)
        return self._mix.offices[heaviest]

    def _stage(self, unfinished: float) -> str:
        if self._chance.random() >= unfinished:
            return "answered"
        return "accepted" if self._chance.random() < _ACCEPTED_SHARE else "open"

    def _one(self, number: int, stage: str) -> RawBSONDocument:
        [office] = self._chance.choices(self._mix.offices, cum_weights=self._by_office)
        [service] = self._chance.choices(self._services, cum_weights=self._by_service)
        if service in self._mix.permits:
            # Nobody here decides permits: those that there are wait for it.
            stage, service = ("permit", service) if stage == "open" else (stage, self._services[0])
        return self._copy(
            (stage, office, service), number, str(uuid4()), unfinished=stage != "answered"
        )

    def _copy(
        self, of: tuple[str, str, str], number: int, id_: str, *, unfinished: bool
    ) -> RawBSONDocument:
        template = self._templates.get(of)
        if template is None:
            stage, office, service = of
            template = self._templates[of] = Template.of(
                self._samples[stage],
                office=office,
                service=service,
                kind=self._mix.services[service],
            )
        now = datetime.now(UTC)
        changed = (
            now
            - timedelta(days=1)
            - self._chance.random() * (_DUE_WITHIN if unfinished else _YEARS)
        )
        wait = timedelta(days=1) + self._chance.random() * _DUE_WITHIN
        return template.copy(id_, number, changed, now + wait if unfinished else changed + wait)

    def _insert(self, documents: Sequence[RawBSONDocument]) -> None:
        self.cases.insert_many(documents, ordered=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A case as it lies there, but for what each copy has of its own."""

    id: bytes
    receipt_number: bytes
    raw: bytes

    @classmethod
    def of(cls, sample: Mapping[str, Any], *, office: str, service: str, kind: str) -> Template:
        """The sample as it would lie there at this office, of this service and its kind."""
        work = sample["state"]["work"]
        new = {work["office_id"]: office, work["matter"]["service_code"]: service}
        document = _rewritten(sample, new)
        document["state"]["work"]["matter"]["kind"] = kind
        return cls(
            id=sample["_id"].encode(),
            receipt_number=work["matter"]["receipt_number"].encode(),
            raw=bson.encode(document),
        )

    def copy(self, id_: str, number: int, changed: datetime, due: datetime) -> RawBSONDocument:
        """A case under this id, and the `number`th receipt number."""
        raw = (
            self.raw.replace(self.id, id_.encode())
            .replace(self.receipt_number, names(number)[1])
            .replace(_as_stored(_DUE), _as_stored(due))
            .replace(_as_stored(_CHANGED), _as_stored(changed))
        )
        return RawBSONDocument(raw)


def _rewritten(value: Any, new: Mapping[str, str], name: str = "") -> Any:
    """The value with other words for some texts, and times that a copy replaces."""
    match value:
        case Mapping():
            return {key: _rewritten(inner, new, key) for key, inner in value.items()}
        case list():
            return [_rewritten(inner, new, name) for inner in value]
        case str():
            return new.get(value, value)
        case datetime():
            return _DUE if name in _TO_COME else _CHANGED
        case _:
            return value


def _as_stored(at: datetime) -> bytes:
    """Milliseconds since 1970, as BSON keeps a time."""
    return (round(at.timestamp() * 1000)).to_bytes(8, "little", signed=True)
