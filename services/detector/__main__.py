"""`python -m services.detector`"""

from castlist.bootstrap import model_library
from castlist.serving import run_worker
from services.detector.service import build

if __name__ == "__main__":
    raise SystemExit(
        run_worker("detector", lambda surroundings, environment: build(surroundings, model_library(environment), environment.devices))
    )
