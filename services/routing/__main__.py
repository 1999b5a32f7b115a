"""`python -m services.routing`: the command line of the service."""

from services.common.service import main
from services.routing.bootstrap import build
from services.routing.settings import RoutingSettings

if __name__ == "__main__":
    main("routing", "Finds the competent office of every inquiry.", RoutingSettings, build)
