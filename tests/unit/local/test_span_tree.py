"""Spans kept and shown: finding an inquiry, its tree, links resolved, and who called whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from deploy.local.tracing import store, tree
from deploy.local.tracing.store import Edge, SpanRecord, SpanRef, SpanStore

MS = 1_000_000
T, OTHER = "a" * 32, "b" * 32


def span(
    name: str,
    service: str,
    *,
    at: int = 0,
    parent: str | None = None,
    trace: str = T,
    links: Sequence[SpanRef] = (),
    **attributes: object,
) -> SpanRecord:
    """A span named by its own id, 5 ms long, `at` milliseconds after the first."""
    return SpanRecord(
        ref=SpanRef(trace, name),
        parent=SpanRef(trace, parent) if parent else None,
        service=service,
        name=name,
        kind="internal",
        start_ns=at * MS,
        end_ns=(at + 5) * MS,
        failed=False,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
        links=links,
    )


# One POST, its event handled by routing in a batch with a neighbour's, which asks intake by gRPC.
POST = span("post", "intake", dasan__receipt_number="R-1", dasan__inquiry_id="i-1")
PROCESS = span(
    "process",
    "routing",
    at=10,
    parent="post",
    links=[SpanRef(OTHER, "batch")],
    messaging__system="kafka",
    messaging__destination__name="dasan.inquiries.v1",
)
BATCH = span(
    "batch",
    "routing",
    at=11,
    trace=OTHER,
    links=[PROCESS.ref, SpanRef("c" * 32, "neighbour")],
)
ASK = span("ask", "routing", at=12, parent="batch", trace=OTHER, rpc__system="grpc")
SERVED = span("served", "intake", at=13, parent="ask", trace=OTHER, rpc__system="grpc")
NEIGHBOUR = span("neighbour", "routing", at=10, trace="c" * 32, dasan__inquiry_id="i-2")
ALL = (POST, PROCESS, BATCH, ASK, SERVED, NEIGHBOUR)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "traces.sqlite"
    spans = SpanStore(path)
    spans.add(ALL)
    spans.close()
    return path


def names(nodes: Sequence[tree.Node]) -> list[object]:
    return [
        (node.span.name, names(node.children)) if node.children else node.span.name
        for node in nodes
    ]


@pytest.mark.parametrize("subject", ["R-1", "i-1"])
def test_a_trace_is_found_by_receipt_and_by_inquiry(db: Path, subject: str) -> None:
    assert store.traces_of(db, subject) == (T,)


def test_an_unknown_receipt_has_no_trace(db: Path) -> None:
    assert store.traces_of(db, "R-2") == ()


def test_spans_come_back_as_they_went_in(db: Path) -> None:
    kept = {record.ref: record for record in store.spans_of(db, [T])}
    assert kept[PROCESS.ref] == PROCESS
    assert kept[BATCH.ref] == BATCH


def test_shared_work_hangs_below_the_span_it_served(db: Path) -> None:
    nodes = tree.arrange(store.spans_of(db, [T]), {T})
    assert names(nodes) == [("post", [("process", [("batch", [("ask", ["served"])])])])]


def test_each_span_is_shown_once_with_its_place_in_time(db: Path) -> None:
    console = Console(record=True, width=160)
    console.print(tree.render("R-1", tree.arrange(store.spans_of(db, [T]), {T})))
    text = console.export_text()
    assert "R-1  5 spans, 18.0 ms in intake, routing" in text
    assert "⇢ routing  batch  internal  +11.0 ms  5.0 ms  with 1 others" in text
    assert text.count("process") == 1


def test_a_span_whose_parent_is_unknown_is_a_tree_of_its_own() -> None:
    lost = span("lost", "notify", at=3, parent="never-exported")
    assert names(tree.arrange([POST, lost], {T})) == ["post", "lost"]


def test_edges_name_caller_callee_and_the_way(db: Path) -> None:
    assert store.edges(db) == {
        Edge("intake", "routing", "kafka:dasan.inquiries.v1"),
        Edge("routing", "intake", "grpc"),
    }


def test_a_link_across_services_is_an_edge(tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite"
    spans = SpanStore(path)
    told = span(
        "told",
        "notify",
        trace=OTHER,
        links=[POST.ref],
        messaging__system="kafka",
        messaging__destination__name="dasan.cases.v1",
    )
    spans.add([POST, told])
    spans.close()
    assert store.edges(path) == {Edge("intake", "notify", "kafka:dasan.cases.v1")}


def test_a_span_sent_twice_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite"
    spans = SpanStore(path)
    spans.add(ALL)
    spans.add(ALL)
    spans.close()
    assert len(store.spans_of(path, [T])) == 5
    assert [record.links for record in store.spans_of(path, [T]) if record == BATCH] == [
        BATCH.links
    ]


def test_only_the_newest_spans_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "traces.sqlite"
    spans = SpanStore(path, keep=2)
    for record in ALL[:2]:
        spans.add([record])
    spans.add([span(f"later-{i}", "intake", trace=OTHER, at=i) for i in range(2)])
    spans.close()
    assert store.spans_of(path, [T]) == []
    assert [record.name for record in store.spans_of(path, [OTHER])] == ["later-0", "later-1"]
