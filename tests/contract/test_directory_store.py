import time
from pathlib import Path

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.errors import AccessDenied, DependencyUnavailable, ObjectCorrupt, ObjectMissing, UsageError
from castlist.worker.objects import VerifiedReader
from tests.contract.object_store_contract import ObjectStoreContract, VerifiedReaderContract, reference


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


class TestDirectoryStore(ObjectStoreContract):
    pass


class TestReaderOfDirectoryStore(VerifiedReaderContract):
    pass


def test_a_key_that_is_another_keys_folder_is_refused(store: DirectoryStore) -> None:
    store.put("jobs/a", b"object")
    with pytest.raises(UsageError, match=r"jobs/a/b/c.*folder of the other"):
        store.put("jobs/a/b/c", b"below an object")
    with pytest.raises(UsageError, match=r"jobs/a/b.*folder of the other"):
        store.put("jobs/a/b", b"below an object")
    store.put("jobs/c/d", b"object")
    with pytest.raises(UsageError, match=r"jobs/c.*folder of the other"):
        store.put("jobs/c", b"in place of a folder")
    assert [info.key for info in store.list("")] == ["jobs/a", "jobs/c/d"]


def test_files_are_linked_where_possible(store: DirectoryStore, tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"frames")
    link = tmp_path / "link.mp4"
    link.symlink_to(video)
    store.put_file("jobs/a/source", link)
    assert store.path_of("jobs/a/source").samefile(video)
    assert not store.path_of("jobs/a/source").is_symlink()


def test_files_are_copied_where_links_are_not_possible(store: DirectoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    video = tmp_path / "video.mp4"
    video.write_bytes(b"frames")
    store.put_file("jobs/a/source", video)
    assert not store.path_of("jobs/a/source").samefile(video)
    assert store.get("jobs/a/source") == b"frames"


def test_the_path_of_an_object_is_its_file(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("jobs/a/source", b"frames")
    assert store.path_of("jobs/a/source") == tmp_path / "store" / "jobs" / "a" / "source"
    for key in ("jobs/a/other", "jobs/a"):
        with pytest.raises(ObjectMissing):
            store.path_of(key)


def test_no_unfinished_files_are_left_and_those_of_the_dead_are_swept(store: DirectoryStore, tmp_path: Path) -> None:
    unfinished = tmp_path / "store" / ".unfinished"
    store.put("jobs/a/x", b"")
    with pytest.raises(UsageError):
        store.put("jobs/a/x/y", b"")
    assert list(unfinished.iterdir()) == []
    (unfinished / "of a writer at work").touch()
    DirectoryStore(tmp_path / "store")
    assert len(list(unfinished.iterdir())) == 1
    assert [info.key for info in store.list("")] == ["jobs/a/x"]


def test_what_writers_left_long_ago_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DirectoryStore(tmp_path)
    (tmp_path / ".unfinished" / "old").touch()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 24 * 3600)
    DirectoryStore(tmp_path)
    assert list((tmp_path / ".unfinished").iterdir()) == []


def test_empty_folders_do_not_pile_up(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("jobs/a/b/c/d", b"")
    store.delete_prefix("jobs/a/")
    assert [path.name for path in (tmp_path / "store").iterdir()] == [".unfinished"]


def test_two_stores_may_share_a_folder(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("jobs/a/x", b"content")
    assert DirectoryStore(tmp_path / "store").get("jobs/a/x") == b"content"


def test_a_folder_that_can_not_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DependencyUnavailable, match="file"):
        DirectoryStore(tmp_path / "file" / "store")


def test_missing_rights_are_told() -> None:
    with pytest.raises(AccessDenied, match="rights"):
        DirectoryStore(Path("/sys/kernel/castlist"))  # where not even root may make a folder


def test_the_reader_notices_a_change_in_place(store: DirectoryStore, tmp_path: Path) -> None:
    """As when the user writes into a video that was linked."""
    video = tmp_path / "video.mp4"
    video.write_bytes(b"frames")
    store.put_file("jobs/a/source", video)
    reader = VerifiedReader(store, tmp_path / "cache")
    ref = reference("jobs/a/source", b"frames")
    assert reader.local_path(ref) == store.path_of("jobs/a/source")
    assert not (tmp_path / "cache").exists()
    with video.open("r+b") as file:
        file.write(b"F")
    with pytest.raises(ObjectCorrupt):
        reader.local_path(ref)
