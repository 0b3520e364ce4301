"""What every object store must do. A subclass provides the `store` fixture: empty, and nobody else's."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest

from castlist.domain.jobs import ObjectRef
from castlist.errors import DependencyUnavailable, ObjectCorrupt, ObjectMissing, UsageError
from castlist.ports import ObjectInfo, ObjectStore
from castlist.worker.objects import VerifiedReader

T = TypeVar("T")

MULTIPART_BYTES = 40 << 20
"""More than two parts of an upload."""


def reference(key: str, data: bytes) -> ObjectRef:
    return ObjectRef(key, len(data), hashlib.sha256(data).hexdigest())


def patiently(call: Callable[[], T]) -> T:
    """What a caller does with a store that says it is out of order: repeat."""
    while True:
        with suppress(DependencyUnavailable):
            return call()


def keys(store: ObjectStore, prefix: str) -> list[str]:
    return [info.key for info in store.list(prefix)]


class ObjectStoreContract:
    missing: ClassVar[tuple[str, ...]] = ("jobs/a/other", "jobs/a", "nothing/here", "jobs/a/source/below")
    """Keys of no object, where jobs/a/source is one."""

    def test_an_object_comes_back_as_it_was_put(self, store: ObjectStore) -> None:
        store.put("jobs/a/source", b"\x00content\xff")
        assert store.get("jobs/a/source") == b"\x00content\xff"
        info = store.stat("jobs/a/source")
        assert info == ObjectInfo("jobs/a/source", 9)
        assert abs(info.stored_unix_s - time.time()) < 60
        (listed,) = store.list("jobs/a/source")
        assert abs(listed.stored_unix_s - info.stored_unix_s) < 2, "S3 tells whole seconds to one who asks for one object"

    def test_putting_again_replaces_it_whole(self, store: ObjectStore) -> None:
        store.put("jobs/a/request", b"a long first version")
        store.put("jobs/a/request", b"second")
        assert store.get("jobs/a/request") == b"second"
        assert list(store.list("")) == [ObjectInfo("jobs/a/request", 6)]

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        store.put("jobs/a/empty", b"")
        assert store.get("jobs/a/empty") == b""
        assert store.stat("jobs/a/empty") == ObjectInfo("jobs/a/empty", 0)
        assert store.get_range("jobs/a/empty", 0, 5) == b""

    def test_a_missing_object_is_told(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("jobs/a/source", b"")
        for key in self.missing:
            assert store.stat(key) is None
            for read in (
                lambda key=key: store.get(key),
                lambda key=key: store.get_range(key, 0, 1),
                lambda key=key: store.get_range(key, 0, 0),
                lambda key=key: store.get_file(key, tmp_path / "copy"),
            ):
                with pytest.raises(ObjectMissing, match=key):
                    read()
        assert list(tmp_path.glob("**/*copy*")) == []

    def test_ranges_end_with_the_object(self, store: ObjectStore) -> None:
        store.put("jobs/a/source", b"0123456789")
        ranges = {(0, 3): b"012", (4, 2): b"45", (8, 5): b"89", (10, 1): b"", (99, 1): b"", (3, 0): b""}
        assert {where: store.get_range("jobs/a/source", *where) for where in ranges} == ranges
        for where in ((-1, 2), (0, -1)):
            with pytest.raises(ValueError, match="no range"):
                store.get_range("jobs/a/source", *where)

    def test_files_go_in_and_out(self, store: ObjectStore, tmp_path: Path) -> None:
        video, copy = tmp_path / "video.mp4", tmp_path / "new folder" / "copy.mp4"
        video.write_bytes(b"frames" * 1000)
        store.put_file("jobs/a/source", video)
        video.unlink()
        store.get_file("jobs/a/source", copy)
        assert copy.read_bytes() == b"frames" * 1000
        assert [path.name for path in copy.parent.iterdir()] == ["copy.mp4"]
        copy.write_bytes(b"the copy is the caller's")
        assert store.get("jobs/a/source") == b"frames" * 1000

    def test_storing_a_file_twice_is_fine(self, store: ObjectStore, tmp_path: Path) -> None:
        video = tmp_path / "video.mp4"
        video.write_bytes(b"frames")
        store.put_file("jobs/a/source", video)
        store.put_file("jobs/a/source", video)
        store.put("jobs/a/source", b"other")
        assert (store.get("jobs/a/source"), video.read_bytes()) == (b"other", b"frames")
        assert keys(store, "") == ["jobs/a/source"]

    def test_large_objects_arrive_whole(self, store: ObjectStore, tmp_path: Path) -> None:
        block = hashlib.sha256(b"seed").digest() * 1024
        video = tmp_path / "video.mp4"
        with video.open("wb") as file:
            for number in range(MULTIPART_BYTES // len(block)):
                file.write(number.to_bytes(4) + block[4:])
        store.put_file("jobs/a/source", video)
        assert store.stat("jobs/a/source") == ObjectInfo("jobs/a/source", MULTIPART_BYTES)
        assert store.get_range("jobs/a/source", 17 * len(block), 8) == (17).to_bytes(4) + block[4:8]
        store.get_file("jobs/a/source", tmp_path / "copy")
        with video.open("rb") as sent, (tmp_path / "copy").open("rb") as got:
            assert hashlib.file_digest(sent, "sha256").digest() == hashlib.file_digest(got, "sha256").digest()

    def test_listing_is_by_key_and_prefix(self, store: ObjectStore) -> None:
        names = ["a-b/x", "a.b", "a/x", "a/y/z", "ab", "b/x"]
        for name in reversed(names):
            store.put(f"jobs/{name}", b"12")
        assert list(store.list("")) == [ObjectInfo(f"jobs/{name}", 2) for name in names]
        assert keys(store, "jobs/a") == [f"jobs/{name}" for name in names if name.startswith("a")]
        assert keys(store, "jobs/a/") == ["jobs/a/x", "jobs/a/y/z"]
        assert keys(store, "jobs/a/y") == ["jobs/a/y/z"]
        assert keys(store, "jobs/c") == keys(store, "jobs/c/") == keys(store, "other/") == []

    def test_folders_are_those_that_hold_something(self, store: ObjectStore) -> None:
        for key in ("jobs/b/x", "jobs/a/x/y", "jobs/a/z", "jobs/a-b/x", "jobs/loose", "tombstones/c"):
            store.put(key, b"")
        assert list(store.list_folders("jobs/")) == ["a", "a-b", "b"]
        store.delete("jobs/a-b/x")
        assert list(store.list_folders("jobs/")) == ["a", "b"]
        assert list(store.list_folders("nothing/")) == []

    def test_deleting_is_quiet_and_repeatable(self, store: ObjectStore) -> None:
        store.put("jobs/a/x", b"")
        store.put("jobs/a/y", b"")
        for _ in range(2):
            store.delete("jobs/a/x")
            assert keys(store, "") == ["jobs/a/y"]
        store.delete("never/was")

    def test_deleting_a_prefix_spares_its_neighbours(self, store: ObjectStore) -> None:
        for key in ("jobs/a/x", "jobs/a/y/z", "jobs/ab/x", "jobs/a-b", "tombstones/a"):
            store.put(key, b"")
        assert store.delete_prefix("jobs/a/") == 2
        assert store.delete_prefix("jobs/a/") == 0
        assert keys(store, "") == ["jobs/a-b", "jobs/ab/x", "tombstones/a"]
        with pytest.raises(UsageError, match="must end in /"):
            store.delete_prefix("jobs/a")

    def test_a_key_may_become_a_folder_once_it_is_deleted(self, store: ObjectStore) -> None:
        store.put("jobs/a", b"")
        store.delete("jobs/a")
        store.put("jobs/a/x", b"below")
        assert store.get("jobs/a/x") == b"below"
        store.delete("jobs/a/x")
        store.put("jobs/a", b"again")
        assert store.get("jobs/a") == b"again"

    @pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "a/./b", ".hidden", "a\x00b", "a\\b", "a" * 300])
    def test_keys_that_could_lead_astray_are_refused(self, store: ObjectStore, tmp_path: Path, key: str) -> None:
        file = tmp_path / "file"
        file.write_bytes(b"")
        for call in (
            lambda: store.put(key, b""),
            lambda: store.put_file(key, file),
            lambda: store.get(key),
            lambda: store.get_file(key, tmp_path / "copy"),
            lambda: store.stat(key),
            lambda: store.delete(key),
            lambda: store.delete_prefix(f"{key}/"),
        ):
            with pytest.raises(UsageError, match="object key"):
                call()

    def test_keys_may_hold_what_file_names_hold(self, store: ObjectStore) -> None:
        for key in ("jobs/a/person 3 (left).webp", "jobs/a/größe.json", "jobs/a/100%+#&?.txt"):
            store.put(key, key.encode())
            assert store.get(key) == key.encode()
            assert ObjectInfo(key, len(key.encode())) in list(store.list("jobs/a/"))
            store.delete(key)
        assert keys(store, "") == []

    def test_readers_see_one_version_or_the_other(self, store: ObjectStore) -> None:
        versions = [bytes([number]) * 200_000 for number in range(8)]
        store.put("jobs/a/x", versions[0])
        done = threading.Event()

        def write() -> None:
            for version in versions * 3:
                patiently(lambda version=version: store.put("jobs/a/x", version))
            done.set()

        def read() -> int:
            reads = 0
            while not done.is_set():
                assert patiently(lambda: store.get("jobs/a/x")) in versions
                reads += 1
            return reads

        with ThreadPoolExecutor() as threads:
            readers = [threads.submit(read) for _ in range(2)]
            threads.submit(write).result()
            assert all(reader.result() > 0 for reader in readers)
        assert keys(store, "") == ["jobs/a/x"]

    def test_threads_may_put_and_delete_in_one_folder(self, store: ObjectStore) -> None:
        def work(number: int) -> None:
            for _ in range(20):
                patiently(lambda: store.put(f"jobs/a/{number}", b"x"))
                assert patiently(lambda: store.get(f"jobs/a/{number}")) == b"x"
                patiently(lambda: store.delete(f"jobs/a/{number}"))

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, range(4)))
        assert keys(store, "") == []


class VerifiedReaderContract:
    """A reader over the store believes references only."""

    def test_it_reads_what_the_reference_names(self, store: ObjectStore, tmp_path: Path) -> None:
        ref = reference("jobs/a/source", b"frames")
        store.put(ref.key, b"frames")
        reader = VerifiedReader(store, tmp_path / "cache")
        assert reader.read(ref) == b"frames"
        assert reader.local_path(ref).read_bytes() == b"frames"
        assert reader.local_path(ref) == reader.local_path(ref)

    @pytest.mark.parametrize("stored", [b"frumes", b"frames and more", b""])
    def test_it_tells_when_the_object_is_another(self, store: ObjectStore, tmp_path: Path, stored: bytes) -> None:
        ref = reference("jobs/a/source", b"frames")
        store.put(ref.key, stored)
        reader = VerifiedReader(store, tmp_path / "cache")
        for _ in range(2):
            with pytest.raises(ObjectCorrupt, match="jobs/a/source"):
                reader.read(ref)
            with pytest.raises(ObjectCorrupt, match="jobs/a/source"):
                reader.local_path(ref)
        store.put(ref.key, b"frames")
        assert reader.local_path(ref).read_bytes() == b"frames"

    def test_it_tells_when_there_is_none(self, store: ObjectStore, tmp_path: Path) -> None:
        reader = VerifiedReader(store, tmp_path / "cache")
        ref = reference("jobs/a/source", b"frames")
        with pytest.raises(ObjectMissing):
            reader.read(ref)
        with pytest.raises(ObjectMissing):
            reader.local_path(ref)

    def test_it_checks_the_same_key_against_another_reference(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("jobs/a/source", b"frames")
        reader = VerifiedReader(store, tmp_path / "cache")
        reader.local_path(reference("jobs/a/source", b"frames"))
        with pytest.raises(ObjectCorrupt):
            reader.local_path(reference("jobs/a/source", b"smarfe"))

    @pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63])
    def test_it_refuses_references_without_a_hash(self, store: ObjectStore, tmp_path: Path, sha256: str) -> None:
        store.put("jobs/a/source", b"frames")
        reader = VerifiedReader(store, tmp_path / "cache")
        with pytest.raises(ObjectCorrupt):
            reader.local_path(ObjectRef("jobs/a/source", 6, sha256))
        with pytest.raises(ObjectCorrupt):
            reader.read(ObjectRef("jobs/a/source", 6, sha256))
