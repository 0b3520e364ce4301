"""Folders for large files: each process has its own, and those of killed ones go."""

import subprocess
import sys
from pathlib import Path

from castlist.worker.scratch import own_folder
from tests.conftest import REPOSITORY

HOLD = """
import sys, time
from pathlib import Path
from castlist.worker.scratch import own_folder
with own_folder(Path(sys.argv[1])) as folder:
    folder.mkdir()
    (folder / "video").write_bytes(b"large")
    print(folder, flush=True)
    time.sleep(60)
"""


def held_folder(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, parent], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def test_the_folder_goes_with_its_block(tmp_path: Path) -> None:
    with own_folder(tmp_path) as folder:
        folder.mkdir()
        (folder / "video").touch()
    assert list(tmp_path.iterdir()) == []


def test_two_at_a_time_have_folders_of_their_own(tmp_path: Path) -> None:
    with own_folder(tmp_path) as first, own_folder(tmp_path) as second:
        assert first != second
        assert first.parent.is_dir(), "the second one did not take it for abandoned"
    with own_folder() as elsewhere:
        assert tmp_path not in elsewhere.parents


def test_what_a_killed_process_left_is_removed_by_the_next_but_not_before(tmp_path: Path) -> None:
    holder, folder = held_folder(tmp_path)
    with holder:
        with own_folder(tmp_path):
            assert (folder / "video").is_file()
        holder.kill()
        holder.wait()
        assert (folder / "video").is_file()
    with own_folder(tmp_path):
        assert not folder.parent.exists()


def test_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "castlist-elsewhere").mkdir()
    (tmp_path / "notes").touch()
    with own_folder(tmp_path):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"castlist-elsewhere", "notes"}
