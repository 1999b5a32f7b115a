"""`python -m services.intake`: runs the service; `--help` names what else it does."""

import gc

# What a start makes is for good: collecting garbage meanwhile costs a fifth of it.
gc.set_threshold(100_000, 50, 100)

from services.common.run.command_line import main
from services.intake.bootstrap import build
from services.intake.settings import IntakeSettings

if __name__ == "__main__":
    main("intake", "Takes inquiries and keeps their words and contacts.", IntakeSettings, build)
