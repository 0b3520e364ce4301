"""The object store of a single machine: a folder, one file an object."""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from castlist.adapters.object_keys import checked_folder, checked_key
from castlist.errors import AccessDenied, DependencyUnavailable, ObjectMissing, UsageError
from castlist.ports import ObjectInfo

_UNFINISHED = ".unfinished"
_ABANDONED_AFTER_S = 24 * 3600
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)
_NO_OBJECT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR)
_PUT_TRIES = 20


class DirectoryStore:
    """An `ObjectStore` below `root`; several processes may share it.

    A file appears under its key by a rename, so that readers see it whole or not at all. A key
    can't be another key's folder: `a` and `a/b` do not go together, which `put` says.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(root)
        self._unfinished = self._root / _UNFINISHED
        with _translated(self._root):
            self._unfinished.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()

    def put(self, key: str, data: bytes) -> None:
        target = self._path(key)
        with self._new_file() as draft, _translated(target):
            draft.write_bytes(data)
            self._move(draft, target, key)

    def put_file(self, key: str, path: Path) -> None:
        """Store a file's content: as a hard link where the file system allows it, else as a copy.

        A linked file must not be changed in place afterwards; replacing it is fine.
        """
        target = self._path(key)
        source = Path(path).resolve(strict=True)
        with self._new_file() as draft, _translated(target):
            try:
                draft.hardlink_to(source)
            except OSError:
                shutil.copyfile(source, draft)
            self._move(draft, target, key)

    def get(self, key: str) -> bytes:
        path = self._path(key)
        with _translated(path, key):
            return path.read_bytes()

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError(f"no range: {start}, {length}")
        path = self._path(key)
        with _translated(path, key), path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    def get_file(self, key: str, path: Path) -> None:
        """Copy an object to a local file; never a link, since the caller may change the file."""
        source = self._path(key)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with _translated(source, key):
                content = source.open("rb")
            with content, _translated(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                with draft.open("xb") as copy:
                    shutil.copyfileobj(content, copy)
                draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def stat(self, key: str) -> ObjectInfo | None:
        path = self._path(key)
        try:
            with _translated(path, key):
                return _info(key, path.stat()) if path.is_file() else None
        except ObjectMissing:
            return None

    def path_of(self, key: str) -> Path:
        """The file that holds an object, not to be written to. Raises `ObjectMissing`."""
        if self.stat(key) is None:
            raise ObjectMissing(f"no object {key} in {self._root}")
        return self._path(key)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        folder = prefix.rpartition("/")[0]
        if folder:
            checked_key(folder)
        return self._walk(f"{folder}/" if folder else "", prefix)

    def list_folders(self, prefix: str) -> Iterator[str]:
        folders = [name for name, entry in self._entries(checked_folder(prefix)) if entry is None]
        yield from sorted(name[:-1] for name in folders if any(self._walk(prefix + name, prefix)))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with suppress(ObjectMissing), _translated(path, key):
            path.unlink()
        self._remove_empty_folders(path.parent)

    def delete_prefix(self, prefix: str) -> int:
        found = list(self.list(checked_folder(prefix)))
        for info in found:
            self.delete(info.key)
        return len(found)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _walk(self, folder: str, prefix: str) -> Iterator[ObjectInfo]:
        for name, entry in self._entries(folder):
            key = folder + name
            if entry is None and key.startswith(prefix[: len(key)]):
                yield from self._walk(key, prefix)
            elif entry is not None and key.startswith(prefix):
                with suppress(FileNotFoundError):
                    yield _info(key, entry.stat())

    def _entries(self, folder: str) -> Sequence[tuple[str, os.DirEntry[str] | None]]:
        """Names in a folder, those of folders with a final `/` and no entry, in the order of keys."""
        path = self._root / folder
        try:
            with _translated(path, folder), os.scandir(path) as entries:
                visible = [entry for entry in entries if not entry.name.startswith(".")]
                return sorted(
                    ((f"{entry.name}/", None) if entry.is_dir() else (entry.name, entry) for entry in visible), key=lambda pair: pair[0]
                )
        except ObjectMissing:
            return []

    @contextmanager
    def _new_file(self) -> Iterator[Path]:
        draft = self._unfinished / uuid.uuid4().hex
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _move(self, draft: Path, target: Path, key: str) -> None:
        for _ in range(_PUT_TRIES):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                draft.replace(target)
            except FileNotFoundError:  # the folder was empty, and removed by a delete
                continue
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                self._remove_empty_folders(target)
                if target.is_dir() or any(folder.is_file() for folder in target.parents):
                    message = f"object {key!r} can't be stored: one of two keys would be the folder of the other in {self._root}"
                    raise UsageError(message) from None
                continue
            return
        raise DependencyUnavailable(f"{target.parent} is removed again and again")

    def _remove_empty_folders(self, folder: Path) -> None:
        """Remove a folder and those above it, as long as they are empty."""
        with suppress(OSError):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    def _remove_abandoned(self) -> None:
        """Remove what writers left that died long ago."""
        for file in self._unfinished.iterdir():
            with suppress(FileNotFoundError):
                if file.stat().st_ctime < time.time() - _ABANDONED_AFTER_S:
                    file.unlink()


def _info(key: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, status.st_size, status.st_ctime)  # a linked file keeps its source's time of modification


@contextmanager
def _translated(path: Path, key: str | None = None) -> Iterator[None]:
    """Turn what the file system says about an object into Castlist's errors."""
    try:
        yield
    except OSError as error:
        if key is not None and error.errno in _NO_OBJECT:
            raise ObjectMissing(f"no object {key}: {path} does not exist") from error
        if error.errno in _DENIED:
            raise AccessDenied(f"{error.filename or path}: {error.strerror}: check the rights of the folder") from error
        raise DependencyUnavailable(f"{error.filename or path}: {error.strerror}") from error
