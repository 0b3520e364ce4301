import asyncio

import pytest

from castlist.worker.stopping import unless_stopped


async def value(delay_s: float, ended: list[str]) -> str:
    try:
        await asyncio.sleep(delay_s)
    except asyncio.CancelledError:
        ended.append("cancelled")
        raise
    return "value"


async def test_a_call_that_ends_in_time_returns_its_value() -> None:
    assert await unless_stopped(asyncio.Event(), value(0, [])) == "value"


async def test_a_stop_cancels_the_call() -> None:
    stop, ended = asyncio.Event(), list[str]()
    asyncio.get_running_loop().call_later(0.01, stop.set)
    async with asyncio.timeout(1):
        assert await unless_stopped(stop, value(60, ended)) is None
    assert ended == ["cancelled"]


async def test_what_came_together_with_the_stop_is_not_lost() -> None:
    stop = asyncio.Event()

    async def both() -> str:
        stop.set()
        return "in hand"

    assert await unless_stopped(stop, both()) == "in hand"


async def test_an_error_passes_through() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless_stopped(asyncio.Event(), fail())


async def test_cancelling_from_outside_cancels_the_call() -> None:
    ended: list[str] = []
    waiting = asyncio.create_task(unless_stopped(asyncio.Event(), value(60, ended)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert ended == ["cancelled"]
