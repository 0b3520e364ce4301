"""`python -m services.tracker`"""

from castlist.serving import run_worker
from services.tracker.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker("tracker", lambda surroundings, _: build(surroundings)))
