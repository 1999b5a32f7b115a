"""`python -m services.intake`: runs the service; `--help` names what else it does."""

from services.common.process.garbage import collect_seldom

collect_seldom()  # before the libraries are imported

from services.common.run.command_line import main
from services.intake.bootstrap import build
from services.intake.entrypoints.by_hand import COMMANDS
from services.intake.settings import IntakeSettings

if __name__ == "__main__":
    description = "Takes inquiries and keeps their words and contacts."
    main("intake", description, IntakeSettings, build, COMMANDS)
