"""The object store of the services: any S3, through the MinIO client."""

import io
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from castlist.adapters.object_keys import checked_folder, checked_key
from castlist.errors import AccessDenied, DependencyUnavailable, ObjectMissing, UsageError
from castlist.measures import STORE_DURATION, UNMEASURED, Measures, timed
from castlist.ports import ObjectInfo

_REGION = "us-east-1"  # what servers take that have no regions
STORE_TIMEOUTS_S = (3.0, 8.0)
"""For connecting, and for each wait for an answer."""

_MISSING = ("NoSuchKey", "NoSuchObject")
_DENIED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed")
_OWN_BUCKET = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
_MEMORY_PART_BYTES = 64 << 20
_FILE_PART_BYTES = 16 << 20
_REMEDY = "name the authority that signed it in CASTLIST_TLS_CA_FILE"
_CHUNK_BYTES = 1 << 20


class MinioStore:
    """An `ObjectStore` in a bucket. `endpoint` is host:port.

    `timeouts_s` bound connecting, which is tried twice, and each wait for an answer, which is not repeated: whoever
    called tries again. Names that end in `/` are folders that some servers keep as objects: they are ignored.
    """

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        *,
        secure: bool = True,
        ca_file: Path | None = None,
        timeouts_s: tuple[float, float] = STORE_TIMEOUTS_S,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._measures = measures
        self._place = f"{'https' if secure else 'http'}://{endpoint}"
        self._bucket = bucket
        self._http = urllib3.PoolManager(
            maxsize=16,
            timeout=urllib3.Timeout(connect=timeouts_s[0], read=timeouts_s[1]),
            retries=urllib3.Retry(connect=1, read=0, status=0, other=0, redirect=2, backoff_factor=0.2),
            ca_certs=str(ca_file) if ca_file else None,
        )
        try:
            if not endpoint:
                raise ValueError("is empty")  # noqa: TRY301 (one remedy for all)
            self._client = Minio(endpoint, access_key, secret_key, secure=secure, region=_REGION, http_client=self._http)
        except ValueError as error:
            raise UsageError(f"object store {endpoint!r}: {error}; give host:port, without http:// and path") from error

    def ensure_bucket(self) -> None:
        """Create the bucket if it does not exist."""
        with self._answers("make_bucket"):
            try:
                if not self._client.bucket_exists(self._bucket):
                    self._client.make_bucket(self._bucket)
            except ValueError as error:
                raise UsageError(f"bucket {self._bucket!r}: {error}") from error
            except S3Error as error:
                if error.code not in _OWN_BUCKET:
                    raise

    def close(self) -> None:
        """Close idle connections."""
        self._http.clear()

    def put(self, key: str, data: bytes) -> None:
        self._upload(key, io.BytesIO(data), len(data), _MEMORY_PART_BYTES)

    def put_file(self, key: str, path: Path) -> None:
        with path.open("rb") as content:
            self._upload(key, content, path.stat().st_size, _FILE_PART_BYTES)

    def get(self, key: str) -> bytes:
        with self._answers("get", key), self._body(key) as body:
            data: bytes = body.read()
            return data

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError(f"no range: {start}, {length}")
        if length == 0:  # which S3 can't express
            return self._nothing(key)
        try:
            with self._answers("get_range", key), self._body(key, offset=start, length=length) as body:
                data: bytes = body.read()
                return data
        except S3Error as error:
            if error.code == "InvalidRange":
                return b""
            raise

    def get_file(self, key: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with self._answers("get_file", key), self._body(key) as body, draft.open("xb") as copy:
                for chunk in body.stream(_CHUNK_BYTES):
                    copy.write(chunk)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def stat(self, key: str) -> ObjectInfo | None:
        try:
            with self._answers("stat", key):
                return _info(key, self._client.stat_object(self._bucket, checked_key(key)))
        except ObjectMissing:
            return None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        if "/" in prefix:
            checked_key(prefix.rpartition("/")[0])
        return self._list(prefix)

    def list_folders(self, prefix: str) -> Iterator[str]:
        start = len(checked_folder(prefix))
        with self._answers("list"):
            found = [item.object_name for item in self._client.list_objects(self._bucket, prefix) if item.is_dir]
        yield from sorted(name[start:-1] for name in found if len(name) > start)

    def delete(self, key: str) -> None:
        with self._answers("delete", key):
            self._client.remove_object(self._bucket, checked_key(key))

    def delete_prefix(self, prefix: str) -> int:
        found = list(self.list(checked_folder(prefix)))
        for info in found:
            self.delete(info.key)
        return len(found)

    def _upload(self, key: str, content: Any, length: int, part_bytes: int) -> None:
        try:
            with self._answers("put", key):
                self._client.put_object(self._bucket, checked_key(key), content, length, part_size=part_bytes, num_parallel_uploads=1)
        except ObjectMissing as error:  # from servers that keep folders, when this one was emptied at the same moment
            raise DependencyUnavailable(f"the object store at {self._place} lost the folder of {key} while it was written") from error

    def _list(self, prefix: str) -> Iterator[ObjectInfo]:
        with self._answers("list"):
            for item in self._client.list_objects(self._bucket, prefix, recursive=True):
                if not item.object_name.endswith("/"):
                    yield _info(item.object_name, item)

    def _nothing(self, key: str) -> bytes:
        if self.stat(key) is None:
            raise ObjectMissing(f"no object {key} in {self._place}/{self._bucket}")
        return b""

    @contextmanager
    def _body(self, key: str, offset: int = 0, length: int = 0) -> Iterator[Any]:
        response = self._client.get_object(self._bucket, checked_key(key), offset, length)
        try:
            yield response
        finally:
            response.close()
            response.release_conn()

    @contextmanager
    def _answers(self, operation: str, key: str = "") -> Iterator[None]:
        """Time a call, and turn what the store says, or that it says nothing, into Castlist's errors."""
        with timed(self._measures, STORE_DURATION, operation=operation):
            try:
                yield
            except S3Error as error:
                _let_go(error)
                self._raise_meaning(error, key)
                raise
            except (MinioException, urllib3.exceptions.HTTPError, ParseError) as error:
                _let_go(error)
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise AccessDenied(f"the certificate of the object store at {self._place} is not trusted: {_REMEDY}") from error
                raise DependencyUnavailable(f"the object store at {self._place} does not answer: {error}") from error

    def _raise_meaning(self, error: S3Error, key: str) -> None:
        if error.code in _MISSING:
            raise ObjectMissing(f"no object {key} in {self._place}/{self._bucket}") from error
        if error.code == "NoSuchBucket":
            raise UsageError(
                f"the object store at {self._place} has no bucket {self._bucket!r}: create it with `castlist setup`"
            ) from error
        if error.code in _DENIED:
            what = f"object {key} in bucket" if key else "bucket"
            raise AccessDenied(f"the object store at {self._place} refused access to {what} {self._bucket!r}: {error.message}") from error
        if error.response.status >= 500 or error.code in ("SlowDown", "RequestTimeout"):
            raise DependencyUnavailable(f"the object store at {self._place} failed: {error.message} ({error.code})") from error


def _let_go(error: BaseException) -> None:
    """Forget the variables of the calls that failed: some name the error, which names the calls and all that called them.

    In such a circle a caller's turn, decoder or megabytes stay taken until Python looks for circles; who tries again may wait for
    that very turn.
    """
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__


def _info(key: str, item: Any) -> ObjectInfo:
    return ObjectInfo(key, item.size or 0, item.last_modified.timestamp() if item.last_modified else 0.0)
