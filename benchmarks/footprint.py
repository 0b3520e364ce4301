"""What a video costs each service: CPU, memory, objects, messages. The figures that `docs/sizing.md` computes with.

`python -m benchmarks.footprint [VIDEO] [--models DIR] [--full-hd]`

Every service is a process of its own, over a real broker and a real store. `--full-hd` scales the video up to 1920x1080 at 25 frames
a second and 8 Mbit/s first, which costs what such a video costs to decode, tile and crop; the people in it are the same.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av

from benchmarks.local_servers import servers
from benchmarks.process_figures import MemoryPeak, cpu_s
from benchmarks.real_services import REPOSITORY, settings
from benchmarks.service_processes import Place
from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.job_messages import decode_event
from castlist.domain.jobs import Stage, TaskDone

SERVICES = ("coordinator", "detector", "tracker", "grouper", "reid", "reporter")
JOB = "footprint"
FULL_HD, FRAMES_PER_SECOND, BITS_PER_SECOND = (1920, 1080), 25, 8_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a video costs each service.")
    parser.add_argument("video", nargs="?", type=Path, default=REPOSITORY / "examples" / "campus.mp4")
    parser.add_argument("--models", type=Path, help="folder with model files; else the default that is in the repository")
    parser.add_argument("--full-hd", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="castlist-footprint-") as folder, servers() as there:
        video = full_hd(options.video, Path(folder) / "full-hd.mp4") if options.full_hd else options.video
        environment = settings(there.place, CASTLIST_OFFLINE="1", **_models(options.models))
        with services(environment, Path(folder)) as pids, MemoryPeak([*pids.values(), there.nats_pid], proportional=True) as peak:
            _cli("submit", str(video), "--job", JOB, environment=environment)
            _cli("watch", JOB, environment=environment)
            cpu = {name: cpu_s(pid) for name, pid in pids.items()}
            broker_s = cpu_s(there.nats_pid)
        done, message_bytes = asyncio.run(_events(there.place))
        memory = {name: peak.mib[pid] for name, pid in pids.items()}
        _print_services(done, cpu, memory)
        print(f"\nbroker: {broker_s:.1f} s of CPU, {peak.mib[there.nats_pid]:.0f} MiB; {len(done)} tasks, {message_bytes} bytes of events")
        _print_objects(there.place, sum(item.counts["frames"] for item in done if item.stage is Stage.DETECT), video)


def full_hd(video: Path, output: Path) -> Path:
    """The video scaled up, each frame shown as often as 25 frames a second need."""
    with av.open(str(video)) as source, av.open(str(output), "w") as target:
        stream = target.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height = FULL_HD
        stream.pix_fmt, stream.bit_rate, stream.codec_context.gop_size = "yuv420p", BITS_PER_SECOND, 2 * FRAMES_PER_SECOND
        stream.options = {"preset": "ultrafast"}
        shown = 0
        for frame in source.decode(video=0):
            picture = frame.reformat(*FULL_HD, format="yuv420p")
            while shown < ((frame.time or 0.0) + 1e-6) * FRAMES_PER_SECOND:
                picture.pts, picture.time_base = shown, Fraction(1, FRAMES_PER_SECOND)
                target.mux(stream.encode(picture))
                shown += 1
        target.mux(stream.encode())
    return output


@contextmanager
def services(environment: Mapping[str, str], folder: Path) -> Iterator[dict[str, int]]:
    """One process of each service; yields their ids by name."""
    with (folder / "services.jsonl").open("wb") as log:
        started = {
            name: subprocess.Popen([sys.executable, "-m", f"services.{name}"], cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
            for name in SERVICES
        }
        try:
            yield {name: process.pid for name, process in started.items()}
        finally:
            for process in started.values():
                process.terminate()
            for process in started.values():
                process.wait(60)


def _models(models: Path | None) -> dict[str, str]:
    return {"CASTLIST_MODELS": str(models)} if models else {}


def _cli(*arguments: str, environment: Mapping[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "cli", *arguments, "-q"], cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.DEVNULL)


async def _events(place: Place) -> tuple[list[TaskDone], int]:
    """What was done, and how long the messages are that say so."""
    bus = await NatsBus.connect(place.nats_url)
    entries = await bus.read(topology.job_events_filter(JOB))
    await bus.close()
    facts = [decode_event(entry.payload, entry.sequence).fact for entry in entries]
    return [fact for fact in facts if isinstance(fact, TaskDone)], sum(len(entry.payload) for entry in entries)


def _print_services(done: list[TaskDone], cpu: dict[str, float], memory: dict[str, float]) -> None:
    frames = sum(item.counts["frames"] for item in done if item.stage is Stage.DETECT)
    print("| service | CPU, s | CPU-ms a frame | memory, peak PSS |\n|---|---|---|---|")
    for name, seconds in cpu.items():
        print(f"| {name} | {seconds:.1f} | {1000 * seconds / frames:.1f} | {memory[name]:.0f} MiB |")
    longest = {
        stage: max((item.finished_unix_s - item.started_unix_s for item in done if item.stage is stage), default=0.0) for stage in Stage
    }
    tasks = Counter(item.stage for item in done)
    print("\n| stage | tasks | longest, s |\n|---|---|---|")
    for stage in Stage:
        print(f"| {stage} | {tasks[stage]} | {longest[stage]:.1f} |")


def _print_objects(place: Place, frames: int, video: Path) -> None:
    with av.open(str(video)) as source:
        seconds = float((source.duration or 0) / av.time_base)
    sizes: Counter[str] = Counter()
    prefix = topology.job_prefix(JOB)
    for item in place.store().list(prefix):
        sizes[item.key.removeprefix(prefix).split("/")[0]] += item.length
    print(f"\n{frames} frames, {seconds:.0f} s of video\n\n| objects | kB | MB an hour of video |\n|---|---|---|")
    for name, size in sizes.most_common():
        print(f"| {name} | {size / 1e3:.0f} | {size / 1e6 / seconds * 3600:.0f} |")


if __name__ == "__main__":
    main()
