"""Addresses of videos on the web: which ones are accepted, and what of them may be shown."""

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from castlist.errors import UsageError

HTTPS_PORT = 443

_MAX_CHARACTERS = 8192
_MAX_HOST_CHARACTERS = 253
_MAX_NAME_CHARACTERS = 255
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_SENT_AS_IS = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class SourceUrl:
    """An https address without user name or password.

    `host` is a name in ASCII and lower case, or an IP address without brackets; `path` and `query` are percent-encoded, as they are
    sent. A query may be a key to the video: it stands in no log, message or result.
    """

    host: str
    port: int
    path: str
    query: str

    @property
    def text(self) -> str:
        """All of it, for whoever fetches the video."""
        return f"https://{self.place}{self.request_target}"

    @property
    def request_target(self) -> str:
        """What a host is asked for."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def shown(self) -> str:
        """Host and path, for everyone."""
        return f"https://{self.place}{self.path}"

    @property
    def place(self) -> str:
        """The host, and the port where it is not 443."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """The file's name as the address gives it, printable and no longer than a file's name may be; else the host."""
        name = unquote(self.path).rstrip("/").rpartition("/")[2]
        return "".join(each if each.isprintable() else "_" for each in name[:_MAX_NAME_CHARACTERS]) or self.host


def is_url(text: str) -> bool:
    """Whether a user's word for a video is an address, of whatever kind, and no path."""
    return _SCHEME.match(text) is not None


def parse_source_url(text: str) -> SourceUrl:
    """Raises `UsageError`, which repeats nothing of the address that may be secret."""
    text = text.strip()
    if len(text) > _MAX_CHARACTERS or _UNSAFE.search(text):
        raise UsageError(f"the video's address is longer than {_MAX_CHARACTERS} characters, or holds a backslash or control character")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError("the video's address can't be read: write it as https://host/path") from None
    if parts.scheme != "https":
        raise UsageError(f"only https addresses are fetched, not {parts.scheme or 'such'}: download the video and hand in the file")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the video's address holds a user name or password: give one without, or download the video and hand in the file")
    path = quote(parts.path or "/", safe=_SENT_AS_IS)
    return SourceUrl(_host(parts), HTTPS_PORT if port is None else port, path, quote(parts.query, safe=f"{_SENT_AS_IS}?"))


def redirected(url: SourceUrl, location: str) -> SourceUrl:
    """Where a redirect leads. Raises `UsageError` as for an address of the user's."""
    if _UNSAFE.search(location):
        raise UsageError("the address holds a backslash or control character")
    return parse_source_url(urljoin(url.text, location.strip()))


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    with suppress(ValueError):
        return str(ipaddress.ip_address(host.replace("%", "/")))  # a scope (RFC 4007) is a matter of one machine, not of the web
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if len(name) > _MAX_HOST_CHARACTERS or not _HOST_NAME.fullmatch(name):
        raise UsageError("the video's address names no proper host: write it as https://host/path")
    return name
