"""A connection to a host on the web whose every address was checked, made to the very address that was checked."""

import base64
import errno
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Self
from urllib.parse import unquote, urlsplit

from castlist.domain.egress import Egress
from castlist.domain.source_url import SourceUrl
from castlist.errors import InputError
from services.fetcher.algorithms.addresses import refusal

BEHIND_A_PROXY = "behind a proxy, CASTLIST_FETCH_PROXY names it"
MOST_ADDRESSES = 4
"""Addresses of a host that are tried one after the other."""

_NOT_OURS = (errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EAFNOSUPPORT)
"""This machine lacks the family of an address; what its other addresses say tells more."""

Resolve = Callable[[str, int], Sequence[str]]


class Passing(InputError):
    """The video can't be had, for a reason that may be over soon."""


class TimeLimit:
    """Cuts whatever connection is open once its time is up, even one that trickles."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._fault = ""
        self._whole = self._timer(seconds, f"the video has not come within {seconds:g} s (CASTLIST_FETCH_MAX_S): try a faster host")

    def __enter__(self) -> Self:
        self._whole.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._whole.cancel()

    @contextmanager
    def watching(self, connection: socket.socket) -> Iterator[None]:
        """Watch a connection; what wraps or takes over the socket is cut with it."""
        with connection.dup() as watched:
            with self._lock:
                self._watched = watched
            try:
                yield
            finally:
                with self._lock:
                    self._watched = None

    @contextmanager
    def briefly(self, seconds: float) -> Iterator[None]:
        """A part that must end sooner."""
        timer = self._timer(seconds, f"no answer within {seconds:g} s: try again later, or another host")
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def check(self, host: str) -> None:
        """Raise `InputError` when the time is up."""
        if self._fault:
            raise InputError(f"{host}: {self._fault}")

    def _timer(self, seconds: float, fault: str) -> threading.Timer:
        timer = threading.Timer(seconds, self._cut, [fault])
        timer.daemon = True
        return timer

    def _cut(self, fault: str) -> None:
        with self._lock, suppress(OSError):
            self._fault = self._fault or fault
            if self._watched is not None:
                self._watched.shutdown(socket.SHUT_RDWR)


def resolved(host: str, port: int) -> list[str]:
    """A host's addresses, each once, in the order in which the system would try them. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def trusted(egress: Egress) -> ssl.SSLContext:
    """The system's authorities, and the operator's own."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if egress.ca_file:
        context.load_verify_locations(egress.ca_file)
    return context


@contextmanager
def connected(url: SourceUrl, egress: Egress, trust: ssl.SSLContext, limit: TimeLimit, resolve: Resolve) -> Iterator[HTTPConnection]:
    """A connection to send one request on. TLS is for the address's host name, whatever the name resolves to later.

    Raises `InputError` for a port or an address that may not be reached and for a certificate that does not hold, `Passing` for
    a host that does not answer.
    """
    if url.port not in egress.ports:
        raise InputError(
            f"{url.place}: port {url.port} is not fetched from, only {', '.join(map(str, egress.ports))} (CASTLIST_FETCH_PORTS)"
        )
    with (
        _opened(url, egress, resolve) as plain,
        limit.watching(plain),
        _explained(url, limit),
        _shaken_hands(plain, url, egress, trust, limit) as secured,
    ):
        secured.settimeout(egress.silence_s)
        http = HTTPSConnection(url.host, url.port, context=trust)
        http.auto_open = 0  # it must never look for the host by itself
        http.sock = secured
        yield http


def _shaken_hands(plain: socket.socket, url: SourceUrl, egress: Egress, trust: ssl.SSLContext, limit: TimeLimit) -> ssl.SSLSocket:
    with limit.briefly(egress.answer_s):
        return trust.wrap_socket(plain, server_hostname=url.host)


def _opened(url: SourceUrl, egress: Egress, resolve: Resolve) -> socket.socket:
    if egress.proxy:
        _check_address(url, _spelled_out(url.host), egress)
        return _through_proxy(url, egress)
    fault: OSError | None = None
    for address in _checked(url, egress, resolve)[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((address, url.port), timeout=egress.connect_s)
        except OSError as error:
            if fault is None or fault.errno in _NOT_OURS:
                fault = error
    raise Passing(f"{url.place} can't be reached ({_reason(fault)}): check the address, or try again later; {BEHIND_A_PROXY}") from fault


def _checked(url: SourceUrl, egress: Egress, resolve: Resolve) -> Sequence[str]:
    try:
        addresses = resolve(url.host, url.port)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Passing(f"{url.place} can't be looked up now: try again later") from error
        raise InputError(f"{url.place}: there is no such host: check the address; {BEHIND_A_PROXY}") from error
    except (OSError, UnicodeError) as error:
        raise InputError(f"{url.place} can't be looked up ({error}): check the address") from error
    _check_address(url, addresses, egress)
    return addresses


def _check_address(url: SourceUrl, addresses: Sequence[str], egress: Egress) -> None:
    """One address that may not be reached is enough: who names it besides a public one means harm, or is mistaken."""
    for address in addresses:
        kind = refusal(address, egress.networks)
        if kind is not None:
            raise InputError(
                f"{url.place} is at an address that is {kind}; only hosts on the public web are fetched from: "
                "download the video and hand in the file, or have the operator allow the network (CASTLIST_FETCH_NETWORKS)"
            )


def _through_proxy(url: SourceUrl, egress: Egress) -> socket.socket:
    """A tunnel through the operator's proxy, which looks the host up by itself."""
    proxy = urlsplit(egress.proxy)
    login = f"{unquote(proxy.username or '')}:{unquote(proxy.password or '')}".encode()
    tunnel = HTTPConnection(proxy.hostname or "", proxy.port, timeout=egress.connect_s)
    headers = {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"} if proxy.username else {}
    tunnel.set_tunnel(url.host, url.port, headers)
    try:
        tunnel.connect()
    except (OSError, HTTPException) as error:
        tunnel.close()
        traceback.clear_frames(error.__traceback__)  # in Python 3.11.2 the answer lies there open, and with it the connection
        raise Passing(f"{url.place} can't be reached through the proxy {proxy.hostname} ({error}): ask its operator") from error
    connection = socket.socket(fileno=tunnel.sock.detach())  # the answer to CONNECT would keep the other one from closing
    connection.settimeout(egress.connect_s)
    return connection


@contextmanager
def _explained(url: SourceUrl, limit: TimeLimit) -> Iterator[None]:
    """Say what went wrong on the way, in the user's words."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise InputError(
            f"{url.place}: its certificate does not hold ({error.verify_message}): check the address, or download the video yourself"
        ) from error
    except (OSError, HTTPException) as error:
        limit.check(url.place)
        raise Passing(f"{url.place} broke off ({_reason(error)}): try again later") from error


def _reason(error: Exception | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _spelled_out(host: str) -> list[str]:
    """The address that a host is, also one spelled as systems and proxies read it (`127.1`, `0x7f.1`); none for a name."""
    with suppress(OSError):
        return [socket.inet_ntoa(socket.inet_aton(host))]
    return [host] if refusal(host) != "unreadable" else []
