"""`python -m services.reporter`"""

from castlist.bootstrap import run_worker
from services.reporter.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker(lambda surroundings, _: build(surroundings)))
