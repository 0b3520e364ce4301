"""Speed and memory of the embedded job, each as a ratio taken in one run.

`python -m benchmarks.bench [--pairs N] [--models DIR]`
- wall time of `castlist run` on the example divided by that of the bare loop (`benchmarks/bare_loop.py`), both whole
  processes on as many threads, run in turn; with the default detector and, where a models folder is given, with its own;
- peak memory (PSS of the process tree) on the example and on the same clip looped four times.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.looped_video import looped

REPOSITORY = Path(__file__).resolve().parent.parent
EXAMPLE = REPOSITORY / "examples" / "campus.mp4"
THREADS = os.cpu_count() or 1


def run_timed(command: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak PSS in MiB of a command's process tree, sampled ten times a second."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=REPOSITORY, env=os.environ | {"CASTLIST_OFFLINE": "1"}, stdout=subprocess.DEVNULL
    )
    peak = [0.0]
    sampler = threading.Thread(target=_sample_memory, args=(process.pid, peak))
    sampler.start()
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    seconds = time.perf_counter() - started
    sampler.join()
    return seconds, peak[0]


def _sample_memory(pid: int, peak: list[float]) -> None:
    try:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            tree = [root, *root.children(recursive=True)]
            peak[0] = max(peak[0], sum(process.memory_full_info().pss for process in tree) / 2**20)
            time.sleep(0.1)
    except psutil.NoSuchProcess:
        return


def embedded(video: Path, folder: Path, models: Path | None) -> list[str]:
    return ["cli", "run", str(video), "-o", str(folder), "--force", "--slots", str(THREADS), "-q", *_models(models)]


def bare(video: Path, models: Path | None) -> list[str]:
    return ["benchmarks.bare_loop", str(video), "--threads", str(THREADS), *_models(models)]


def _models(models: Path | None) -> list[str]:
    return ["--models", str(models)] if models is not None else []


def compare_walls(folder: Path, models: Path | None, pairs: int) -> str:
    walls: dict[str, list[float]] = {"bare": [], "embedded": []}
    for _ in range(pairs):
        walls["bare"].append(run_timed(bare(EXAMPLE, models))[0])
        walls["embedded"].append(run_timed(embedded(EXAMPLE, folder, models))[0])
    ratios = [whole / least for whole, least in zip(walls["embedded"], walls["bare"], strict=True)]
    spelled = ", ".join(f"{ratio:.3f}" for ratio in ratios)
    return (
        f"embedded {min(walls['embedded']):.1f} s, bare loop {min(walls['bare']):.1f} s, "
        f"ratio of minima {min(walls['embedded']) / min(walls['bare']):.3f}, pairs {spelled}, median {statistics.median(ratios):.3f}"
    )


def compare_memory(folder: Path, models: Path | None) -> str:
    folder.mkdir()
    long = folder / "looped.mp4"
    looped(EXAMPLE, 4, long)
    once = run_timed(embedded(EXAMPLE, folder / "once", models))[1]
    four = run_timed(embedded(long, folder / "four", models))[1]
    return f"peak PSS {once:.0f} MiB on the example, {four:.0f} MiB on it looped four times, ratio {four / once:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--models", type=Path, default=os.environ.get("CASTLIST_MODELS"))
    options = parser.parse_args()
    models = Path(options.models) if options.models else None
    os.environ.pop("CASTLIST_MODELS", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"SSDLite, {THREADS} threads:", compare_walls(folder / "default", None, options.pairs), flush=True)
        if models is not None:
            print(f"models folder, {THREADS} threads:", compare_walls(folder / "models", models, options.pairs), flush=True)
        print("memory, SSDLite:", compare_memory(folder / "default-memory", None), flush=True)
        if models is not None:
            print("memory, models folder:", compare_memory(folder / "models-memory", models), flush=True)


if __name__ == "__main__":
    main()
