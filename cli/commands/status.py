"""`castlist status`: broker, store, queues and services at a glance."""

import asyncio
from argparse import Namespace
from typing import Any

from castlist.bootstrap import client_environment
from castlist.codec.documents import encode_json
from cli.columns import byte_count, duration, table
from cli.exit_codes import DONE, FAILED
from cli.overview import look_around


def execute(options: Namespace) -> int:
    """Show it, as text or as JSON; failed when broker or store can't be reached."""
    found = asyncio.run(look_around(client_environment()))
    print(encode_json(found).decode() if options.json else as_text(found), end="" if options.json else "\n")
    return DONE if found["broker"]["reachable"] and found["store"]["reachable"] else FAILED


def as_text(found: dict[str, Any]) -> str:
    """Tables one below the other; only what could be found out."""
    parts = [table(("SERVER", "ADDRESS", ""), [_server(name, found[name]) for name in ("broker", "store")])]
    if found["broker"]["reachable"]:
        parts += [_queues(found["queues"]), _streams(found["streams"]), _workers(found["workers"]), _lag(found["lag"])]
    return "\n\n".join(parts)


def _server(name: str, server: dict[str, Any]) -> tuple[str, ...]:
    return name, server["address"], "reachable" if server["reachable"] else f"NOT REACHABLE: {server['problem']}"


def _queues(queues: list[dict[str, Any]]) -> str:
    rows = [
        (
            queue["kind"],
            queue["waiting"],
            queue["in_hand"],
            queue["redelivered"],
            queue["dead"],
            "" if queue["oldest_s"] is None else duration(queue["oldest_s"]),
        )
        for queue in queues
    ]
    return table(("QUEUE", "WAITING", "IN HAND", "REDELIVERED", "DEAD", "OLDEST"), rows)


def _streams(streams: list[dict[str, Any]]) -> str:
    return table(("STREAM", "MESSAGES", "SIZE"), [(stream["name"], stream["messages"], byte_count(stream["bytes"])) for stream in streams])


def _workers(workers: list[dict[str, Any]]) -> str:
    if not workers:
        return "no service answers: start them, nothing moves without"
    rows = [
        (
            worker["service"],
            worker["process"],
            worker["version"],
            duration(worker["up_s"]),
            " ".join(f"{stage}:{count}" for stage, count in worker["slots"].items()),
            ", ".join(f"{task['job']} {task['stage']} {task['index']} ({duration(task['for_s'])})" for task in worker["in_hand"]),
        )
        for worker in workers
    ]
    return table(("SERVICE", "PROCESS", "VERSION", "UP", "SLOTS", "IN HAND"), rows)


def _lag(lag: dict[str, int] | None) -> str:
    if lag is None:
        return "no coordinator answers: events are kept, and considered when one runs"
    behind = [f"{count} of {log}" for log, count in lag.items() if count]
    return f"the coordinator is behind by {' and '.join(behind)} entries" if behind else "the coordinator has considered everything"
