"""`python -m services.reporter`"""

from castlist.serving import run_worker
from services.reporter.service import build

if __name__ == "__main__":
    raise SystemExit(run_worker("reporter", lambda surroundings, _: build(surroundings)))
