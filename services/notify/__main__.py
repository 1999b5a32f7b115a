"""`python -m services.notify`: runs the service; `--help` names what else it does."""

from services.common.process.garbage import collect_seldom

collect_seldom()  # before the libraries are imported

from services.common.run.command_line import main
from services.notify.bootstrap import build
from services.notify.entrypoints.by_hand import COMMANDS
from services.notify.settings import NotifySettings

if __name__ == "__main__":
    main("notify", "Messages to citizens at each step.", NotifySettings, build, COMMANDS)
