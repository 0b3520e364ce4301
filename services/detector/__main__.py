"""`python -m services.detector`"""

from castlist.bootstrap import Environment, model_library
from castlist.serving import run_worker
from castlist.worker.assembly import Surroundings
from castlist.worker.runtime import Worker
from services.detector.service import build


def _build(surroundings: Surroundings, environment: Environment) -> Worker:
    return build(surroundings, model_library(environment), environment.devices, environment.decoding)


if __name__ == "__main__":
    raise SystemExit(run_worker("detector", _build))
