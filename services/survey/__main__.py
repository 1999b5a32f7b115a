"""`python -m services.survey`."""

from services.common import service
from services.survey.bootstrap import build
from services.survey.settings import SurveySettings

if __name__ == "__main__":
    service.main("survey", "Satisfaction surveys and their figures.", SurveySettings, build)
