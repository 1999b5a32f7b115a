"""The gateway lets in what is meant for the outside, and nothing else."""

from __future__ import annotations

import pytest

from tests.k8s.rendering import OVERLAYS, of_kind, overlay

# As services/common/README.md says it, "What the outside may reach".
MEANT = {
    "intake": {"/v1/inquiries", "/v1/services", "/i", "/assets"},
    "survey": {"/s", "/assets", "/v1/surveys"},
    "districts": {
        "/assets",
        "/desk",
        "/permits",
        "/v1/competence",
        "/v1/permits",
        "/v1/recommendations",
        "/v1/token",
        "/v1/work",
    },
    "districts-grpc": {
        "dasan.districts.v1.CaseService",
        "dasan.districts.v1.DelegationService",
        "dasan.districts.v1.OfficeWorkService",
        "dasan.districts.v1.OfficesService/GetOffice",
        "dasan.districts.v1.OfficesService/ListOffices",
        "dasan.districts.v1.PermitService",
    },
}
# What the component `board` adds, for the city's own people.
BOARD = {"routing": {"/board", "/desk", "/assets"}}


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_gateway_lets_in_what_is_meant_for_outside(name: str) -> None:
    let_in: dict[str, set[str]] = {}
    for route in of_kind(overlay(name), "HTTPRoute", "GRPCRoute"):
        for each in route["spec"]["rules"]:
            ways = {
                match["path"]["value"] if "path" in match else _called(**match["method"])
                for match in each["matches"]
            }
            for target in each["backendRefs"]:
                let_in.setdefault(target["name"], set()).update(ways)
    assert let_in in ({}, MEANT, MEANT | BOARD)


def _called(service: str, method: str = "") -> str:
    return f"{service}/{method}" if method else service


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_stranger_decides_nothing_about_traces(name: str) -> None:
    """Who says that it is recorded would have every event of a life recorded."""
    for route in of_kind(overlay(name), "HTTPRoute"):
        for each in route["spec"]["rules"]:
            taken = [one["requestHeaderModifier"]["remove"] for one in each.get("filters", ())]
            assert taken == [["traceparent", "tracestate", "baggage"]], route["metadata"]["name"]
