"""How many crops a second the ReID service embeds, next to a bare ONNX Runtime loop with the same preprocessing.

`python -m benchmarks.reid_throughput --models DIR [--slots 1] [--rounds 20] [--tasks 6] [--scale 1] [--torch PYTHON CHECKPOINT]`

The service is a process of its own over a real broker and a real S3 server: it fetches embed tasks, reads and checks packs of crops,
decodes JPEG, embeds, writes vectors and manifest, announces and acknowledges. The bare loop (`benchmarks/embedding_loop.py`) is a
process with as many threads as the service has slots. Both see the same crops of the example in the same batches, in turns. `--torch` adds
torchreid's own FeatureExtractor with its own preprocessing, in that Python, with the checkpoint of the same weights.
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

from benchmarks.example_crops import crop_packs
from benchmarks.local_servers import servers
from benchmarks.process_figures import cpu_s
from benchmarks.real_services import REPOSITORY, service
from benchmarks.service_processes import Place
from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.crops_hdf5 import encode_crops
from castlist.codec.job_messages import decode_event, encode_task
from castlist.codec.messages import encode_model_choice
from castlist.domain.devices import CPU_ALONE
from castlist.domain.jobs import NamedObject, ObjectRef, Stage, Task, TaskDone
from castlist.domain.parameters import EmbedParameters, PickParameters
from castlist.domain.video import ModelChoice
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectStore
from services.detector.models.choosing import ModelChooser

BATCH = EmbedParameters().batch_size


@dataclass(frozen=True, slots=True)
class Rate:
    """CPU is that of the process that embeds, servers left out."""

    crops_per_second: float
    cpu_ms_per_crop: float


class Loop:
    """A loop to compare with, in a process of its own that waits between rounds. A context manager."""

    def __init__(self, python: str, weights: Path, packs: Path, threads: int, *rest: str) -> None:
        command = [python, "-m", "benchmarks.embedding_loop", str(weights), str(packs), "--batch", str(BATCH), "--threads", str(threads)]
        environment = os.environ | {"PYTHONWARNINGS": "ignore", "PYTHONPATH": str(REPOSITORY)}
        self._process = subprocess.Popen(
            [*command, *rest], cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self) -> Rate:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            words = line.split()
            if len(words) == 2 and words[0].replace(".", "").isdigit():  # torchreid says what it loaded
                return Rate(float(words[0]), float(words[1]))
        raise SystemExit("the loop ended")

    def __enter__(self) -> "Loop":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


@dataclass(frozen=True, slots=True)
class EmbedJobs:
    """Jobs of nothing but embed tasks, one for each pack, for the service to do."""

    place: Place
    packs: tuple[bytes, ...]
    choice: ModelChoice
    service_pid: int

    def rate(self, job: str, crops: int) -> Rate:
        """From the first task's publication to the last one's event."""
        tasks = _stored(self.place.store(), job, self.packs, self.choice)
        before = cpu_s(self.service_pid)
        per_second = asyncio.run(self._run(job, tasks, crops))
        return Rate(per_second, 1000 * (cpu_s(self.service_pid) - before) / (crops * len(tasks)))

    async def _run(self, job: str, tasks: list[Task], crops: int) -> float:
        bus = await NatsBus.connect(self.place.nats_url)
        try:
            started = time.perf_counter()
            for task in tasks:
                await bus.publish_task(topology.task_subject(task.stage, job, task.index), encode_task(task))
            done = 0
            async for entry in bus.follow(topology.job_events_filter(job)):
                fact = decode_event(entry.payload, entry.sequence).fact
                if not isinstance(fact, TaskDone):
                    raise SystemExit(f"a task failed: {fact}")
                done += 1
                if done == len(tasks):
                    break
            return crops * len(tasks) / (time.perf_counter() - started)
        finally:
            await bus.close()


def _stored(store: ObjectStore, job: str, packs: tuple[bytes, ...], choice: ModelChoice) -> list[Task]:
    """The tasks of a job, their inputs stored."""

    def put(name: str, index: int, data: bytes) -> NamedObject:
        sha256 = hashlib.sha256(data).hexdigest()
        ref = ObjectRef(topology.data_key(job, Stage.GROUP, index, sha256, name), len(data), sha256)
        store.put(ref.key, data)
        return NamedObject(name, ref)

    embedder = put("embedder", 0, encode_model_choice(choice))
    return [Task(job, Stage.EMBED, index, 0, {}, (put("embed_crops", index, data), embedder)) for index, data in enumerate(packs)]


def measure(options: argparse.Namespace) -> tuple[ModelChoice, dict[str, list[Rate]]]:
    """The rates of every contender in every round."""
    library = ModelLibrary(options.models)
    choice = ModelChooser(library, CPU_ALONE).embedder("auto")
    with ExitStack() as stack:
        folder, there = Path(stack.enter_context(TemporaryDirectory(prefix="castlist-reid-"))), stack.enter_context(servers())
        packs = tuple(encode_crops(pack) for pack in crop_packs(options.tasks, options.crops, options.scale))
        (folder / "packs").mkdir()
        for number, pack in enumerate(packs):
            (folder / "packs" / f"{number:04d}.h5").write_bytes(pack)
        starts = {"bare loop": (sys.executable, library.path_of(choice), folder / "packs", options.slots)}
        if options.torch:
            python, checkpoint = options.torch
            architecture = choice.name.rpartition("_")[0]
            starts["torchreid"] = (python, Path(checkpoint), folder / "packs", options.slots, "--architecture", architecture)
        loops = {title: stack.enter_context(Loop(*start)) for title, start in starts.items()}
        jobs = EmbedJobs(
            there.place, packs, choice, stack.enter_context(service("reid", there.place, options.models, options.slots, folder))
        )
        jobs.rate("warm-up", options.crops)
        rates: dict[str, list[Rate]] = {title: [] for title in ("service", *loops)}
        for number in range(options.rounds):
            rates["service"].append(jobs.rate(f"round-{number}", options.crops))
            for title, loop in loops.items():
                rates[title].append(loop.rate())
    return choice, rates


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the crops a second of the ReID service.")
    parser.add_argument("--models", type=Path, required=True, help="folder with an OSNet as ONNX")
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tasks", type=int, default=6, help="embed tasks in a round")
    parser.add_argument("--crops", type=int, default=PickParameters().embed_batch_crops, help="crops in a task")
    parser.add_argument("--scale", type=float, default=1.0, help="2.5 makes crops as long as in a video of 1080p")
    parser.add_argument("--torch", nargs=2, metavar=("PYTHON", "CHECKPOINT"), help="a Python with torchreid, and the same weights")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    choice, rates = measure(options)
    print(
        f"{choice.name}, {choice.runtime}, {options.slots} slots, {options.tasks} x {options.crops} crops, scale {options.scale:g},",
        end=" ",
    )
    print(f"{os.cpu_count()} cores, load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after")
    best = {title: max(rate.crops_per_second for rate in found) for title, found in rates.items()}
    for title, found in rates.items():
        cpu_ms = min(rate.cpu_ms_per_crop for rate in found)
        rounds = " ".join(f"{rate.crops_per_second:.0f}" for rate in found)
        print(f"{title:10} best {best[title]:7.1f} crops/s   least {cpu_ms:5.2f} CPU-ms a crop   rounds {rounds}")
    ratios = [a.crops_per_second / b.crops_per_second for a, b in zip(rates["service"], rates["bare loop"], strict=True)]
    print(f"service / bare loop: of the best {best['service'] / best['bare loop']:.3f}, median of pairs", end=" ")
    print(f"{statistics.median(ratios):.3f}, pairs {' '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
