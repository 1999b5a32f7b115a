"""`python -m services.survey`: runs the service; `--help` names what else it does."""

from services.common.process.garbage import collect_seldom

collect_seldom()  # before the libraries are imported

from services.common.run.command_line import main
from services.survey.bootstrap import build
from services.survey.settings import SurveySettings

if __name__ == "__main__":
    main("survey", "Satisfaction surveys and their figures.", SurveySettings, build)
