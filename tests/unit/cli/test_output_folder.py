import hashlib

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.documents import decode_json
from castlist.domain.jobs import NamedObject, ObjectRef, Stage, TaskDone
from castlist.errors import UsageError
from castlist.worker.objects import VerifiedReader
from cli.output_folder import STATE_FOLDER, compare, export, remove_exported
from cli.stored_objects import LISTING, read_listing, refs


def store_output(store: DirectoryStore, name: str, data: bytes) -> NamedObject:
    key = f"jobs/j/{name}"
    store.put(key, data)
    return NamedObject(name, ObjectRef(key, len(data), hashlib.sha256(data).hexdigest()), published=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "results"


def write(tmp_path, folder, **files: bytes) -> list[str]:
    store = DirectoryStore(tmp_path / "store")
    outputs = [store_output(store, name.replace("_", "."), data) for name, data in files.items()]
    run = TaskDone(Stage.PLAN, 0, 0, (), {}, (), 2, False, "host:1", 100.0, 101.5)
    return export(VerifiedReader(store, tmp_path / "cache"), outputs, [run], folder)


def test_files_come_out_under_their_names_with_the_timings_beside(tmp_path, folder) -> None:
    assert write(tmp_path, folder, run_json=b"{}", page_html=b"<p>") == ["page.html", "run.json", "timings.json"]
    assert (folder / "page.html").read_bytes() == b"<p>"
    assert decode_json((folder / "timings.json").read_bytes()) == {
        "wall_seconds": 1.5,
        "tasks": [
            {
                "stage": "plan",
                "index": 0,
                "worker": "host:1",
                "delivery_count": 2,
                "reused": False,
                "started_unix_seconds": 100.0,
                "seconds": 1.5,
            }
        ],
    }


def test_an_export_removes_what_an_earlier_one_left_and_nothing_else(tmp_path, folder) -> None:
    write(tmp_path, folder, run_json=b"{}", old_webp=b"x")
    (folder / "notes.txt").write_text("mine")
    write(tmp_path, folder, run_json=b"{}")
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["notes.txt", "run.json", "timings.json"]
    remove_exported(folder)
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["notes.txt"]


def test_what_is_stored_and_not_published_is_found_again(folder, tmp_path):
    def run(stage: Stage, index: int, name: str) -> TaskDone:
        return TaskDone(stage, index, 0, (NamedObject(name, ObjectRef(f"jobs/j/{name}", 7, "ab" * 32)),), {}, ())

    runs = [run(Stage.CAST, 1, "newer"), run(Stage.CAST, 0, "older"), run(Stage.PICK, 0, "kept"), run(Stage.PICK, 0, "kept")]
    export(VerifiedReader(DirectoryStore(tmp_path / "store"), tmp_path / "cache"), [], runs, folder)
    outputs = read_listing(folder / STATE_FOLDER)
    assert refs(outputs, Stage.CAST, "newer") == (ObjectRef("jobs/j/newer", 7, "ab" * 32),)
    assert refs(outputs, Stage.CAST, "older") == ()
    (folder / STATE_FOLDER / LISTING).write_text('{"cast": [{"name": 1}]}')
    with pytest.raises(UsageError, match=r"stored\.json is damaged: run `castlist run` there again"):
        read_listing(folder / STATE_FOLDER)


def test_compare_names_every_difference_but_timings(tmp_path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write(tmp_path, first, run_json=b"{}", page_html=b"1", only_a=b"")
    write(tmp_path, second, run_json=b"{}", page_html=b"2", only_b=b"")
    (second / "timings.json").write_text("later")
    assert compare(first, second) == [f"only in {first}: only.a", f"only in {second}: only.b", "differs: page.html"]
    assert compare(first, first) == []


def test_compare_wants_folders(tmp_path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        compare(tmp_path, tmp_path / "missing")
