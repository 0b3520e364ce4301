"""The shots of a video: from one cut to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from castlist.domain.records import Float64, Int64, SegmentTracks
from castlist.domain.shots import ShotCut


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `first_frame` to `last_frame`; `begins`: the cut that it begins with, None for the video's first shot."""

    first_frame: int
    last_frame: int
    begins: ShotCut | None


def collect_cuts(segments: Sequence[SegmentTracks]) -> tuple[ShotCut, ...]:
    """The cuts of a video by frame; of two in one frame the one that was told first."""
    by_frame: dict[int, ShotCut] = {}
    for cut in (cut for segment in segments for cut in segment.cuts):
        by_frame.setdefault(cut.frame, cut)
    return tuple(by_frame[frame] for frame in sorted(by_frame))


def cut_frames(cuts: Sequence[ShotCut]) -> Int64:
    """The frames that begin a new shot."""
    return np.array([cut.frame for cut in cuts], np.int64)


def shots_between(cuts: Sequence[ShotCut], frame_count: int) -> Iterator[Shot]:
    """Every frame is in exactly one shot; a video without frames has none."""
    firsts = [0, *(cut.frame for cut in cuts)] if frame_count else []
    begins = [None, *cuts]
    for number, first in enumerate(firsts):
        yield Shot(first, (firsts[number + 1] if number + 1 < len(firsts) else frame_count) - 1, begins[number])


def shots_document(cuts: Sequence[ShotCut], edges_s: Float64) -> dict[str, Any]:
    """`shots.json`; `edges_s` (F + 1,): seconds at which frames begin, and the last one ends. Frames are counted from 0."""
    return {
        "shots": [
            {
                "shot": number,
                "first_frame": shot.first_frame,
                "last_frame": shot.last_frame,
                "start_s": float(edges_s[shot.first_frame]),
                "end_s": float(edges_s[shot.last_frame + 1]),
                "transition": None
                if shot.begins is None
                else {"kind": shot.begins.kind.value, "from_frame": shot.begins.from_frame, "score": shot.begins.score},
            }
            for number, shot in enumerate(shots_between(cuts, len(edges_s) - 1), start=1)
        ]
    }
