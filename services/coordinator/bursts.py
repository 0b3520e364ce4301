"""Log entries in bursts, so that what came together is decided on together."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from castlist.ports import LogEntry


async def bursts(entries: AsyncIterator[LogEntry], longest: int) -> AsyncGenerator[list[LogEntry], None]:
    """What has come by now, as soon as something has; about `longest` entries at most."""
    waiting: asyncio.Queue[LogEntry] = asyncio.Queue(longest)

    async def read() -> None:
        async for entry in entries:
            await waiting.put(entry)

    reading, getting = asyncio.create_task(read()), asyncio.create_task(waiting.get())
    try:
        while getting.done() or not (reading.done() and waiting.empty()):
            if getting.done():
                yield [getting.result(), *(waiting.get_nowait() for _ in range(waiting.qsize()))]
                getting = asyncio.create_task(waiting.get())
            if not (reading.done() and waiting.empty()):
                await asyncio.wait({getting} if reading.done() else {getting, reading}, return_when=asyncio.FIRST_COMPLETED)
        reading.result()
    finally:
        for task in (reading, getting):
            task.cancel()
        await asyncio.gather(reading, getting, return_exceptions=True)
