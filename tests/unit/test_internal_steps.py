"""What the offices settle among themselves is told on the bus, and no citizen's service hears it:
the event is passed over and settled."""

from __future__ import annotations

import pytest
from dasan.routing.v1 import events_pb2 as pb

from services.common.events.wire import Wire
from services.intake.adapters import wire as intake
from services.notify.adapters import wire as notify


@pytest.mark.parametrize("wire", [intake.wire(()), notify.wire(())], ids=["intake", "notify"])
@pytest.mark.parametrize(
    "message",
    [
        pb.AssignmentEscalated,
        pb.ArbitrationOpened,
        pb.ArbitrationDecided,
        pb.MattersJoined,
        pb.MattersLinked,
    ],
)
def test_no_citizen_is_told_of_it(wire: Wire, message: type[pb.AssignmentEscalated]) -> None:
    told = message(inquiry_id="i-1")
    assert wire.decode(told.DESCRIPTOR.full_name, "i-1", told.SerializeToString()) is None
