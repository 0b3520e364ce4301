"""What each profile costs and finds on a video, in one run: the table of `docs/configuration.md`.

`python -m benchmarks.profiles VIDEO [--gt GT.TXT [--people PEOPLE.CSV]] [--profiles NAME ...] [--models DIR]`

Cost is CPU time of a whole embedded run, all processes, which other work on the machine disturbs least. The first run of all is
not counted: it warms the caches of the file system.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from castlist.codec.documents import decode_json
from castlist.domain.profiles import PROFILES
from cli.evaluate import evaluate

BASIS = "balanced"
QUICK = Path(__file__).resolve().parent.parent / "examples" / "campus-clip.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what each profile costs and finds.")
    parser.add_argument("video", type=Path)
    parser.add_argument("--gt", type=Path, help="ground truth; without it, only the cost is measured")
    parser.add_argument("--people", type=Path, help="which ground-truth ids are the same human being")
    parser.add_argument("--profiles", nargs="+", default=list(PROFILES), help="also of the castlist.toml in the current folder")
    parser.add_argument("--models", type=Path, help="folder with model files; else downloads, or what is in the repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="castlist-profiles-") as work:
        run(QUICK, BASIS, Path(work) / "warm-up", options.models)
        costs = {name: run(options.video, name, Path(work) / name, options.models) for name in options.profiles}
        print("\n".join(table(costs, Path(work), options)))


def run(video: Path, profile: str, folder: Path, models: Path | None) -> float:
    """CPU seconds of a run, those of its child processes included."""
    before = _children_s()
    command = [sys.executable, "-m", "cli", "run", str(video), "-q", "-o", str(folder), "--profile", profile]
    subprocess.run([*command, *(["--models", str(models)] if models else [])], check=True, capture_output=True, env={**os.environ})
    return _children_s() - before


def table(costs: dict[str, float], work: Path, options: argparse.Namespace) -> Iterator[str]:
    yield "| profile | examined frames | CPU time | of balanced | HOTA | IDF1 | MOTA | switches |\n|---|---|---|---|---|---|---|---|"
    for name, cost_s in costs.items():
        frames = decode_json((work / name / "appearances.json").read_bytes())
        cells = [f"`{name}`", f"{frames['examined_frames']} of {frames['frame_count']}", f"{cost_s:.1f} s"]
        cells.append(f"{cost_s / costs[BASIS]:.2f}" if BASIS in costs else "")
        if options.gt is not None:
            found = evaluate(work / name / "persons.mot.txt", options.gt, options.people)
            cells += [f"{found.hota:.1f}", f"{found.idf1:.1f}", f"{found.mota:.1f}", str(found.switches)]
        yield f"| {' | '.join(cells)} |"


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
