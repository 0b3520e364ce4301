"""What a service says of its own health."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.errors import AccessDenied, CastlistError, DependencyUnavailable
from castlist.worker import vitals as vitals_module
from castlist.worker.vitals import TaskThreads, Vitals


def fault_while(compute: Callable[[], None], *, stuck_after_s: float, for_s: float) -> str:
    """What is said about a thread that computes, after some time with looks in between."""
    threads = TaskThreads(stuck_after_s)

    def task() -> None:
        with threads.computing("group task 0 of job j"):
            compute()

    thread = threading.Thread(target=task, daemon=True)
    thread.start()
    deadline_s = time.monotonic() + for_s
    fault = ""
    while time.monotonic() < deadline_s and not fault:
        time.sleep(0.02)
        fault = threads.fault()
    return fault


def test_a_thread_that_waits_for_ever_is_stuck() -> None:
    never = threading.Event()
    fault = fault_while(lambda: never.wait(5) and None, stuck_after_s=0.2, for_s=2)
    never.set()
    assert fault.startswith("the thread of group task 0 of job j has not moved for")


def test_a_thread_that_computes_is_not_stuck() -> None:
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            sum(range(1000))

    fault = fault_while(count, stuck_after_s=0.3, for_s=0.8)
    done.set()
    assert fault == ""


def test_no_task_in_hand_is_no_fault() -> None:
    assert fault_while(lambda: None, stuck_after_s=0.01, for_s=0.1) == ""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_ready_means_started_with_broker_and_store(tmp_path: Path) -> None:
    vitals = Vitals(DirectoryStore(tmp_path))
    assert (vitals.not_alive(), vitals.not_ready()) == ("", "starting: waits for the broker")
    vitals.says("")
    assert vitals.not_ready() == ""
    vitals.says("stopping")
    assert vitals.not_ready() == "stopping"


@pytest.mark.parametrize("fault", [DependencyUnavailable("no broker answers"), AccessDenied("it refuses this user")])
async def test_a_broker_that_is_gone_or_refuses_makes_it_unready(fault: CastlistError, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(vitals_module, "_LOOK_S", 0.01)
    gone = True

    async def ping() -> None:
        if gone:
            raise fault

    vitals = Vitals(DirectoryStore(tmp_path))
    vitals.says("")
    watching = asyncio.create_task(vitals.watch_broker(ping))
    await until(lambda: vitals.not_ready() == str(fault))
    assert vitals.not_alive() == ""
    gone = False
    await until(lambda: vitals.not_ready() == "")
    watching.cancel()


async def test_a_store_that_hangs_makes_it_unready_and_holds_up_nobody(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(vitals_module, "_LONGEST_LOOK_S", 0.05)
    hangs = threading.Event()

    class Hanging(DirectoryStore):
        def stat(self, key: str) -> None:
            hangs.wait(5)

    vitals = Vitals(Hanging(tmp_path))
    vitals.says("")
    vitals.watch_store()
    await until(lambda: vitals.not_ready().startswith("the object store has not answered for"))
    hangs.set()
    await until(lambda: vitals.not_ready() == "")
    vitals.end()


def test_a_loop_that_stands_still_is_not_alive(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(vitals_module, "LONGEST_TICK_S", 0.01)
    vitals = Vitals(DirectoryStore(tmp_path))
    time.sleep(0.02)
    assert vitals.not_alive().startswith("the event loop has stood still")
    assert vitals.not_ready() == vitals.not_alive()
