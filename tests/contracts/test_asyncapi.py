"""The document for those who subscribe from outside: it holds what a reader needs, has the form of
AsyncAPI 3.0 and of the Kafka binding 0.5.0, and its schemas and examples fit each other.

AsyncAPI's own JSON Schema judges its form, where `make setup` could fetch it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from google.protobuf.json_format import ParseDict

from services.common.bus.dead_letters import ONLY_FOR
from services.common.events import contracts
from services.common.events.envelope import CONTENT_TYPE, from_record
from services.common.pages.assets import Assets
from services.common.run.settings import ServiceSettings
from tests.support.events import told_record

ROOT = Path(__file__).resolve().parents[2]
PAGE: dict[str, Any] = yaml.safe_load((ROOT / "protos" / "asyncapi.yaml").read_text("utf-8"))
CHANNELS: dict[str, Any] = PAGE["channels"]
MESSAGES: dict[str, Any] = PAGE["components"]["messages"]
SCHEMAS: dict[str, Any] = PAGE["components"]["schemas"]
HEADERS: dict[str, Any] = PAGE["components"]["messageTraits"]["cloudEvent"]["headers"]
WEEK_MS = 7 * 24 * 60 * 60 * 1000
# What the city is and how it works: the last record of each key, which the second names.
COMPACTED = {
    "dasan.rulesets.v1": ("ruleset_version",),
    "dasan.offices.v1": ("delegation_id", "office_id"),
}

SPECIFICATION = Assets().file("asyncapi-specs", "schemas/3.0.0.json")


def strange(document: Mapping[str, Any]) -> list[str]:
    """Where a document differs from what AsyncAPI's own schema takes."""
    assert SPECIFICATION is not None
    judge = jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text("utf-8")))
    return [fault.json_path for fault in judge.iter_errors(document)]


@pytest.mark.skipif(SPECIFICATION is None, reason="`make setup` could not fetch AsyncAPI's schema")
def test_the_document_is_what_the_specification_takes() -> None:
    assert PAGE["asyncapi"] == "3.0.0"
    assert strange(PAGE) == []
    # It would see an object of another version, and a binding that there is none of.
    cases = CHANNELS["dasan.cases.v1"]
    older = {**PAGE, "channels": {**CHANNELS, "dasan.cases.v1": {**cases, "subscribe": {}}}}
    assert strange(older) == ["$.channels['dasan.cases.v1']"]
    bound = {**cases, "bindings": {"kafka": {"partitions": "six", "bindingVersion": "0.5.0"}}}
    assert strange({**PAGE, "channels": {**CHANNELS, "dasan.cases.v1": bound}})


def test_a_server_says_where_the_brokers_are() -> None:
    (server,) = PAGE["servers"].values()
    assert server["protocol"] == "kafka"
    asked = server["variables"]["brokers"]["default"]
    assert asked == ServiceSettings.model_fields["kafka_bootstrap"].default


def references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


def resolved(reference: str) -> Any:
    """What a reference within the document leads to; KeyError for nothing."""
    found: Any = PAGE
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    used = set(references(PAGE))
    for reference in used:
        assert resolved(reference)
    for kind in ("messages", "messageTraits", "schemas"):
        for name in PAGE["components"][kind]:
            assert f"#/components/{kind}/{name}" in used
    # A description that stood beside a `$ref` would be lost.
    for schema in (*SCHEMAS.values(), *(m["payload"] for m in MESSAGES.values())):
        for field in schema.get("properties", {}).values():
            assert "$ref" not in field


def test_each_operation_receives_one_channel_and_each_channel_has_one() -> None:
    received = {operation["channel"]["$ref"] for operation in PAGE["operations"].values()}
    assert received == {f"#/channels/{name}" for name in CHANNELS}
    assert {operation["action"] for operation in PAGE["operations"].values()} == {"receive"}


@pytest.mark.parametrize("topic", sorted({c.topic for c in contracts.events().values()}))
def test_a_channel_says_how_its_topic_is_declared(topic: str) -> None:
    (spec,) = (spec for spec in contracts.topics() if spec.name == topic)
    binding = CHANNELS[topic]["bindings"]["kafka"]
    assert binding["topic"] == CHANNELS[topic]["address"] == topic
    assert binding["partitions"] == spec.partitions
    assert binding["bindingVersion"] == "0.5.0"
    # Kafka's own names, with a list and a number of milliseconds as the binding wants them.
    assert binding["topicConfiguration"] == {
        "cleanup.policy": [spec.cleanup],
        "retention.ms": WEEK_MS if spec.cleanup == "delete" else -1,
    }
    assert set(CHANNELS[topic]["messages"]) == {
        name for name, contract in contracts.events().items() if contract.topic == topic
    }


@pytest.mark.parametrize(
    "said",
    [
        "Kept for 7 days",
        "inquiry_id",
        "no order between keys, nor between this topic and another",
        "at least once",
        "ce_id",
        "Begin at the earliest record that is kept",
        "no snapshot",
    ],
)
def test_a_channel_says_how_long_in_which_order_how_often_and_how_to_begin(said: str) -> None:
    for topic, channel in CHANNELS.items():
        assert (said in channel["description"]) or topic in COMPACTED


@pytest.mark.parametrize(
    "said",
    [
        "The last record of each key is kept for ever",
        "Within one key",
        "at least once",
        "Begin at the earliest record, however long ago it was told",
    ],
)
def test_a_channel_that_is_compacted_says_so(said: str) -> None:
    for topic, keys in COMPACTED.items():
        assert said in CHANNELS[topic]["description"]
        assert all(key in CHANNELS[topic]["description"] for key in keys)


@pytest.mark.parametrize(
    "said",
    [
        "Only within one topic and key",
        "at least once",
        "`auto.offset.reset=earliest`",
        "no snapshot",
        "`ce_subject` names that document",
        "events of one change share it",
        "`ce_source` and `ce_subject` are both equal",
        "drop nothing because of it",
    ],
)
def test_the_document_says_what_holds_for_all_channels(said: str) -> None:
    assert said in " ".join(PAGE["info"]["description"].split())


def test_the_headers_are_those_that_a_record_has() -> None:
    record = told_record(
        "dasan.intake.v1.CallAnswered", "i", b"", datetime.now(UTC), aggregate="a", version=3
    )
    sent = {name: value.decode() for name, value in record.headers}
    assert set(HEADERS["required"]) <= sent.keys() <= HEADERS["properties"].keys()
    assert set(HEADERS["properties"]) - set(HEADERS["required"]) == {"traceparent", ONLY_FOR}
    jsonschema.validate(sent, HEADERS, format_checker=jsonschema.FormatChecker())
    assert "ce_sequence" not in HEADERS["properties"]


@pytest.mark.parametrize("contract", contracts.events().values(), ids=lambda c: c.name)
def test_a_message_has_every_field_its_audience_and_an_example_that_fits(
    contract: contracts.EventContract,
) -> None:
    message = MESSAGES[contract.name]
    descriptor: Any = contract.message.DESCRIPTOR
    assert message["x-audience"] == ("subscriber" if contract.public else "internal")
    assert set(message["payload"]["properties"]) == set(descriptor.fields_by_name)
    assert message["summary"]
    schema = {**message["payload"], "components": PAGE["components"]}
    jsonschema.Draft7Validator.check_schema(schema)
    (example,) = message["examples"]
    jsonschema.validate(example["payload"], schema, jsonschema.Draft7Validator)
    jsonschema.validate(example["headers"], HEADERS, jsonschema.Draft7Validator)
    headers = tuple((name, value.encode()) for name, value in example["headers"].items())
    assert from_record(b"i", headers, b"").type == contract.name
    assert example["headers"]["ce_type"] == contract.name
    assert example["headers"]["content-type"] == CONTENT_TYPE
    assert example["headers"]["ce_partitionkey"] == example["payload"][contract.key]
    # What fits the schema is what fits the contract.
    ParseDict(example["payload"], contract.message())
    for name, field in message["payload"]["properties"].items():
        # "When." says nothing to somebody who does not know the answer.
        assert len(field["description"].split()) > 2, name
        assert field["x-protobuf-field"] == descriptor.fields_by_name[name].number
        assert field["x-privacy"] in {"none", "identifier"}


def test_a_time_has_its_format_a_count_its_type_and_the_matter_is_defined_once() -> None:
    fields = MESSAGES["dasan.districts.v1.CaseAnswered"]["payload"]["properties"]
    assert (fields["due_at"]["type"], fields["due_at"]["format"]) == ("string", "date-time")
    assert (fields["round"]["type"], fields["round"]["minimum"]) == ("integer", 0)
    assert fields["overdue"]["type"] == "boolean"
    matter = [{"$ref": "#/components/schemas/dasan.common.v1.Matter"}]
    assert fields["matter"]["allOf"] == matter
    assert SCHEMAS["dasan.common.v1.Matter"]["properties"]["received_at"]["format"] == "date-time"


@pytest.mark.parametrize("name", sorted(n for n, s in SCHEMAS.items() if "enum" in s))
def test_an_enum_says_each_value_its_number_and_its_meaning(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema["x-protobuf-numbers"] == dict(
        zip(schema["enum"], range(len(schema["enum"])), strict=True)
    )
    first, _, *meanings = schema["description"].splitlines()
    assert first
    for value, meaning in zip(schema["enum"], meanings, strict=True):
        assert re.fullmatch(rf"- `{value}`: \S.*", meaning)


def test_the_checks_see_what_is_wrong() -> None:
    """An example of a value that is none, a reference to nothing."""
    message = MESSAGES["dasan.districts.v1.CaseDeclined"]
    schema = {**message["payload"], "components": PAGE["components"]}
    wrong = {**message["examples"][0]["payload"], "reason": "DECLINE_REASON_TIRED"}
    with pytest.raises(jsonschema.ValidationError, match="DECLINE_REASON_TIRED"):
        jsonschema.validate(wrong, schema, jsonschema.Draft7Validator)
    with pytest.raises(KeyError):
        resolved("#/components/schemas/dasan.nowhere.v1.Matter")
