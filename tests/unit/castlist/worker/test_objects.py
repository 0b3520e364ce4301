import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.domain.jobs import ObjectRef
from castlist.errors import DependencyUnavailable, ObjectCorrupt
from castlist.ports import ObjectPart
from castlist.worker.objects import VerifiedReader


class RemoteStore:
    """A store on another machine: no local paths, and downloads that can be counted, slowed down and broken off."""

    def __init__(self, folder: Path) -> None:
        self.objects = DirectoryStore(folder)
        self.downloads: list[str] = []
        self.gate: threading.Event | None = None
        self.is_down = False

    def get(self, key: str) -> bytes:
        self.downloads.append(key)
        return self.objects.get(key)

    def get_file(self, key: str, path: Path) -> None:
        self.downloads.append(key)
        if self.gate is not None:
            assert self.gate.wait(5)
        if self.is_down:
            raise DependencyUnavailable("down")
        self.objects.get_file(key, path)

    def add(self, name: str, data: bytes) -> ObjectRef:
        self.objects.put(name, data)
        return ObjectRef(name, len(data), hashlib.sha256(data).hexdigest())


@pytest.fixture
def store(tmp_path: Path) -> RemoteStore:
    return RemoteStore(tmp_path / "remote")


def make_reader(store: RemoteStore, folder: Path, max_cached_bytes: int = 1 << 30) -> VerifiedReader:
    return VerifiedReader(store, folder / "cache", max_cached_bytes)  # type: ignore[arg-type]


def test_an_object_is_downloaded_once(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path)
    ref = store.add("video", b"frames")
    same_content = store.add("copy of the video", b"frames")
    assert reader.local_path(ref) == reader.local_path(ref) == reader.local_path(same_content)
    assert store.downloads == ["video"]


def test_small_objects_that_were_read_lately_are_kept(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path)
    plan, large = store.add("plan", b"p" * 65536), store.add("large", b"l" * 65537)
    same_content = store.add("another plan", b"p" * 65536)
    for ref in (plan, large, same_content, plan, large):
        assert reader.read(ref) == store.objects.get(ref.key)
    assert store.downloads == ["plan", "large", "another plan", "large"]
    for number in range(32):
        reader.read(store.add(f"other {number}", b""))
    reader.read(plan)
    assert store.downloads[-2:] == ["other 31", "plan"]


def test_threads_that_ask_at_once_share_one_download(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path)
    ref = store.add("video", b"frames")
    store.gate = threading.Event()
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(reader.local_path, ref) for _ in range(4)]
        store.gate.set()
        paths = {request.result().read_bytes() for request in asked}
    assert paths == {b"frames"}
    assert store.downloads == ["video"]


def test_what_was_used_least_recently_makes_room(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path, max_cached_bytes=25)
    first, second, third = (store.add(name, name.encode() * 2) for name in ("one-1", "two-2", "six-6"))
    paths = [reader.local_path(first), reader.local_path(second)]
    reader.local_path(first)
    reader.local_path(third)
    assert [path.exists() for path in paths] == [True, False]
    reader.local_path(second)
    assert store.downloads == ["one-1", "two-2", "six-6", "two-2"]


def test_an_object_larger_than_the_cache_is_still_served(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path, max_cached_bytes=3)
    small, large = store.add("small", b"12"), store.add("large", b"123456")
    reader.local_path(small)
    assert reader.local_path(large).read_bytes() == b"123456"
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_file()] == [large.sha256]


def test_a_copy_that_was_damaged_is_fetched_again(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path)
    ref = store.add("video", b"frames")
    reader.local_path(ref).write_bytes(b"fr")
    assert reader.local_path(ref).read_bytes() == b"frames"
    reader.local_path(ref).unlink()
    assert reader.local_path(ref).read_bytes() == b"frames"


def test_copies_of_an_earlier_reader_are_checked_and_used(store: RemoteStore, tmp_path: Path) -> None:
    good, bad = store.add("good", b"frames"), store.add("bad", b"smarfe")
    make_reader(store, tmp_path).local_path(good)
    make_reader(store, tmp_path).local_path(bad).write_bytes(b"spoilt")
    (tmp_path / "cache" / "unfinished" / "of the dead").touch()
    store.downloads.clear()
    reader = make_reader(store, tmp_path)
    assert reader.local_path(good).read_bytes() == b"frames"
    assert reader.local_path(bad).read_bytes() == b"smarfe"
    assert store.downloads == ["bad"]
    assert list((tmp_path / "cache" / "unfinished").iterdir()) == []


def test_a_broken_download_leaves_nothing_and_may_be_repeated(store: RemoteStore, tmp_path: Path) -> None:
    reader = make_reader(store, tmp_path)
    ref = store.add("video", b"frames")
    store.is_down = True
    with pytest.raises(DependencyUnavailable):
        reader.local_path(ref)
    store.is_down = False
    store.objects.put("video", b"smarfe")
    with pytest.raises(ObjectCorrupt):
        reader.local_path(ref)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []
    store.objects.put("video", b"frames")
    assert reader.local_path(ref).read_bytes() == b"frames"


def part_of(data: bytes, start: int, length: int) -> ObjectPart:
    return ObjectPart(start, length, hashlib.sha256(data[start : start + length]).digest()[:16])


def test_parts_are_read_and_checked_alone(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    reader = VerifiedReader(store, tmp_path / "cache")
    data = bytes(range(200)) + b"?" * 100_000 + b"the end"
    store.put("pack", data)
    ref = ObjectRef("pack", len(data), "0" * 64)  # nobody reads the whole, so nobody asks for its hash
    wanted = [part_of(data, 100_200, 7), part_of(data, 10, 5), part_of(data, 10, 5), part_of(data, 12, 90)]
    assert reader.read_parts(ref, wanted) == [b"the end", data[10:15], data[10:15], data[12:102]]
    assert reader.read_parts(ref, []) == []


@pytest.mark.parametrize(
    "part",
    [
        ObjectPart(0, 5, hashlib.sha256(b"other").digest()[:16]),
        ObjectPart(1, 3, hashlib.sha256(b"abcd").digest()[:16]),
        ObjectPart(4, 5, hashlib.sha256(b"efgh").digest()[:16]),  # goes on behind the end
        ObjectPart(9, 5, hashlib.sha256(b"").digest()[:16]),
        ObjectPart(0, 4, hashlib.sha256(b"abcd").digest()[:8]),  # too short a digest to believe
    ],
)
def test_a_part_that_is_not_what_was_stored_is_refused(tmp_path: Path, part: ObjectPart) -> None:
    store = DirectoryStore(tmp_path)
    store.put("pack", b"abcdefgh")
    with pytest.raises(ObjectCorrupt, match=rf"object pack has other bytes from {part.start} to"):
        VerifiedReader(store, tmp_path / "cache").read_parts(ObjectRef("pack", 8, "0" * 64), [part])
