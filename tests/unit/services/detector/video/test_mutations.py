"""Good files after accidents: each is refused with a reason, or read with a report that adds up. Seeded.

`MUTATIONS=10000 MUTATIONS_FROM=1000 pytest tests/unit/services/detector/video/test_mutations.py` tries others.
"""

import os
from collections import Counter
from pathlib import Path

from castlist.domain.decoding import DecodingLimits
from castlist.errors import InputError
from services.detector.video.containers import LARGEST_SIDE_PX
from services.detector.video.decoders import Decoders
from services.detector.video.records import ProbedVideo, ReadingReport
from tests.corpus.bases import NAMES, Bases
from tests.corpus.spoiling import mutated

COUNT, FIRST_SEED = int(os.environ.get("MUTATIONS", "200")), int(os.environ.get("MUTATIONS_FROM", "0"))


def check_reading(decoders: Decoders, path: Path, found: ProbedVideo) -> bool:
    """Read all of it; whether a frame was lost or damaged."""
    plan, hurt = found.plan, bool(found.lost_frames)
    for segment in plan.segments:
        report, last_pts, count = ReadingReport(), segment.start_pts - 1, 0
        for pts, picture in decoders.frames_of(path, plan, segment, report, path.name):
            assert last_pts < pts < segment.end_pts
            assert picture.shape == (plan.height_px, plan.width_px, 3)
            last_pts, count = pts, count + 1
        assert report.decoded_frames == count
        assert sum(span.lost_frames for span in report.damage) >= report.lost_frames
        assert sum(span.damaged_frames for span in report.damage) == report.damaged_frames
        hurt = hurt or bool(report.damage)
    return hurt


def end_of(decoders: Decoders, path: Path) -> str:
    try:
        found = decoders.probe(path, 1.0, LARGEST_SIDE_PX, path.name)
        return "partial" if check_reading(decoders, path, found) else "done"
    except InputError as error:
        return "refused" if str(error).startswith(path.name) else str(error)


def test_none_of_them_does_harm(tmp_path: Path) -> None:
    bases = Bases(tmp_path / "bases")
    good = [bases[name] for name in NAMES if name != "h264"]
    decoders = Decoders(DecodingLimits(memory_mb=2048, stall_s=20.0, total_s=60.0))
    ends: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + COUNT):
        source = good[seed % len(good)]
        path = tmp_path / f"{seed}{source.suffix}"
        path.write_bytes(mutated(source.read_bytes(), seed))
        ends[end_of(decoders, path)] += 1
        path.unlink()
    decoders.close()
    assert sorted(ends) == ["done", "partial", "refused"]
    assert min(ends[end] for end in ("done", "partial", "refused")) > COUNT // 20, ends
