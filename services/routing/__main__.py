"""`python -m services.routing`: runs the service; `--help` names what else it does."""

from services.common.process.garbage import collect_seldom

collect_seldom()  # before the libraries are imported

from services.common.run.command_line import main
from services.routing.bootstrap import build
from services.routing.entrypoints.by_hand import COMMANDS
from services.routing.settings import RoutingSettings

if __name__ == "__main__":
    main(
        "routing",
        "Finds the competent office of every inquiry.",
        RoutingSettings,
        build,
        COMMANDS,
    )
