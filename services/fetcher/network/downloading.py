"""A video from the web to a local file: every redirect checked, bounded in size and time, hashed on the way."""

import hashlib
import shutil
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, BinaryIO

from castlist import __version__
from castlist.domain.egress import Egress
from castlist.domain.source_url import SourceUrl, redirected
from castlist.errors import InputError, TaskFailed, UsageError
from services.fetcher.algorithms.answers import PASSING, REDIRECTS, Answer, declared_length, fault_of, goes_on, strong_etag, too_long
from services.fetcher.network.connecting import Passing, Resolve, TimeLimit, connected, resolved, trusted

Advance = Callable[[int, int | None], None]

MOST_REDIRECTS = 5
TRIES = 3

_CHUNK_BYTES = 1 << 18
_HEADERS = {"User-Agent": f"castlist/{__version__}", "Accept": "video/*, */*;q=0.5", "Accept-Encoding": "identity", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a file holds: length in bytes, SHA-256 as 64 hex digits."""

    length: int
    sha256: str


def unheard(_: int, __: int | None) -> None:
    """For whoever does not want to know how far it is."""


@dataclass(slots=True)
class _Part:
    """What has come so far, in the target, of the bytes that `etag` names; without an etag it can't be gone on with."""

    etag: str = ""
    length: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


@dataclass(slots=True)
class _Download:
    """What all tries and hops of one video share."""

    target: Path
    egress: Egress
    trust: ssl.SSLContext
    limit: TimeLimit
    resolve: Resolve
    advance: Advance
    part: _Part = field(default_factory=_Part)

    def headers(self) -> dict[str, str]:
        """Ask for the rest, if it is still the rest of the same, else for all of it."""
        rest = {"Range": f"bytes={self.part.length}-", "If-Range": self.part.etag}
        return _HEADERS | (rest if self.part.etag and self.part.length else {})


def fetch(url: SourceUrl, target: Path, egress: Egress, resolve: Resolve = resolved, advance: Advance = unheard) -> Fetched:
    """Write what an address holds to a file of ours; `advance` is told of bytes that came, and of those that are to come in all.

    Raises `InputError` for what can't, or may not, be fetched, after some tries where another one may do better, and `TaskFailed`
    where this machine has no room for it.
    """
    with TimeLimit(egress.whole_s) as limit:
        download = _Download(target, egress, trusted(egress), limit, resolve, advance)
        for tried in range(1, TRIES):
            try:
                return _fetch_once(url, download)
            except Passing:
                time.sleep(egress.retry_s * tried)
        return _fetch_once(url, download)


def _fetch_once(url: SourceUrl, download: _Download) -> Fetched:
    egress, limit = download.egress, download.limit
    for _ in range(MOST_REDIRECTS + 1):
        limit.check(url.place)
        with connected(url, egress, download.trust, limit, download.resolve) as http:
            with limit.briefly(egress.answer_s):
                http.request("GET", url.request_target, headers=download.headers())
                response = http.getresponse()
            with response:
                answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()})
                if answer.status not in REDIRECTS:
                    return _save(response, answer, url, download)
        url = _next(url, answer)
    raise InputError(f"{url.place}: the address leads on more than {MOST_REDIRECTS} times: give the one of the video file itself")


def _next(url: SourceUrl, answer: Answer) -> SourceUrl:
    try:
        return redirected(url, answer.headers.get("location", ""))
    except UsageError as fault:
        raise InputError(f"{url.place} leads to another address that is not followed: {fault}") from fault


def _save(response: HTTPResponse, answer: Answer, url: SourceUrl, download: _Download) -> Fetched:
    part, is_rest = download.part, goes_on(answer, download.part.length, download.part.etag)
    fault, coming = fault_of(answer, download.egress.max_bytes, is_rest=is_rest), declared_length(answer)
    if fault is not None:
        if answer.status in PASSING:
            raise Passing(f"{url.place} {fault}")
        download.part = _Part()
        raise (Passing if part.etag and part.length else InputError)(f"{url.place} {fault}")
    if coming is not None and coming > shutil.disk_usage(download.target.parent).free:
        raise TaskFailed(f"{url.place} sends {coming / 1e9:.1f} GB, for which the fetcher has no room: give it a larger disk")
    if not is_rest:
        part = download.part = _Part(strong_etag(answer))
    expected = None if coming is None else part.length + coming
    _copy(response, url, download, expected)
    if expected is not None and part.length != expected:
        raise Passing(f"{url.place} sent {part.length:,} bytes of {expected:,} and broke off: try again later")
    if part.length == 0:
        raise InputError(f"{url.place} sent an empty file: check the address")
    return Fetched(part.length, part.digest.hexdigest())


def _copy(response: HTTPResponse, url: SourceUrl, download: _Download, expected: int | None) -> None:
    egress, limit, part = download.egress, download.limit, download.part
    began_s, came = time.monotonic(), 0
    with download.target.open("ab" if part.length else "wb") as file:
        while chunk := response.read1(_CHUNK_BYTES):
            came += len(chunk)
            if part.length + len(chunk) > egress.max_bytes:
                raise InputError(f"{url.place} {too_long(egress.max_bytes)}")
            _write(file, chunk)
            part.digest.update(chunk)
            part.length += len(chunk)
            download.advance(part.length, expected)
            limit.check(url.place)
            lasted_s = time.monotonic() - began_s
            if lasted_s > egress.answer_s and came < lasted_s * egress.least_bytes_per_s:
                raise InputError(f"{url.place} sends less than {egress.least_bytes_per_s:,} bytes a second: try a faster host")
    limit.check(url.place)


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise TaskFailed(f"the fetcher can't write the video to its disk ({error.strerror}): give it a larger one") from error
