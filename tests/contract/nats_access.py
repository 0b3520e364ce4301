"""Connections to the NATS servers of tests."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from castlist.adapters.nats_bus import NatsBus, NatsCredentials, create_topology
from castlist.adapters.nats_connection import NatsConnection
from castlist.errors import DependencyUnavailable
from tests.contract.message_bus_contract import MAX_DELIVER, MAX_IN_FLIGHT
from tests.servers import NatsServer, nats_server

ACK_WAIT_S = 1.0


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[NatsServer]:
    """For tests that stop it."""
    with nats_server(tmp_path / "nats") as running:
        yield running


async def make_topology(url: str, **changes: float) -> None:
    limits = {"ack_wait_s": ACK_WAIT_S, "max_deliver": MAX_DELIVER, "max_in_flight": MAX_IN_FLIGHT} | changes
    await create_topology(url, **limits)  # type: ignore[arg-type]


@asynccontextmanager
async def connected(url: str, *, timeout_s: float = 5.0, credentials: NatsCredentials | None = None) -> AsyncIterator[NatsBus]:
    bus = await NatsBus.connect(url, timeout_s=timeout_s, credentials=credentials)
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[NatsConnection]:
    connection = NatsConnection(url, NatsCredentials(), "administrator", timeout_s=5)
    try:
        yield connection
    finally:
        await connection.close()


async def delete_streams(url: str, *names: str) -> None:
    async with administrator(url) as connection:
        for name in names:
            with suppress(DependencyUnavailable):
                await connection.api(f"STREAM.DELETE.{name}")
