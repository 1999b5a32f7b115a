"""The next version of Dasan, made from this one: a second build of its contracts and its code.

The next version has an enum value, a field and an event that this version has never heard of.
Everything else is the same, so that any difference in a mixed city comes from these three.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.processes import Process

ROOT = Path(__file__).resolve().parents[2]
KIOSK = "kiosk"
"""The channel that only the next version knows."""
SCREENED = "dasan.intake.v1.InquiryScreened"
"""The event that only the next version knows; its intake tells it of every inquiry."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """Puts `more` behind `after`, or at the end of the file."""

    file: str
    more: str
    after: str = ""

    def apply(self, root: Path) -> None:
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if self.after:
            assert text.count(self.after) == 1, f"{self.file} has not one {self.after!r}"
            text = text.replace(self.after, self.after + self.more)
        else:
            text += self.more
        path.write_text(text, encoding="utf-8")


_EDITS = (
    _Edit(
        "protos/dasan/common/v1/matter.proto",
        "\n  // At a machine in a public place.\n  CHANNEL_KIOSK = 6;",
        after="  CHANNEL_COUNTER = 5;",
    ),
    _Edit(
        "protos/dasan/common/v1/matter.proto",
        "\n  // How urgent it is, 0 to 9."
        "\n  uint32 urgency = 100 [(dasan.options.v1.privacy) = PRIVACY_NONE];",
        after="  bool has_contact = 10 [(dasan.options.v1.privacy) = PRIVACY_NONE];",
    ),
    _Edit(
        "protos/dasan/intake/v1/events.proto",
        """
// Somebody has looked whether it is an inquiry at all.
message InquiryScreened {
  option (dasan.options.v1.event) = {
    topic: "dasan.inquiries.v1"
    key: "inquiry_id"
    retention: RETENTION_WEEK
    audience: AUDIENCE_SUBSCRIBER
  };
  // Id of the inquiry (UUIDv7), the key of every event of its life.
  string inquiry_id = 1 [(dasan.options.v1.privacy) = PRIVACY_IDENTIFIER];
}
""",
    ),
    _Edit(
        "services/cities/catalogue/matter.py",
        '\n    KIOSK = "kiosk"',
        after='    COUNTER = "counter"',
    ),
    _Edit(
        "services/cities/catalogue/matter.py",
        "\n    urgency: int = 9",
        after='    dong_code: str = ""',
    ),
    _Edit(
        "services/intake/domain/events.py",
        """

@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryScreened:
    inquiry_id: str
""",
    ),
    _Edit(
        "services/intake/adapters/wire.py",
        """

from services.intake.domain.events import InquiryScreened  # noqa: E402

TOLD["dasan.intake.v1.InquiryScreened"] = InquiryScreened
""",
    ),
    _Edit(
        "services/intake/domain/decide.py",
        """

from dataclasses import replace as _replace  # noqa: E402

from services.intake.domain.events import InquiryScreened  # noqa: E402

_receive_as_before = receive


def receive(state, *, inquiry_id, **given):
    change = _receive_as_before(state, inquiry_id=inquiry_id, **given)
    if change is None:
        return None
    return _replace(change, events=(*change.events, InquiryScreened(inquiry_id=inquiry_id)))
""",
    ),
)


def build_next(folder: Path) -> Path:
    """Writes the next version into `folder` and generates its contracts; returns the folder."""
    for part in ("services", "protos", "scripts"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in _EDITS:
        edit.apply(folder)
    subprocess.run([sys.executable, folder / "scripts" / "gen_protos.py"], check=True, cwd=folder)
    return folder


def use(process: Process, root: Path) -> None:
    """From its next start on, the process runs the version that lies in `root`."""
    command = process.command
    process.command = replace(
        command, folder=root, env={**command.env, "PYTHONPATH": str(root / "protos" / "gen")}
    )
