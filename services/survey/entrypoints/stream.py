"""Survey's own events, read back from the bus into the hourly windows.

The invitations come through the kit's `Consumer`; this stream is apart because a Faust table can
only be changed while its stream iterates, which a batch is not.
"""

from __future__ import annotations

import logging
from typing import Any

import faust

from services.common import envelope
from services.common.wire import ContractBroken, Wire
from services.survey.adapters.windows import SatisfactionWindows
from services.survey.adapters.wire import TOLD

log = logging.getLogger(__name__)


def follow(app: faust.App, wire: Wire, windows: SatisfactionWindows) -> None:
    """Adds the agent that keeps the windows to the app."""
    channel = app.topic(
        *wire.topics(*TOLD),
        key_serializer="raw",
        value_serializer="raw",
        key_type=bytes,
        value_type=bytes,
    )

    async def read(stream: Any) -> None:
        async for gulp in stream.noack().events():
            for record in gulp.message.records:
                _enter(record, wire, windows)
            gulp.ack()

    app.agent(channel, name="survey.windows")(read)


def _enter(record: Any, wire: Wire, windows: SatisfactionWindows) -> None:
    """A record that is none of ours is passed over: notify and intake read the same topic and put
    it away with a reason."""
    try:
        headers = [(name, value or b"") for name, value in record.headers]
        opened = envelope.from_record(record.key, headers, record.value)
        event: Any = wire.decode(opened.type, opened.key, opened.data)
    except (envelope.Undecodable, ContractBroken, KeyError):
        log.warning(
            "windows.passed_over",
            extra={
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
            },
        )
        return
    windows.record(event)
