import pytest

from services.fetcher.algorithms.answers import Answer, declared_length, fault_of, goes_on, strong_etag


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "video/mp4", "content-length": "1000"},
        {"content-type": "text/plain", "content-encoding": "Identity"},  # what some hosts call a file that they don't know
        {"content-type": "application/octet-stream", "transfer-encoding": "chunked", "content-length": "2000"},
    ],
)
def test_a_video_may_come(headers):
    assert fault_of(Answer(200, headers), max_bytes=1000) is None


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (404, {}, "has no such file (status 404): check the address"),
        (403, {}, "refuses it (status 403): the address may have run out"),
        (401, {}, "refuses it (status 401)"),
        (503, {}, "can't send it now (status 503): try again later"),
        (206, {}, "answered with status 206 instead of the video"),
        (304, {}, "answered with status 304"),
        (200, {"content-encoding": "gzip"}, "sends the video packed as 'gzip'"),
        (200, {"content-type": "text/HTML; charset=utf-8"}, "sends a web page, not a video"),
        (200, {"content-length": "1001"}, "sends more than 1e-06 GB"),
        (200, {"content-length": "9" * 5000}, "sends more than 1e-06 GB"),
    ],
)
def test_or_it_is_said_why_not(status, headers, reason):
    assert reason in (fault_of(Answer(status, headers), max_bytes=1000) or "")


@pytest.mark.parametrize(("text", "length"), [("0", 0), (" 12 ", 12), ("-1", None), ("1e3", None), ("", None), ("٣", None)])
def test_a_length_is_believed_where_it_is_a_number(text, length):
    assert declared_length(Answer(200, {"content-length": text})) == length


@pytest.mark.parametrize(
    ("text", "etag"), [('"a1"', '"a1"'), (' "a1" ', '"a1"'), ('W/"a1"', ""), ("a1", ""), ('""', ""), ('"a\r\nX: y"', ""), (None, "")]
)
def test_bytes_are_named_by_a_strong_etag_alone(text, etag):
    assert strong_etag(Answer(200, {} if text is None else {"etag": text})) == etag


@pytest.mark.parametrize(
    ("status", "content_range", "etag", "expected"),
    [
        (206, "bytes 5-9/10", '"a"', True),
        (206, "bytes 5-9/*", '"a"', True),
        (200, "bytes 5-9/10", '"a"', False),
        (206, "bytes 4-9/10", '"a"', False),
        (206, "bytes 5-9/10", '"b"', False),
        (206, "bytes 5-9/10", 'W/"a"', False),
        (206, "lines 5-9/10", '"a"', False),
        (206, "", '"a"', False),
    ],
)
def test_the_rest_is_what_follows_in_the_same_bytes(status, content_range, etag, expected):
    answer = Answer(status, {"content-range": content_range, "etag": etag})
    assert goes_on(answer, 5, '"a"') is expected
    assert not goes_on(answer, 5, "")


def test_the_rest_is_no_fault():
    assert fault_of(Answer(206, {"content-length": "5"}), max_bytes=1000, is_rest=True) is None
