"""What `castlist status` shows, on a bus of this process, and that it never hangs."""

import asyncio
import socket
import time

from castlist.bootstrap import read_environment
from castlist.codec.documents import encode_json
from cli.commands.status import as_text
from cli.overview import ask_broker, look_around
from services.coordinator.service import Coordinator
from tests.fixtures.coordinated_jobs import Scene, running

ONLINE = {"broker": {"address": "b", "reachable": True, "problem": ""}, "store": {"address": "s", "reachable": True, "problem": ""}}


async def test_queues_workers_and_lag_are_told(tmp_path) -> None:
    scene = Scene(tmp_path)
    idle = await ask_broker(scene.bus)
    assert (idle["workers"], idle["lag"]) == ([], None)
    assert "no service answers" in as_text(ONLINE | idle)
    assert "no coordinator answers" in as_text(ONLINE | idle)
    async with running(Coordinator(scene.bus, scene.store).run), scene.worker():
        await scene.submit("film")
        await scene.ended("film")
        async with asyncio.timeout(5):
            while any((found := await ask_broker(scene.bus))["lag"].values()):
                await asyncio.sleep(0.01)
    assert {worker["service"] for worker in found["workers"]} == {"coordinator", "worker"}
    assert found["lag"] == {"JOBS": 0, "EVENTS": 0}
    jobs, tasks, events, dead = (stream["messages"] for stream in found["streams"])
    assert (jobs, tasks, dead) == (1, 0, 0)
    assert events >= 12, "one for each task; a sweep may have asked for one again"
    text = as_text(ONLINE | found)
    assert "the coordinator has considered everything" in text
    assert "compare:1 detect:1" in text
    assert encode_json(ONLINE | found)


async def test_a_task_in_hand_is_told_and_what_waits(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("film")
        delivery = await scene.bus.fetch_task("plan", 5.0)
        assert delivery is not None
        (plan,) = (queue for queue in (await ask_broker(scene.bus))["queues"] if queue["kind"] == "plan")
    assert 0 <= plan.pop("oldest_s") < 60
    assert plan == {"kind": "plan", "waiting": 0, "in_hand": 1, "redelivered": 0, "dead": 0}


async def test_servers_that_take_connections_and_say_nothing_are_told_in_time(monkeypatch) -> None:
    monkeypatch.setattr("cli.overview.PATIENCE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        found = await look_around(
            read_environment(
                {
                    "CASTLIST_NATS_URL": f"nats://{place}",
                    "CASTLIST_S3_ENDPOINT": place,
                    "CASTLIST_S3_ACCESS_KEY": "key",
                    "CASTLIST_S3_SECRET_KEY": "secret",
                }
            )
        )
    assert time.monotonic() - started < 2
    assert (found["broker"]["reachable"], found["store"]["reachable"], found["queues"]) == (False, False, None)
    assert "NOT REACHABLE: " in as_text(found)
