import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.source_url import SourceUrl, is_url, parse_source_url, redirected
from castlist.errors import UsageError


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("https://host.example/a/b.mp4", SourceUrl("host.example", 443, "/a/b.mp4", ""), "b.mp4"),
        ("https://HOST.example.:8443/a?b=c&d#e", SourceUrl("host.example", 8443, "/a", "b=c&d"), "a"),
        (" https://host.example \n", SourceUrl("host.example", 443, "/", ""), "host.example"),
        ("HTTPS://host.example/folder/", SourceUrl("host.example", 443, "/folder/", ""), "folder"),
        (
            "https://münchen.example/zwei Köpfe.mp4",
            SourceUrl("xn--mnchen-3ya.example", 443, "/zwei%20K%C3%B6pfe.mp4", ""),
            "zwei Köpfe.mp4",
        ),
        (
            "https://host.example/100%25%20sure.mp4?k=a%2Fb",
            SourceUrl("host.example", 443, "/100%25%20sure.mp4", "k=a%2Fb"),
            "100% sure.mp4",
        ),
        ("https://[2606:4700::1111]:8443/a", SourceUrl("2606:4700::1111", 8443, "/a", ""), "a"),
        ("https://10.0.0.1/a", SourceUrl("10.0.0.1", 443, "/a", ""), "a"),  # whether it may be reached is the fetcher's to say
    ],
)
def test_an_address_is_taken_apart(text, url, name):
    assert parse_source_url(text) == url
    assert parse_source_url(url.text) == url
    assert url.name == name


def test_a_name_has_one_line():
    assert parse_source_url("https://host.example/a%0Ab%1B%2Fc%0D.mp4").name == "c_.mp4"
    assert parse_source_url(f"https://host.example/{'a' * 300}").name == "a" * 255


def test_what_is_shown_holds_no_query():
    url = parse_source_url("https://host.example:8443/a.mp4?X-Amz-Signature=secret")
    assert url.shown == "https://host.example:8443/a.mp4"
    assert url.place == "host.example:8443"
    assert url.request_target == "/a.mp4?X-Amz-Signature=secret"
    assert parse_source_url("https://[2606:4700::1111]/").place == "[2606:4700::1111]"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://host.example/a", "only https addresses are fetched, not http: "),
        ("file:///etc/passwd", "only https addresses are fetched, not file: "),
        ("ftp://host.example/a", "not ftp: "),
        ("host.example/a", "not such: "),
        ("https://user:secret@host.example/a", "holds a user name or password"),
        ("https://@host.example/a", "holds a user name or password"),
        ("https://host.example\\@10.0.0.1/a", "backslash"),
        ("https://host.example/a\r\nHost: other", "control character"),
        ("https://host.example:port/a", "can't be read"),
        ("https://host.example:70000/a", "can't be read"),
        ("https://[::1/a", "can't be read"),
        ("https:///a", "no proper host"),
        ("https://ho st/a", "no proper host"),
        ("https://-host.example/a", "no proper host"),
        ("https://host..example/a", "no proper host"),
        (f"https://{'a' * 64}.example/a", "no proper host"),
        (f"https://{'a.' * 127}aa/a", "no proper host"),
        ("https://[fe80::1%25eth0]/a", "no proper host"),
        ("https://host%2eexample/a", "no proper host"),
        (f"https://host.example/{'a' * 8192}", "longer than"),
    ],
)
def test_what_is_not_accepted_is_said_without_its_secrets(text, reason):
    with pytest.raises(UsageError) as caught:
        parse_source_url(text)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("/b.mp4?k=1", "https://host.example:8443/b.mp4?k=1"),
        ("c.mp4", "https://host.example:8443/folder/c.mp4"),
        ("//other.example/d", "https://other.example/d"),
        ("https://other.example/e", "https://other.example/e"),
    ],
)
def test_a_redirect_is_read_from_where_it_was_given(location, text):
    assert redirected(parse_source_url("https://host.example:8443/folder/a.mp4?key=1"), location).text == text


@pytest.mark.parametrize("location", ["http://host.example/a", "file:///etc/passwd", "https://u:p@host.example/", "/a\nb", "\\\\other\\a"])
def test_a_redirect_is_held_to_the_same_rules(location):
    with pytest.raises(UsageError):
        redirected(parse_source_url("https://host.example/a"), location)


@given(st.text())
def test_whatever_a_user_types_is_accepted_as_ascii_or_refused_in_words(text):
    for address in (text, f"https://{text}", f"https://host.example/{text}"):
        try:
            url = parse_source_url(address)
        except UsageError:
            continue
        assert url.text.isascii()
        assert url.text.isprintable()
        assert url.name.isprintable()
        assert 0 < len(url.name) <= 255
        assert parse_source_url(url.text) == url


def test_a_path_is_no_address():
    assert [is_url(text) for text in ("https://h/a", "HTTP://h", "s3://b/k", "video.mp4", "/a/b.mp4", "C:\\a", "a:b.mp4", "https:/h")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]
