"""What a host's answer means: a redirect, a video, or a reason why there is none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another try may not meet."""

_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/(?:[0-9]{1,18}|\*)")
_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response's status, and its headers with names in lower case."""

    status: int
    headers: Mapping[str, str]


def fault_of(answer: Answer, max_bytes: int, *, is_rest: bool = False) -> str | None:
    """Why an answer that is no redirect brings no video, or not the rest of it, and what to do; None if it may."""
    if answer.status != HTTPStatus.OK and not is_rest:
        return _status_fault(answer.status)
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return f"sends the video packed as {encoding[:40]!r}, which was not asked for: download it and hand in the file"
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() in _PAGES:
        return "sends a web page, not a video: give the address of the video file itself"
    length = declared_length(answer)
    if length is not None and length > max_bytes:
        return too_long(max_bytes)
    return None


def strong_etag(answer: Answer) -> str:
    """What names these very bytes (RFC 9110, section 8.8.3), empty where the host names none."""
    etag = answer.headers.get("etag", "").strip()
    return etag if _STRONG_ETAG.fullmatch(etag) else ""


def goes_on(answer: Answer, length: int, etag: str) -> bool:
    """Whether an answer brings what follows the first `length` bytes of what `etag` names."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    is_same = etag != "" and strong_etag(answer) == etag
    return answer.status == HTTPStatus.PARTIAL_CONTENT and is_same and found is not None and int(found[1]) == length


def declared_length(answer: Answer) -> int | None:
    """Bytes that the host says are coming, None where it does not say, or a body of chunks makes it void."""
    text = answer.headers.get("content-length", "").strip()
    if "transfer-encoding" in answer.headers or not (text.isascii() and text.isdecimal()):
        return None
    return int(text[:20])


def too_long(max_bytes: int) -> str:
    return (
        f"sends more than {max_bytes / 1e9:g} GB, the most that is fetched (CASTLIST_FETCH_MAX_GB): shorten the video, or raise the limit"
    )


def _status_fault(status: int) -> str:
    if status in (401, 403, 407):
        return f"refuses it (status {status}): the address may have run out, or want a login; download the video and hand in the file"
    if status in (404, 410):
        return f"has no such file (status {status}): check the address"
    if status in PASSING:
        return f"can't send it now (status {status}): try again later"
    return f"answered with status {status} instead of the video: check the address"
