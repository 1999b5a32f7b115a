"""`python -m deploy.local.tracing serve|show`: receive spans, or show one inquiry's."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from rich.console import Console

from deploy.local.tracing import receiver, store, tree

DEFAULT_DB = Path(".dasan/traces.sqlite")


def serve(db: Path, port: int, keep: int) -> int:
    """Receives until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    spans = store.SpanStore(db, keep=keep)
    server = receiver.server(spans, port)
    server.start()
    stop.wait()
    server.stop(grace=1).wait()
    spans.close()
    return 0


def show(db: Path, receipt: str, console: Console) -> int:
    """Prints the tree of an inquiry; 1 if no span of it is kept."""
    traces = store.traces_of(db, receipt) if db.exists() else ()
    if not traces:
        console.print(f"no trace of {receipt!r} in {db}", style="red", markup=False)
        return 1
    spans = store.spans_of(db, traces)
    console.print(tree.render(receipt, tree.arrange(spans, frozenset(traces))))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.tracing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="receive OTLP over gRPC until stopped")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--db", type=Path, default=DEFAULT_DB)
    serving.add_argument("--keep", type=int, default=store.KEEP, help="spans kept at most")
    showing = commands.add_parser("show", help="print the spans of one inquiry as a tree")
    showing.add_argument("receipt", help="receipt number or inquiry id")
    showing.add_argument("--db", type=Path, default=DEFAULT_DB)
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return serve(arguments.db, arguments.port, arguments.keep)
    return show(arguments.db, arguments.receipt, Console())


if __name__ == "__main__":
    sys.exit(main())
