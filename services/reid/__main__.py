"""`python -m services.reid`"""

from castlist.bootstrap import model_library, run_worker
from services.reid.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker(lambda surroundings, environment: build(surroundings, model_library(environment))))
