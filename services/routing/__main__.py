"""`python -m services.routing`: runs the service; `--help` names what else it does."""

import gc

# What a start makes is for good: collecting garbage meanwhile costs a fifth of it.
gc.set_threshold(100_000, 50, 100)

from services.common.run.command_line import main
from services.routing.bootstrap import build
from services.routing.settings import RoutingSettings

if __name__ == "__main__":
    main("routing", "Finds the competent office of every inquiry.", RoutingSettings, build)
