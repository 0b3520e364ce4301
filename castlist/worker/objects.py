"""Reads objects by reference, and believes nothing before length and SHA-256 were checked."""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, runtime_checkable

from castlist.domain.jobs import ObjectRef
from castlist.errors import ObjectCorrupt
from castlist.ports import ObjectPart, ObjectStore
from castlist.worker.ranges import Span, spans_of

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DEFAULT_CACHE_BYTES = 20 << 30
_STRIPES = 64
_SMALL_BYTES = 64 << 10
_SMALL_OBJECTS = 32
_LEAST_DIGEST_BYTES = 16
_REQUESTS_AT_ONCE = 8  # a store far away answers each after tens of milliseconds
_UNFINISHED = "unfinished"
_Identity = tuple[int, int, int]


@runtime_checkable
class LocalObjects(Protocol):
    """A store whose objects are files of this machine."""

    def path_of(self, key: str) -> Path: ...


class VerifiedReader:
    """An `ObjectReader` for all threads of a process.

    Small objects of a store far away that were read lately are kept in memory: a video's plan and its models are inputs of all its tasks.
    Local paths are the store's own files where it has such, else copies in `cache_folder`, which belongs to this
    reader alone and is made when needed. The copies used least recently are removed beyond
    `max_cached_bytes`; the one just asked for always stays.
    """

    def __init__(self, store: ObjectStore, cache_folder: Path, max_cached_bytes: int = _DEFAULT_CACHE_BYTES) -> None:
        self._store = store
        self._folder = Path(cache_folder)
        self._max_cached_bytes = max_cached_bytes
        self._one_at_a_time = tuple(threading.Lock() for _ in range(_STRIPES))
        self._lock = threading.Lock()
        self._cached: OrderedDict[str, int] | None = None
        self._verified: dict[tuple[Path, str], _Identity] = {}
        self._small: OrderedDict[ObjectRef, bytes] = OrderedDict()

    def read(self, ref: ObjectRef) -> bytes:
        with self._lock:
            if ref in self._small:
                self._small.move_to_end(ref)
                return self._small[ref]
        data = self._store.get(ref.key)
        _check(ref, len(data), hashlib.sha256(data).hexdigest())
        if len(data) <= _SMALL_BYTES and not isinstance(self._store, LocalObjects):
            with self._lock:
                self._small[ref] = data
                if len(self._small) > _SMALL_OBJECTS:
                    self._small.popitem(last=False)
        return data

    def read_parts(self, ref: ObjectRef, parts: Sequence[ObjectPart]) -> list[bytes]:
        found = [b""] * len(parts)

        def read(span: Span) -> None:
            data = memoryview(self._store.get_range(ref.key, span.start, span.end - span.start))
            for number in span.parts:
                first = parts[number].start - span.start
                found[number] = bytes(data[first : first + parts[number].length])
                _check_part(ref, parts[number], found[number])

        spans = list(spans_of(parts))
        with ThreadPoolExecutor(max(1, min(len(spans), _REQUESTS_AT_ONCE)), "castlist-ranges") as threads:
            for _ in threads.map(read, spans):  # raises what a request raised
                pass
        return found

    def local_path(self, ref: ObjectRef) -> Path:
        if not _SHA256.fullmatch(ref.sha256):
            raise ObjectCorrupt(f"the reference to {ref.key} has no valid SHA-256")
        with self._one_at_a_time[int(ref.sha256[:8], 16) % _STRIPES]:
            if isinstance(self._store, LocalObjects):
                return self._verify(ref, self._store.path_of(ref.key))
            return self._copy(ref)

    def _copy(self, ref: ObjectRef) -> Path:
        copy = self._folder / ref.sha256
        if not self._touch(ref.sha256) or not self._is_intact(ref, copy):
            draft = self._folder / _UNFINISHED / ref.sha256
            self._store.get_file(ref.key, draft)
            try:
                _check_file(ref, draft)
                draft.replace(copy)
            finally:
                draft.unlink(missing_ok=True)
            self._verified[copy, ref.sha256] = _identity(copy)
        self._keep(ref)
        return copy

    def _is_intact(self, ref: ObjectRef, copy: Path) -> bool:
        try:
            self._verify(ref, copy)
        except (FileNotFoundError, ObjectCorrupt):
            return False
        return True

    def _verify(self, ref: ObjectRef, path: Path) -> Path:
        """The path, once its content was found to be what the reference names, and has not changed since."""
        identity = _identity(path)
        if self._verified.get((path, ref.sha256)) != identity:
            _check_file(ref, path)
            self._verified[path, ref.sha256] = identity
        return path

    def _touch(self, sha256: str) -> bool:
        """Whether there is a copy; it counts as used now."""
        with self._lock:
            if self._cached is None:
                self._cached = self._found_copies()
            if sha256 in self._cached:
                self._cached.move_to_end(sha256)
            return sha256 in self._cached

    def _keep(self, ref: ObjectRef) -> None:
        """Count a copy, and remove those used least recently beyond the bound."""
        with self._lock:
            assert self._cached is not None  # _touch came first
            self._cached[ref.sha256] = ref.length
            self._cached.move_to_end(ref.sha256)
            while len(self._cached) > 1 and sum(self._cached.values()) > self._max_cached_bytes:
                sha256, _ = self._cached.popitem(last=False)
                self._verified.pop((self._folder / sha256, sha256), None)
                (self._folder / sha256).unlink(missing_ok=True)

    def _found_copies(self) -> OrderedDict[str, int]:
        """Copies that an earlier reader left, by age; what it did not finish is removed."""
        unfinished = self._folder / _UNFINISHED
        unfinished.mkdir(parents=True, exist_ok=True)
        for file in unfinished.iterdir():
            file.unlink()
        copies = [file for file in self._folder.iterdir() if _SHA256.fullmatch(file.name)]
        return OrderedDict((file.name, file.stat().st_size) for file in sorted(copies, key=lambda file: file.stat().st_mtime_ns))


def _identity(path: Path) -> _Identity:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _check_file(ref: ObjectRef, path: Path) -> None:
    with path.open("rb") as file:
        _check(ref, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _check_part(ref: ObjectRef, part: ObjectPart, data: bytes) -> None:
    digest = hashlib.sha256(data).digest()[: len(part.digest)]
    if len(part.digest) < _LEAST_DIGEST_BYTES or len(data) != part.length or digest != part.digest:
        raise ObjectCorrupt(f"object {ref.key} has other bytes from {part.start} to {part.start + part.length} than were stored there")


def _check(ref: ObjectRef, length: int, sha256: str) -> None:
    if length != ref.length:
        raise ObjectCorrupt(f"object {ref.key} is {length} bytes long, its reference says {ref.length}")
    if sha256 != ref.sha256:
        raise ObjectCorrupt(f"object {ref.key} has SHA-256 {sha256[:12]}..., its reference says {ref.sha256[:12]}...")
