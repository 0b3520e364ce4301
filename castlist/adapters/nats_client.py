"""nats-py's client: its settings, and how to connect and close it so that nothing of it goes on."""

import asyncio
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats.errors
from nats.aio.client import Client

from castlist.errors import AccessDenied, CastlistError, DependencyUnavailable

SETTINGS = {
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": 0.5,
    "connect_timeout": 2,
    "ping_interval": 10,
    "max_outstanding_pings": 2,
    "pending_size": 0,  # publishing while disconnected fails instead of being buffered
}

_AGAIN_S = 0.05
_HANG_UP_S = 2.0
_REFUSED_LOGIN = ("authorization violation", "authentication")


class PlainText(nats.errors.Error):
    """The address says `tls://`, and the server offers none."""


class CarefulClient(Client):
    """What nats-py does not look after.

    It gives its password to no one in plain text where the address says `tls://`, and leaves no connection open whose handshake failed.
    """

    async def _connect_to_server(self, server: Any) -> None:
        await _hang_up(self._transport)
        await super()._connect_to_server(server)

    def _connect_command(self) -> bytes:
        server = self._current_server
        if server is not None and server.uri.scheme == "tls" and not self._server_info.get("tls_required"):
            raise PlainText
        return super()._connect_command()


def trouble(error: Exception, place: str) -> CastlistError:
    """What a failed attempt to connect means: `AccessDenied` if trying again won't help."""
    if any(words in str(error).lower() for words in _REFUSED_LOGIN):
        return AccessDenied(f"the broker at {place} refused the credentials: check user, password or token")
    if isinstance(error, ssl.SSLCertVerificationError):
        return AccessDenied(
            f"the certificate of the broker at {place} is not trusted ({error.verify_message}): "
            "name the authority that signed it in CASTLIST_TLS_CA_FILE"
        )
    if isinstance(error, PlainText):
        return AccessDenied(f"the broker at {place} offers no TLS: switch it on there, or say nats:// instead of tls://")
    return DependencyUnavailable(f"no broker answers at {place}: {error}")


@dataclass(frozen=True, slots=True)
class NatsCredentials:
    """Who we are (user and password, or a token), and which certificate authority the server's certificate is from."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    tls_ca_file: Path | None = None

    def options(self) -> dict[str, Any]:
        """Options of nats-py's `connect`."""
        options: dict[str, Any] = {"user": self.user, "password": self.password} if self.user else {}
        if self.token:
            options["token"] = self.token
        if self.tls_ca_file:
            options["tls"] = ssl.create_default_context(cafile=str(self.tls_ca_file))
        return options


async def connect_client(client: Any, servers: list[str], options: dict[str, Any]) -> None:
    """Connect, which is tried for ever: whoever calls this bounds it."""
    connecting = asyncio.create_task(client.connect(servers, **options))
    try:
        await asyncio.shield(connecting)
    finally:
        await _end(connecting)


async def close_client(client: Any) -> None:
    """Close a client, whatever its state: nats-py leaves one alone that it calls closed, be it closed by half."""
    await _carried_out(client.close())
    if client._reconnection_task is not None:  # noqa: SLF001
        await _end(client._reconnection_task)  # noqa: SLF001
        await _carried_out(client.close())
    await _hang_up(client._transport)  # noqa: SLF001


async def _hang_up(transport: Any | None) -> None:
    """Close a connection, and wait a while for the other end to agree."""
    if transport is not None:
        transport.close()
        await _carried_out(transport.wait_closed(), _HANG_UP_S)


async def _carried_out(call: Coroutine[Any, Any, None], limit_s: float | None = None) -> None:
    """Await what may fail, in a task of its own: nats-py cancels futures that it awaits later, which is no cancellation of ours."""
    task = asyncio.create_task(call)
    await asyncio.wait({task}, timeout=limit_s)
    await _end(task)
    with suppress(nats.errors.Error, OSError, asyncio.CancelledError):
        task.result()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until it works: a connection attempt that ends at the same moment swallows a cancellation (Python 3.11)."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_S)
    if not task.cancelled():
        task.exception()
