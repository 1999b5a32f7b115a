"""`python -m services.survey`: runs the service; `--help` names what else it does."""

import gc

# What a start makes is for good: collecting garbage meanwhile costs a fifth of it.
gc.set_threshold(100_000, 50, 100)

from services.common.run.command_line import main
from services.survey.bootstrap import build
from services.survey.settings import SurveySettings

if __name__ == "__main__":
    main("survey", "Satisfaction surveys and their figures.", SurveySettings, build)
