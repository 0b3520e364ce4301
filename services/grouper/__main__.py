"""`python -m services.grouper`"""

from castlist.serving import run_worker
from services.grouper.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker("grouper", lambda surroundings, _: build(surroundings)))
