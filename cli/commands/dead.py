"""`castlist dead list`: dead letters and every other failure that ended a job."""

import asyncio
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from castlist.bootstrap import Environment, client_environment, connected_bus
from castlist.codec.documents import encode_json
from cli.columns import table
from cli.exit_codes import DONE
from cli.watching import JobView, read_jobs
from services.coordinator.algorithms.decide import Status


def execute(options: Namespace) -> int:
    """List them, those of the newest jobs first."""
    failures = asyncio.run(_read(client_environment()))
    if options.json:
        print(encode_json(failures).decode(), end="")
    elif failures:
        keys = ("job", "stage", "index", "deliveries", "kind", "when", "reason")
        print(table([key.upper() for key in keys], [[failure[key] for key in keys] for failure in failures]))
        print("`castlist retry JOB` lets a job go on, once the cause is mended")
    else:
        print("no failed jobs")
    return DONE


async def _read(environment: Environment) -> list[dict[str, Any]]:
    async with connected_bus(environment) as bus:
        return [failure for failures in await read_jobs(bus, failures_of) for failure in failures]


def failures_of(view: JobView) -> list[dict[str, Any]]:
    """What ended a job that failed; nothing of any other job."""
    if view.state.status is not Status.FAILED:
        return []
    return [
        {
            "job": view.job_id,
            "stage": failure.stage.value,
            "index": failure.index,
            "deliveries": failure.delivery_count,
            "kind": failure.kind.value,
            "reason": failure.reason,
            "when": datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds"),
        }
        for failure, unix_s in view.fatal_failures
    ]
