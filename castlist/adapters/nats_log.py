"""Reading a log in order, across restarts of the broker."""

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from castlist.adapters.nats_connection import NatsConnection
from castlist.adapters.nats_pull import LONGEST_PULL_S, headers_of, pull
from castlist.errors import CastlistError, DependencyUnavailable, LogRestarted
from castlist.ports import LogEntry

log = logging.getLogger("castlist.nats")

_BATCH = 100
_RETRY_S = 0.2
_IDLE_CONSUMER_S = 30


class LogReader:
    """Entries of a log that match a filter, each once and in order.

    Reads through a short-lived consumer without acknowledgements. Whenever that is lost, or skips a delivery,
    another one starts at the last entry that was read. If that entry is no longer the same, or the log ends
    before it or is a new one, `LogRestarted` is raised. A lost entry whose number went to one outside of the filter
    looks like one that was purged, and is not noticed.
    """

    def __init__(self, connection: NatsConnection, stream: str, subject_filter: str, from_sequence: int = 1) -> None:
        self._connection = connection
        self._stream = stream
        self._filter = subject_filter
        self._next = from_sequence
        self._last_read: Any = None
        self._created = ""
        self._skipped = False

    async def follow(self) -> AsyncGenerator[LogEntry, None]:
        """Entries as they come, until the connection is closed."""
        while not self._connection.closed:
            try:
                async with aclosing(self._entries(LONGEST_PULL_S)) as entries:
                    async for entry in entries:
                        yield entry
            except DependencyUnavailable as error:
                log.info("following %s waits: %s", self._filter, error)
                await asyncio.sleep(_RETRY_S)

    async def read(self) -> list[LogEntry]:
        """Entries that are there now."""
        found: list[LogEntry] = []
        while True:
            async with aclosing(self._entries(0)) as entries:
                async for entry in entries:
                    found.append(entry)
                    if entry.pending == 0:
                        return found
            if not self._skipped:
                return found

    async def count(self) -> int:
        """How many entries there are now."""
        consumer, pending = await self._create_consumer()
        await self._drop_consumer(consumer)
        return pending

    async def _entries(self, expires_s: float) -> AsyncGenerator[LogEntry, None]:
        """Entries of one consumer, until a delivery was lost, or until there are no more if `expires_s` is 0."""
        self._skipped = False
        await self._check_log()
        consumer, _ = await self._create_consumer()
        delivered = pending = 0
        try:
            while not self._skipped:
                before = delivered
                async with aclosing(pull(self._connection, self._stream, consumer, batch=_BATCH, expires_s=expires_s)) as messages:
                    async for message in messages:
                        delivered, pending = delivered + 1, message.metadata.num_pending
                        if message.metadata.sequence.consumer != delivered:
                            self._skipped = True
                            return
                        if not self._was_read(message):
                            self._last_read, self._next = message, message.metadata.sequence.stream + 1
                            yield _entry(message)
                is_short = delivered < before + _BATCH
                self._skipped = is_short and pending > 0  # the last delivery of all was lost
                if is_short and expires_s == 0:
                    return
        finally:
            await self._drop_consumer(consumer)

    async def _check_log(self) -> None:
        info = await self._connection.api(f"STREAM.INFO.{self._stream}")
        end, created = int(info["state"]["last_seq"]), str(info["created"])
        if end < self._next - 1 or self._created not in ("", created):
            raise LogRestarted(f"{self._stream} was read up to {self._next - 1} and ends at {end} now, made at {created}")
        self._created = created

    def _was_read(self, message: Any) -> bool:
        """Whether this is the entry that was read last, delivered again by a new consumer."""
        sequence = message.metadata.sequence.stream
        if self._last_read is None or sequence >= self._next:
            return False
        if (message.subject, message.metadata.timestamp) != (self._last_read.subject, self._last_read.metadata.timestamp):
            raise LogRestarted(f"entry {sequence} of {self._stream} is not the one that was read")
        return True

    async def _create_consumer(self) -> tuple[str, int]:
        """Name of a new consumer, and how many entries wait for it."""
        name = f"reader-{secrets.token_hex(8)}"
        start = self._next if self._last_read is None else self._last_read.metadata.sequence.stream
        config = {
            "name": name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": max(start, 1),
            "ack_policy": "none",
            "max_deliver": 1,
            "filter_subject": self._filter,
            "inactive_threshold": int(_IDLE_CONSUMER_S * 1e9),
            "mem_storage": True,
            "num_replicas": 1,
        }
        verb = f"CONSUMER.CREATE.{self._stream}.{name}.{self._filter}"
        info = await self._connection.api(verb, {"stream_name": self._stream, "config": config})
        return name, int(info["num_pending"])

    async def _drop_consumer(self, name: str) -> None:
        try:
            await self._connection.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}", b"", timeout_s=0)
        except CastlistError:
            log.debug("consumer %s is left to the broker, which drops it when idle", name)


def _entry(message: Any) -> LogEntry:
    position = message.metadata
    return LogEntry(
        position.sequence.stream, message.subject, message.data, position.num_pending, position.timestamp.timestamp(), headers_of(message)
    )
