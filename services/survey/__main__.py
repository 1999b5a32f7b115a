"""`python -m services.survey`: runs the service; `--help` names what else it does."""

from services.common.run.command_line import main
from services.survey.bootstrap import build
from services.survey.settings import SurveySettings

if __name__ == "__main__":
    main("survey", "Satisfaction surveys and their figures.", SurveySettings, build)
