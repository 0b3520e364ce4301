"""Services as users start them, in processes of their own, on a given broker and store."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.service_processes import Place

REPOSITORY = Path(__file__).parents[1]


def settings(place: Place, **own: str) -> Mapping[str, str]:
    """The environment of a service: where broker and store are, `own` settings, and none of ours."""
    assert place.s3 is not None
    endpoint, access_key, secret_key = place.s3
    where = {
        "CASTLIST_NATS_URL": place.nats_url,
        "CASTLIST_S3_ENDPOINT": endpoint,
        "CASTLIST_S3_ACCESS_KEY": access_key,
        "CASTLIST_S3_SECRET_KEY": secret_key,
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("CASTLIST_")} | where | own


@contextmanager
def service(name: str, place: Place, models: Path, slots: int, folder: Path) -> Iterator[int]:
    """One service, whose log is written to the folder. Yields its process id."""
    environment = settings(place, CASTLIST_MODELS=str(models), CASTLIST_SLOTS=str(slots))
    with (folder / f"{name}.jsonl").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", f"services.{name}"], cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)
