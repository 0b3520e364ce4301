"""A folder for one process's large files, on a disk that it may share with others of its kind."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "castlist-"
_LOCK = "in-use"


@contextmanager
def own_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder of this process alone, removed at the end of the block; in the system's folder for such, or in `parent`.

    `parent` is Castlist's alone: folders in it that belonged to processes that were killed are removed first.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as name:
        draft = Path(name) / "draft"
        lock = os.open(draft, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            draft.rename(Path(name) / _LOCK)  # it appears locked, so nobody can take this folder for abandoned
            if parent is not None:
                _remove_abandoned(parent)
            yield Path(name) / "files"
        finally:
            os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    """Remove siblings whose lock nobody holds. One without a lock file is being made at this moment."""
    for lock_file in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            lock = os.open(lock_file, os.O_RDWR)
        except FileNotFoundError:
            continue  # its owner has just ended
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            shutil.rmtree(lock_file.parent, ignore_errors=True)
        finally:
            os.close(lock)
