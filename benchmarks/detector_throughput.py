"""How many frames a second the detector service examines, next to a bare loop with the same decoding, network and suppression.

`python -m benchmarks.detector_throughput --models DIR [--video FILE] [--loops 8] [--slots 2] [--segments 16] [--jobs 1] [--rounds 8]`

The service is a process of its own over a real broker and a real S3 server: it fetches detect tasks of a video's segments, decodes,
detects, cuts, encodes and stores crops and thumbnails, announces and acknowledges. The bare loop (`benchmarks/detection_loop.py`) is a
process with as many threads as the service has slots; one decodes in processes of its own, as the service does, one in its threads. All see
the same segments, in turns whose order changes each time: pairs tell more than sums on a machine that does other things too, and CPU time
more than either. Few segments in a round measure how it begins and ends as well, which a long video does once.
"""

import argparse
import asyncio
import hashlib
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.example_crops import EXAMPLE
from benchmarks.local_servers import servers
from benchmarks.looped_video import looped
from benchmarks.process_figures import tree_cpu_s
from benchmarks.real_services import REPOSITORY, service
from benchmarks.service_processes import Place
from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.job_messages import decode_event, encode_task
from castlist.codec.messages import encode_model_choice, encode_video_plan
from castlist.domain.devices import CPU_ALONE
from castlist.domain.jobs import NamedObject, ObjectRef, Stage, Task, TaskDone
from castlist.domain.parameters import PlanParameters
from castlist.domain.video import ModelChoice, VideoPlan
from castlist.manifest import ModelLibrary
from services.detector.models.choosing import ModelChooser
from services.detector.video.probe import probe


@dataclass(frozen=True, slots=True)
class Rate:
    """CPU is that of the process and those that it started to decode, servers left out."""

    frames_per_second: float
    cpu_ms_per_frame: float


class Loop:
    """A bare loop in a process of its own that waits between rounds. A context manager."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "benchmarks.detection_loop", *words]
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def rate(self) -> Rate:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        before = tree_cpu_s(self._process.pid)
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        if not words:
            raise SystemExit("the loop ended")
        return Rate(float(words[0]), 1000 * (tree_cpu_s(self._process.pid) - before) / int(words[1]))

    def __enter__(self) -> "Loop":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


@dataclass(frozen=True, slots=True)
class DetectJobs:
    """Jobs of nothing but detect tasks, one for each segment, for the service to do."""

    place: Place
    inputs: tuple[NamedObject, ...]
    segments: int
    service_pid: int

    def rate(self, name: str, jobs: int) -> Rate:
        """From the first task's publication to the last one's event."""
        before = tree_cpu_s(self.service_pid)
        per_second, frames = asyncio.run(self._run([f"{name}-{number}" for number in range(jobs)]))
        return Rate(per_second, 1000 * (tree_cpu_s(self.service_pid) - before) / frames)

    async def _run(self, jobs: list[str]) -> tuple[float, int]:
        bus = await NatsBus.connect(self.place.nats_url)
        try:
            started = time.perf_counter()
            for job in jobs:
                for index in range(self.segments):
                    task = Task(job, Stage.DETECT, index, 0, {}, self.inputs)
                    await bus.publish_task(topology.task_subject(task.stage, job, task.index), encode_task(task))
            frames = sum([await self._frames_done(bus, job) for job in jobs])
            return frames / (time.perf_counter() - started), frames
        finally:
            await bus.close()

    async def _frames_done(self, bus: NatsBus, job: str) -> int:
        """The frames of a job, once all its tasks are done."""
        counts: list[int] = []
        async for entry in bus.follow(topology.job_events_filter(job)):
            fact = decode_event(entry.payload, entry.sequence).fact
            if not isinstance(fact, TaskDone):
                raise SystemExit(f"a task failed: {fact}")
            counts.append(fact.counts["frames"])
            if len(counts) == self.segments:
                break
        return sum(counts)


def stored_inputs(place: Place, video: Path, plan: VideoPlan, choice: ModelChoice) -> tuple[NamedObject, ...]:
    """The video, its plan and the model, as a plan task would leave them."""
    store = place.store()

    def put(name: str, data: bytes) -> NamedObject:
        sha256 = hashlib.sha256(data).hexdigest()
        ref = ObjectRef(topology.data_key("inputs", Stage.PLAN, 0, sha256, name), len(data), sha256)
        store.put(ref.key, data)
        return NamedObject(name, ref)

    return (
        put("source", video.read_bytes()),
        put("video", encode_video_plan(plan)),
        put("detector", encode_model_choice(choice)),
    )


def measure(options: argparse.Namespace) -> tuple[ModelChoice, dict[str, list[Rate]]]:
    """The rates of every contender in every round."""
    choice = ModelChooser(ModelLibrary(options.models), CPU_ALONE).detector(options.detector)
    with ExitStack() as stack:
        folder, there = Path(stack.enter_context(TemporaryDirectory(prefix="castlist-detector-"))), stack.enter_context(servers())
        video = folder / "looped.mp4"
        looped(options.video, options.loops, video)
        plan = probe(video, PlanParameters().segment_s).plan
        segments = min(options.segments, len(plan.segments))
        words = _loop_words(options, video, segments)
        loops = {"same processes": stack.enter_context(Loop(*words, "--apart")), "in threads": stack.enter_context(Loop(*words))}
        pid = stack.enter_context(service("detector", there.place, options.models, options.slots, folder))
        jobs = DetectJobs(there.place, stored_inputs(there.place, video, plan, choice), segments, pid)
        jobs.rate("warm-up", 1)
        rates: dict[str, list[Rate]] = {title: [] for title in ("service", *loops)}
        for number in range(options.rounds):
            for title in list(rates)[:: 1 if number % 2 else -1]:
                rates[title].append(loops[title].rate() if title in loops else jobs.rate(f"round-{number}", options.jobs))
    return choice, rates


def _loop_words(options: argparse.Namespace, video: Path, segments: int) -> tuple[str, ...]:
    named = {"models": options.models, "detector": options.detector, "threads": options.slots, "segments": segments, "times": options.jobs}
    return (str(video), *(word for name, value in named.items() for word in (f"--{name}", str(value))))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the frames a second of the detector service.")
    parser.add_argument("--models", type=Path, required=True, help="folder with a detector as ONNX")
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--video", type=Path, default=EXAMPLE)
    parser.add_argument("--loops", type=int, default=8, help="the video so many times over, since long ones are cut into longer segments")
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--segments", type=int, default=16)
    parser.add_argument("--jobs", type=int, default=1, help="in a round of as many segments each")
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    choice, rates = measure(options)
    print(
        f"{choice.name}, {choice.runtime}, {options.loops} x {options.video.name}, "
        f"{options.slots} slots, {options.jobs} x up to {options.segments} segments"
    )
    print(f"{os.cpu_count()} cores, load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after")
    for title, found in rates.items():
        best, cpu_ms = max(rate.frames_per_second for rate in found), min(rate.cpu_ms_per_frame for rate in found)
        rounds = " ".join(f"{rate.frames_per_second:.0f}" for rate in found)
        print(f"{title:14} best {best:6.1f} frames/s   least {cpu_ms:5.2f} CPU-ms a frame   rounds {rounds}")
    for title in list(rates)[1:]:
        ratios = [a.frames_per_second / b.frames_per_second for a, b in zip(rates["service"], rates[title], strict=True)]
        cpu = [b.cpu_ms_per_frame / a.cpu_ms_per_frame for a, b in zip(rates["service"], rates[title], strict=True)]
        print(f"service / bare loop, {title}: frames a second {_of_pairs(ratios)}; CPU time {_of_pairs(cpu)}")


def _of_pairs(ratios: list[float]) -> str:
    spread = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else float("nan")
    return f"median {statistics.median(ratios):.3f}, mean {statistics.mean(ratios):.3f} +- {spread:.3f}"


if __name__ == "__main__":
    main()
