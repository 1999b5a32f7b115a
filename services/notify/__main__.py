"""`python -m services.notify`."""

from services.common import service
from services.notify.bootstrap import build
from services.notify.settings import NotifySettings

if __name__ == "__main__":
    service.main("notify", "Messages to citizens at each step.", NotifySettings, build)
