"""The job in an output folder's state: its request, and one command at a time at work on it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from castlist import topology
from castlist.codec.job_messages import decode_request
from castlist.domain.jobs import JobRequest
from castlist.errors import ObjectMissing, UsageError
from castlist.ports import ObjectStore
from cli.output_folder import STATE_FOLDER


def stored_request(store: ObjectStore, folder: Path) -> JobRequest:
    """The request of the job that a folder's state holds. Raises `UsageError` if there is none."""
    for job_id in store.list_folders("jobs/"):
        with suppress(ObjectMissing):
            return decode_request(store.get(topology.request_key(job_id)))
    raise UsageError(f"{folder} holds no job of its own: name a folder that `castlist run` filled, or the id of a job on the services")


@contextmanager
def only_one_at_work(folder: Path) -> Iterator[None]:
    """Keep other commands out of a folder's state. Raises `UsageError` while one is in it, or for a folder that can't be written to.

    The end of a process lets go.
    """
    state = folder / STATE_FOLDER
    try:
        state.mkdir(parents=True, exist_ok=True)
        opened = (state / "lock").open("w")
    except OSError as error:
        raise UsageError(f"results can't be written to {folder} ({error.strerror}): name another folder, or check its rights") from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another castlist command is at work in {folder}: wait for its end, then look again") from None
        yield
