"""Waiting that ends at once when a service is told to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless_stopped(stop: asyncio.Event, call: Coroutine[Any, Any, T]) -> T | None:
    """What the call returns, or None when `stop` is set before, which cancels the call.

    What it had in hand at that moment is returned all the same.
    """
    calling, stopping = asyncio.create_task(call), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({calling, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        calling.cancel()
    await asyncio.wait({calling})
    return None if calling.cancelled() else calling.result()
