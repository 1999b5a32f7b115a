"""`python -m services.notify`: runs the service; `--help` names what else it does."""

import gc

# What a start makes is for good: collecting garbage meanwhile costs a fifth of it.
gc.set_threshold(100_000, 50, 100)

from services.common.run.command_line import main
from services.notify.bootstrap import build
from services.notify.entrypoints.by_hand import COMMANDS
from services.notify.settings import NotifySettings

if __name__ == "__main__":
    main("notify", "Messages to citizens at each step.", NotifySettings, build, COMMANDS)
