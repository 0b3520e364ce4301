"""`python -m services.reid`"""

from castlist.bootstrap import model_library
from castlist.serving import run_worker
from services.reid.service import build

if __name__ == "__main__":
    raise SystemExit(
        run_worker("reid", lambda surroundings, environment: build(surroundings, model_library(environment), environment.devices))
    )
