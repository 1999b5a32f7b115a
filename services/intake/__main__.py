"""`python -m services.intake`: runs the service; `replay` returns dead letters."""

from services.common.service import main
from services.intake.bootstrap import build
from services.intake.settings import IntakeSettings

if __name__ == "__main__":
    main("intake", "Takes inquiries and keeps their words and contacts.", IntakeSettings, build)
