"""Precision and recall of cuts, fades and dissolves on edited videos, beside PySceneDetect's detectors where they are installed.

The videos are made of clips in the shared folder (`edited_videos`), H.264 encoded and decoded again. A cut counts as found within
one frame, a fade or dissolve within four frames of its span. What is found twice or nowhere is false.

python -m benchmarks.shot_cuts [videos of each kind]
"""

import importlib
import importlib.util
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av

from benchmarks.edited_videos import CUT, FRAMES_PER_S, SCENARIOS, Transition, edit, load_clip, write
from castlist.domain.parameters import TrackParameters
from services.detector.video.thumbnails import SegmentThumbnails
from services.tracker.algorithms.shot_cuts import find_shots, no_shots
from services.tracker.algorithms.shot_steps import cut_limits

_CLIPS = ("pets09-s2l1/vtest.avi", "video/one-by-one-person-detection.mp4", "video/people_opencv4nodejs.mp4")
_SHOTS = 14
_CUT_FRAMES, _GRADUAL_FRAMES = 1, 4

Find = Callable[[Path], Sequence[int]]


@dataclass(slots=True)
class Tally:
    """Transitions that there are, that were found, by kind, and what was found besides."""

    wanted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    false: int = 0

    def count(self, truth: Iterable[Transition], frames: Sequence[int]) -> None:
        left = sorted(frames)
        for item in truth:
            reach = _CUT_FRAMES if item.kind == CUT else _GRADUAL_FRAMES
            self.wanted[item.kind] += 1
            hit = next((frame for frame in left if item.first - reach <= frame <= item.last + reach), None)
            if hit is not None:
                self.found[item.kind] += 1
                left.remove(hit)
        self.false += len(left)

    def text(self) -> str:
        wanted, found = sum(self.wanted.values()), sum(self.found.values())
        precision = found / max(found + self.false, 1)
        return f"{precision:.2f} / {found / max(wanted, 1):.2f}"

    def add(self, other: "Tally") -> None:
        for kind, count in other.wanted.items():
            self.wanted[kind] += count
        for kind, count in other.found.items():
            self.found[kind] += count
        self.false += other.false


def castlist_cuts(video: Path) -> list[int]:
    thumbnails = SegmentThumbnails()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            thumbnails.add(frame.to_ndarray(format="bgr24"))
    return [
        cut.frame for cut in find_shots(no_shots(), [thumbnails.taken()], cut_limits(TrackParameters(), FRAMES_PER_S), at_end=True).cuts
    ]


def peers() -> dict[str, Find]:
    """PySceneDetect's detectors with their defaults, each with that for fades; none where it is not installed."""
    if importlib.util.find_spec("scenedetect") is None:
        return {}
    library: Any = importlib.import_module("scenedetect")

    def finder(kinds: Sequence[str]) -> Find:
        def find(video: Path) -> list[int]:
            manager = library.SceneManager()
            for kind in kinds:
                manager.add_detector(getattr(library, kind)())
            manager.detect_scenes(library.open_video(str(video)))
            return sorted({start.frame_num for start, _ in manager.get_scene_list()} - {0})

        return find

    names = ("ContentDetector", "AdaptiveDetector", "HistogramDetector", "HashDetector")
    return {name: finder((name, "ThresholdDetector")) for name in names}


def main(videos: int) -> None:
    shared = Path(os.environ.get("CASTLIST_SHARED", "../shared")) / "data"
    clips = [load_clip(shared / name) for name in _CLIPS]
    finders: dict[str, Find] = {"Castlist": castlist_cuts, **peers()}
    totals, seconds = {name: Tally() for name in finders}, dict.fromkeys(finders, 0.0)
    print(f"| video | {' | '.join(finders)} |\n|---{'|---' * len(finders)}|")
    frame_count = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, scenario in enumerate(SCENARIOS):
            tallies = {name: Tally() for name in finders}
            for seed in range(videos):
                frames, truth = edit(clips, scenario, _SHOTS, seed=7919 * number + seed)
                path = Path(folder) / "edited.mp4"
                write(path, frames)
                frame_count += len(frames)
                for name, find in finders.items():
                    started = time.process_time()
                    tallies[name].count(truth, find(path))
                    seconds[name] += time.process_time() - started
            print(f"| {scenario.name} | {' | '.join(tally.text() for tally in tallies.values())} |")
            for name, tally in tallies.items():
                totals[name].add(tally)
    print(f"| all | {' | '.join(tally.text() for tally in totals.values())} |")
    for kind in totals["Castlist"].wanted:
        shares = (f"{tally.found[kind]} of {tally.wanted[kind]}" for tally in totals.values())
        print(f"| found: {kind} | {' | '.join(shares)} |")
    print(f"| CPU ms a frame, decoding included | {' | '.join(f'{1000 * spent / frame_count:.2f}' for spent in seconds.values())} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
