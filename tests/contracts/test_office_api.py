"""An office's API over gRPC and over HTTP is one: the same commands with the same fields, and the
same picture of a case. What the rules refuse is in the document of the API, with its status."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from dasan.districts.v1 import cases_pb2, permits_pb2, work_pb2
from google.protobuf.json_format import MessageToDict

from services.common.edge.http_kit import STATUS
from services.common.edge.openapi import PROBLEM
from services.common.kernel import Kind, to_milliseconds
from services.districts.domain.case import decide
from services.districts.domain.case.model import Item, item_for
from services.districts.domain.case.transitions import TABLE, Actor
from services.districts.entrypoints.grpc.messages import item_message
from services.districts.entrypoints.http import files, schema
from services.districts.entrypoints.http.case_bodies import (
    BODIES,
    AnswerConsultationBody,
    ExtendConsultationBody,
)
from tests.component.districts.offices import Service
from tests.unit.districts.case import OFFICE
from tests.unit.districts.test_inspection import ORDER, building
from tests.unit.districts.test_proceedings import does

_FIRST = {
    "Accept": schema.AcceptBody,
    "Decline": schema.DeclineBody,
    "Answer": schema.AnswerBody,
    "DecidePermit": schema.DecideBody,
    "AnswerConsultation": AnswerConsultationBody,
    "ExtendConsultation": ExtendConsultationBody,
}
OVER_HTTP: dict[str, Any] = {**_FIRST, **BODIES}
OVER_GRPC = {
    method.name: method.input_type
    for file in (work_pb2, cases_pb2, permits_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if "command_id" in method.input_type.fields_by_name
}


def test_every_command_of_one_is_a_command_of_the_other() -> None:
    assert set(OVER_HTTP) == set(OVER_GRPC)


def test_every_act_of_the_table_that_an_office_sends_is_a_command() -> None:
    offices = {Actor.OFFICE, Actor.CITIZEN, Actor.CONSULTED}
    assert {act for act, row in TABLE.items() if row.by in offices} <= set(OVER_GRPC)


@pytest.mark.parametrize("name", sorted(OVER_GRPC))
def test_a_command_has_the_same_fields_in_both(name: str) -> None:
    over_grpc = set(OVER_GRPC[name].fields_by_name) - {"inquiry_id"}
    fields = set(OVER_HTTP[name].model_fields)
    if "officer" in fields:
        fields = fields - {"officer"} | {"officer_unit", "officer_name", "officer_phone"}
    assert fields == over_grpc


def test_an_item_has_the_same_fields_in_both() -> None:
    assert set(schema.ItemBody.model_fields) == set(work_pb2.WorkItem.DESCRIPTOR.fields_by_name)


def test_a_case_has_the_same_fields_in_both() -> None:
    """Also those that a permit's office reads first: what the citizen filled in."""
    for body, message in (
        (schema.CaseBody, work_pb2.GetCaseResponse),
        (schema.FormAnswerBody, work_pb2.FormAnswer),
        (schema.ActBody, work_pb2.CitizenAct),
        (files.HistoryBody, cases_pb2.GetHistoryResponse),
        (files.StepBody, cases_pb2.HistoryStep),
        (files.NoteBody, cases_pb2.Note),
        (files.SupplementBody, cases_pb2.SupplementFile),
        (files.ConsultationBody, cases_pb2.ConsultationFile),
        (files.InspectionBody, cases_pb2.InspectionFile),
        (files.ConsultationsBody, cases_pb2.ListConsultationsResponse),
    ):
        assert set(body.model_fields) == set(message.DESCRIPTOR.fields_by_name)


def test_an_item_says_the_same_in_both() -> None:
    case, _ = does(building(), ORDER)
    item = item_for(case, OFFICE, 3)
    assert item is not None
    item = replace(
        item,
        assignee="kim-1",
        extensions=1,
        awaited=("d-11110",),
        supplement_by=item.due_at,
        objection_by=item.due_at,
        take_by=item.due_at,
    )
    assert plain_grpc(item) == plain_http(item)


def plain_grpc(item: Item) -> dict[str, Any]:
    """The fields that are set, enumerations by the end of their names."""
    message = item_message(item)
    said = MessageToDict(message, preserving_proto_field_name=True)
    for field in message.DESCRIPTOR.fields:
        if field.enum_type is not None and field.name in said:
            prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
            said[field.name] = said[field.name].removeprefix(prefix).lower()
        elif field.message_type is not None and field.name in said:
            at = getattr(message, field.name).ToDatetime()
            said[field.name] = to_milliseconds(at).isoformat()
        elif field.name in said:
            said[field.name] = getattr(message, field.name)
    return {name: list(v) if isinstance(v, list | tuple) else v for name, v in said.items()}


def plain_http(item: Item) -> dict[str, Any]:
    """The same of the body."""
    said: dict[str, Any] = {}
    for name, value in schema.ItemBody.of(item):
        match value:
            case datetime():
                said[name] = value.astimezone(UTC).replace(tzinfo=None).isoformat()
            case StrEnum():
                said[name] = value.value.lower()
            case tuple():
                said[name] = list(value)
            case _:
                said[name] = value
    return {name: value for name, value in said.items() if value not in (None, "", 0, False, [])}


# Refusals of what citizens do themselves, whose answer is an event.
_OF_CITIZENS = {"round_over", "not_asked"}
_DOMAIN = Path(decide.__file__).parents[1]


def refused_by_the_rules() -> set[tuple[int, str]]:
    """The status and the slug of each refusal that the rules of cases and permits write down."""
    found = set()
    for file in (*_DOMAIN.glob("case/*.py"), *_DOMAIN.glob("permit/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="DomainError"),
                    args=[ast.Constant(value=str(slug)), ast.Attribute(attr=kind), *_],
                ):
                    found.add((STATUS[Kind[kind]], slug))
                case ast.Call(
                    func=ast.Name(id="_conflict"), args=[ast.Constant(value=str(slug)), *_]
                ):
                    found.add((STATUS[Kind.CONFLICT], slug))
    return {(status, slug) for status, slug in found if slug not in _OF_CITIZENS}


def documented(paths: Mapping[str, Any]) -> set[tuple[int, str]]:
    """What the document says that offices' commands may be refused with."""
    found = set()
    for path, methods in paths.items():
        if not path.startswith(("/v1/work/", "/v1/permits/")):
            continue
        for method in methods.values():
            for status, response in method["responses"].items():
                problem = response.get("content", {}).get(PROBLEM, {})
                found |= {(int(status), slug) for slug in problem.get("examples", {})}
    return found


def test_what_the_rules_refuse_is_in_the_document_with_its_status() -> None:
    web = Service().replica.districts.web
    wanted = refused_by_the_rules()
    assert len(wanted) > 40, "the refusals were found"
    assert wanted - documented(web.openapi()["paths"]) == set()
