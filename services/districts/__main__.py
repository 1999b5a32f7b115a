"""`python -m services.districts`: the command line of the service."""

from services.common.service import main
from services.districts.bootstrap import build
from services.districts.settings import DistrictsSettings

if __name__ == "__main__":
    main("districts", "Brings cases to offices and takes their work.", DistrictsSettings, build)
