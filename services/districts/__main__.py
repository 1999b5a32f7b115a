"""`python -m services.districts`: runs the service; `--help` names what else it does."""

from services.common.process.garbage import collect_seldom

collect_seldom()  # before the libraries are imported

from services.common.run.command_line import main
from services.districts.bootstrap import build
from services.districts.entrypoints.by_hand import COMMANDS
from services.districts.settings import DistrictsSettings

if __name__ == "__main__":
    about = "Brings cases to offices and takes their work."
    main("districts", about, DistrictsSettings, build, COMMANDS)
