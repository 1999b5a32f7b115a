"""One inquiry's spans as a tree a person can read.

A span hangs below its parent. A span of another trace (batch work, a publish) hangs below the
first span it is linked with, marked by an arrow; what it served besides is only counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from rich.text import Text
from rich.tree import Tree

from deploy.local.tracing.store import SpanRecord, SpanRef

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_red", "bright_green")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A span, what hangs below it, and whether it hangs by a link instead of by its parent."""

    span: SpanRecord
    linked: bool
    children: tuple[Node, ...]


def arrange(spans: Sequence[SpanRecord], own: Set[str]) -> tuple[Node, ...]:
    """The trees of the traces in `own`, each child list by start time.

    A span of another trace appears only if it is linked with a shown one, with all below it. Of a
    span whose parent is missing (not exported, or not kept any more) a tree of its own is made.
    """
    by_ref = {span.ref: span for span in spans}
    below = _children(spans, by_ref)
    for anchor, guest in _guests(spans, by_ref, own).items():
        below.setdefault(anchor, []).extend(guest)
    roots = [span for span in spans if span.ref.trace in own and span.parent not in by_ref]
    shown: set[SpanRef] = set()

    def grow(span: SpanRecord, linked: bool) -> Node:
        shown.add(span.ref)
        children = sorted(below.get(span.ref, ()), key=lambda child: child.start_ns)
        return Node(
            span=span,
            linked=linked,
            children=tuple(
                grow(child, child.parent != span.ref)
                for child in children
                if child.ref not in shown
            ),
        )

    return tuple(grow(root, False) for root in sorted(roots, key=lambda span: span.start_ns))


def walk(nodes: Sequence[Node]) -> Iterator[SpanRecord]:
    """Every span of the trees, each once, parents first."""
    for node in nodes:
        yield node.span
        yield from walk(node.children)


def render(title: str, nodes: Sequence[Node]) -> Tree:
    """The trees under one title; offsets count from the first span of all."""
    shown = list(walk(nodes))
    start = min(span.start_ns for span in shown)
    end = max(span.end_ns for span in shown)
    services = list(dict.fromkeys(span.service for span in shown))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(services)}
    tree = Tree(
        Text.assemble(
            (title, "bold"),
            f"  {len(shown)} spans, {_milliseconds(end - start)} in ",
            *_joined([(name, colours[name]) for name in services]),
        )
    )
    for node in nodes:
        _hang(tree, node, start, colours)
    return tree


def _children(
    spans: Sequence[SpanRecord], by_ref: Mapping[SpanRef, SpanRecord]
) -> dict[SpanRef, list[SpanRecord]]:
    below: dict[SpanRef, list[SpanRecord]] = {}
    for span in spans:
        if span.parent is not None and span.parent in by_ref:
            below.setdefault(span.parent, []).append(span)
    return below


def _guests(
    spans: Sequence[SpanRecord], by_ref: Mapping[SpanRef, SpanRecord], own: Set[str]
) -> dict[SpanRef, list[SpanRecord]]:
    """Spans of other traces, by the own span they are shown below: linked from or to it."""
    placed: set[SpanRef] = set()
    guests: dict[SpanRef, list[SpanRecord]] = {}
    pairs = [(span.ref, link) for span in spans for link in span.links]
    for here, there in (*pairs, *((there, here) for here, there in pairs)):
        if here.trace in own and there.trace not in own and there in by_ref and there not in placed:
            placed.add(there)
            guests.setdefault(here, []).append(by_ref[there])
    return guests


def _hang(tree: Tree, node: Node, start: int, colours: Mapping[str, str]) -> None:
    span = node.span
    others = len(set(span.links)) - 1 if node.linked else 0
    line = Text.assemble(
        ("⇢ " if node.linked else "", "dim"),
        (span.service, colours[span.service]),
        f"  {span.name}  ",
        (f"{span.kind}  ", "dim"),
        (f"+{_milliseconds(span.start_ns - start)}  ", "dim"),
        (_milliseconds(span.end_ns - span.start_ns), "bold"),
        ("  failed" if span.failed else "", "red"),
        (f"  with {others} others" if others > 0 else "", "dim"),
    )
    branch = tree.add(line)
    for child in node.children:
        _hang(branch, child, start, colours)


def _joined(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for i, part in enumerate(parts):
        if i:
            yield (", ", "")
        yield part


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.1f} ms"
