"""`python -m services.fetcher`"""

from castlist.serving import run_worker
from services.fetcher.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker("fetcher", lambda surroundings, environment: build(surroundings, environment.egress)))
