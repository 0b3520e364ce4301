"""Does throughput grow with the number of workers, and does a flood of jobs drain?

`python -m benchmarks.scaling [--workers 1,2,4,8,16] [--rounds 20] [--source-mb 2] [--drain-jobs 1000] [--only scaling|drain]`

Detector and embedder are **stand-ins that sleep like a GPU would** (`benchmarks/sleeping_stages.py`); all else is real: worker,
executor and coordinator, each worker a process of its own, a NATS server that syncs every message, an S3 server, objects of real size.
Prints the tables of `docs/scaling.md`.
"""

import argparse
import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace

from benchmarks.job_flood import Flood, flood
from benchmarks.local_servers import servers
from benchmarks.process_figures import MemoryPeak, cpu_s
from benchmarks.service_processes import running
from benchmarks.sleeping_stages import Load
from castlist.domain.jobs import Stage

DETECT_S, EMBED_S = 1.5, 1.0
BATCHES_PER_SEGMENT = 2
DRAINED = Load(segments=46, batches=2, small=True)
"""A hundred tasks a job."""

_DETECT: Mapping[Stage, int] = {Stage.DETECT: 1, Stage.PLAN: 1}
_EMBED: Mapping[Stage, int] = {Stage.EMBED: 1, Stage.COMPARE: 1}
_OTHER: Mapping[Stage, int] = {Stage.TRACK: 4, Stage.PICK: 1, Stage.GROUP: 1, Stage.CAST: 1, Stage.REPORT: 1}
_EVERYTHING: Mapping[Stage, int] = dict.fromkeys(Stage, 1) | {Stage.DETECT: 2, Stage.TRACK: 2}


def measure(workers: int, load: Load) -> Flood:
    """One job for each pair of a detector and an embedder, on fresh servers."""
    crew = [*[_DETECT] * workers, *[_EMBED] * workers, _OTHER, _OTHER]
    with servers() as there, running(there.place, load, crew):
        outcome = asyncio.run(flood(there.place, load, workers, "scaling"))
    _check(outcome, workers, load)
    return outcome


def _check(outcome: Flood, jobs: int, load: Load) -> None:
    faults = {"lost": outcome.lost(jobs, load), "failed": outcome.failures, "left in the queue": outcome.left_in_queue}
    if any(faults.values()):
        raise SystemExit(f"the jobs did not end as they should: {faults}")


def scaling_table(counts: list[int], rounds: int, source_mb: float) -> None:
    batches, source_bytes = rounds * BATCHES_PER_SEGMENT, int(source_mb * 1e6)
    load = Load(segments=rounds, batches=batches, source_bytes=source_bytes, detect_s=DETECT_S, embed_s=EMBED_S)
    print(f"As many jobs as detectors and as embedders: videos of {source_mb:g} MB, {rounds} segments of {DETECT_S} s and")
    print(f"{batches} batches of {EMBED_S} s each; {os.cpu_count()} cores.\n")
    print("| workers | detect, tasks/s | of linear | embed, tasks/s | of linear | detect without sleeping | embed without sleeping |")
    print("|---|---|---|---|---|---|---|")
    first: Flood | None = None
    for count in counts:
        outcome = measure(count, load)
        awake = measure(count, replace(load, detect_s=0.0, embed_s=0.0))
        first = first or outcome
        cells = [f"{count}"]
        for stage in (Stage.DETECT, Stage.EMBED):
            linear = first.per_second(stage) * count / counts[0]
            cells += [f"{outcome.per_second(stage):.2f}", f"{outcome.per_second(stage) / linear:.0%}"]
        cells += [f"{awake.per_second(stage):.1f}" for stage in (Stage.DETECT, Stage.EMBED)]
        print(f"| {' | '.join(cells)} |", flush=True)


def drain(jobs: int, *, with_s3: bool) -> None:
    tasks = jobs * sum(DRAINED.expected.values())
    with servers(with_s3=with_s3) as there, running(there.place, DRAINED, [_EVERYTHING] * 4) as crew:
        with MemoryPeak([there.nats_pid], proportional=False) as memory:
            outcome = asyncio.run(flood(there.place, DRAINED, jobs, "drain"))
        broker_s, coordinator_s, *workers_s = (cpu_s(pid) for pid in (there.nats_pid, *crew))
    done = sum(outcome.tasks.values())
    print("| jobs | tasks | done | lost | failed | redelivered | asked again | left queued | seconds | tasks/s | broker's memory, peak |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    lost = outcome.lost(jobs, DRAINED)
    print(
        f"| {jobs} | {tasks} | {done} | {lost} | {outcome.failures} | {outcome.redelivered} | {outcome.again} | {outcome.left_in_queue} "
        f"| {outcome.seconds:.0f} | {done / outcome.seconds:.0f} | {memory.mib[there.nats_pid]:.0f} MiB |"
    )
    broker_ms, coordinator_ms, workers_ms = (1000 * part / done for part in (broker_s, coordinator_s, sum(workers_s)))
    print(f"\nCPU for each task: broker {broker_ms:.2f} ms, coordinator {coordinator_ms:.2f} ms, worker {workers_ms:.2f} ms.")
    _check(outcome, jobs, DRAINED)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how throughput grows with workers, and whether a flood of jobs drains.")
    parser.add_argument("--workers", default="1,2,4,8,16", help="numbers of detectors, and of as many embedders")
    parser.add_argument("--rounds", type=int, default=20, help="segments for each worker")
    parser.add_argument("--source-mb", type=float, default=2.0, help="size of each job's video, which every detector copies")
    parser.add_argument("--drain-jobs", type=int, default=1000, help="jobs of 100 tasks each")
    parser.add_argument("--drain-store", choices=("s3", "folder"), default="folder", help="where the drained jobs' tiny objects lie")
    parser.add_argument("--only", choices=("scaling", "drain"))
    options = parser.parse_args()
    if options.only != "drain":
        scaling_table([int(count) for count in options.workers.split(",")], options.rounds, options.source_mb)
    if options.only != "scaling":
        drain(options.drain_jobs, with_s3=options.drain_store == "s3")


if __name__ == "__main__":
    main()
