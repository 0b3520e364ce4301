"""A video from the web to a local file: every redirect checked, bounded in size and time, hashed on the way."""

import hashlib
import shutil
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from castlist import __version__
from castlist.domain.egress import Egress
from castlist.domain.source_url import SourceUrl, redirected
from castlist.errors import InputError, TaskFailed, UsageError
from services.fetcher.algorithms.answers import PASSING, REDIRECTS, Answer, declared_length, fault_of, too_long
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


@dataclass(frozen=True, slots=True)
class _Download:
    """What all tries and hops of one video share."""

    target: Path
    egress: Egress
    trust: ssl.SSLContext
    limit: TimeLimit
    resolve: Resolve
    advance: Advance


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
                http.request("GET", url.request_target, headers=_HEADERS)
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
    egress, limit = download.egress, download.limit
    fault, expected = fault_of(answer, egress.max_bytes), declared_length(answer)
    if fault is not None:
        raise (Passing if answer.status in PASSING else InputError)(f"{url.place} {fault}")
    if expected is not None and expected > shutil.disk_usage(download.target.parent).free:
        raise TaskFailed(f"{url.place} sends {expected / 1e9:.1f} GB, for which the fetcher has no room: give it a larger disk")
    digest, length, began_s = hashlib.sha256(), 0, time.monotonic()
    with download.target.open("wb") as file:
        while chunk := response.read1(_CHUNK_BYTES):
            length += len(chunk)
            if length > egress.max_bytes:
                raise InputError(f"{url.place} {too_long(egress.max_bytes)}")
            digest.update(chunk)
            _write(file, chunk)
            download.advance(length, expected)
            limit.check(url.place)
            lasted_s = time.monotonic() - began_s
            if lasted_s > egress.answer_s and length < lasted_s * egress.least_bytes_per_s:
                raise InputError(f"{url.place} sends less than {egress.least_bytes_per_s:,} bytes a second: try a faster host")
    limit.check(url.place)
    if expected is not None and length != expected:
        raise Passing(f"{url.place} sent {length:,} bytes of {expected:,} and broke off: try again later")
    if length == 0:
        raise InputError(f"{url.place} sent an empty file: check the address")
    return Fetched(length, digest.hexdigest())


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise TaskFailed(f"the fetcher can't write the video to its disk ({error.strerror}): give it a larger one") from error
