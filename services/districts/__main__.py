"""`python -m services.districts`: runs the service; `--help` names what else it does."""

import gc

# What a start makes is for good: collecting garbage meanwhile costs a fifth of it.
gc.set_threshold(100_000, 50, 100)

from services.common.run.command_line import main
from services.districts.bootstrap import build
from services.districts.settings import DistrictsSettings

if __name__ == "__main__":
    main("districts", "Brings cases to offices and takes their work.", DistrictsSettings, build)
