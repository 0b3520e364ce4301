"""`castlist jobs`: all jobs, newest first."""

import asyncio
import time
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from castlist.bootstrap import Environment, client_environment, connected_bus
from castlist.codec.documents import encode_json
from castlist.domain.jobs import Stage
from cli.columns import duration, table
from cli.exit_codes import DONE
from cli.watching import JobView, read_jobs
from services.coordinator.algorithms.decide import JobState


def execute(options: Namespace) -> int:
    """List them, as a table or as JSON."""
    jobs = asyncio.run(_read(client_environment(), options.newest))
    if options.json:
        print(encode_json(jobs).decode(), end="")
    else:
        print(_as_table(jobs))
    return DONE


async def _read(environment: Environment, newest: int | None) -> list[dict[str, Any]]:
    async with connected_bus(environment) as bus:
        return await read_jobs(bus, summary, newest)


def summary(view: JobView) -> dict[str, Any]:
    """What the list says of one job: `stage` is the first that is not finished, None at the end or before the beginning."""
    state = view.state
    stage = _stage(state)
    progress = None if stage is None else state.progress[stage]
    grouped = state.progress.get(Stage.CAST)
    return {
        "job": view.job_id,
        "status": state.status.value,
        "reason": state.reason,
        "attempt": state.attempt + 1,
        "file_name": view.file_name,
        "submitted": datetime.fromtimestamp(view.submitted_unix_s, UTC).isoformat(timespec="seconds"),
        "age_s": max(time.time() - view.submitted_unix_s, 0.0),
        "stage": None if stage is None else stage.value,
        "stage_done": None if progress is None else progress.done,
        "stage_total": None if progress is None else progress.total,
        "tasks_done": sum(item.done for item in state.progress.values()),
        "revision": state.revision,
        "persons": None if grouped is None or not grouped.done else grouped.counts.get("persons", 0),
    }


def _stage(state: JobState) -> Stage | None:
    return next((stage for stage, progress in state.progress.items() if progress.done != progress.total), None)


def _as_table(jobs: list[dict[str, Any]]) -> str:
    if not jobs:
        return "no jobs; `castlist submit VIDEO` hands one in"
    rows = [
        (
            job["job"],
            job["status"],
            "" if job["stage"] is None else f"{job['stage']} {job['stage_done']}/{job['stage_total'] or '?'}",
            "" if job["persons"] is None else job["persons"],
            job["revision"] or "",
            job["submitted"],
            duration(job["age_s"]),
            job["file_name"],
        )
        for job in jobs
    ]
    return table(("JOB", "STATUS", "PROGRESS", "PERSONS", "EDITS", "SUBMITTED", "AGE", "FILE"), rows)
