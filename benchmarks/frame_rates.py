"""Tracklets beside those of other trackers at full and at lower frame rates, as a Markdown table of mean IDF1 and HOTA.

    python -m benchmarks.frame_rates ../shared --peers .venv-quality/bin/python

One run of one clip decides little: a swap of two people is worth several points. So every clip is tracked forwards and
backwards, each as it is and with jitter (1 % of the box's size, 2 % of the detections left out), and figures are means.
PETS09-S2L1 counts with three detectors. Only detections are used, as by `castlist track`; visits are scored.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.quality import CLIPS, PEERS, REPOSITORY, TRACKLETS, given_detections
from castlist.codec.motchallenge import MotRows, format_rows, parse_rows, parse_sequence_info
from cli.evaluate import TRACK_FILES, Scores, read_ground_truth, score
from cli.track import run_track

RATES = {"PETS": (("pets-yolox", "pets-ssdlite", "pets-frcnn"), (1, 2, 3)), "ADL": (("adl",), (1, 2, 3, 5)), "ETH": (("eth",), (1, 2, 3))}
"""By place the clips and which of their frames are taken: every one, every second, ..."""

_JITTER_SHARE, _LEFT_OUT = 0.01, 0.02


@dataclass(frozen=True, slots=True)
class Variant:
    """How a clip is changed: every so manieth frame, from its end on or not, with the jitter of a seed, 0 for none."""

    every: int
    backwards: bool
    seed: int

    def of(self, rows: MotRows, frame_count: int) -> MotRows:
        """The rows that are left."""
        frames = frame_count - 1 - rows.frame_numbers if self.backwards else rows.frame_numbers
        kept = np.flatnonzero(frames % self.every == 0)
        return replace(rows, frame_numbers=frames // self.every).take(kept)


def jittered(rows: MotRows, seed: int) -> MotRows:
    """The same with boxes moved a little and a few left out."""
    if seed == 0:
        return rows
    generator = np.random.default_rng(seed)
    sizes = np.tile(rows.boxes[:, 2:] - rows.boxes[:, :2], 2)
    moved = replace(rows, boxes=rows.boxes + generator.normal(0, _JITTER_SHARE, sizes.shape) * sizes)
    return moved.take(np.flatnonzero(generator.random(len(sizes)) > _LEFT_OUT))


def measure(key: str, variant: Variant, shared: Path, peers: Path | None) -> Mapping[str, Scores]:
    """Scores by tracker."""
    clip = CLIPS[key]
    sequence = shared / "data" / clip.sequence
    info = parse_sequence_info((sequence / "seqinfo.ini").read_text(), "seqinfo.ini")
    truth = variant.of(read_ground_truth(sequence / "gt.txt"), info.frame_count)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "det.txt").write_bytes(format_rows(jittered(variant.of(given_detections(clip, sequence), info.frame_count), variant.seed)))
        rate, count = float(info.frame_rate) / variant.every, -(-info.frame_count // variant.every)
        size = f"imWidth={info.width_px}\nimHeight={info.height_px}\n"
        (work / "seqinfo.ini").write_text(f"[Sequence]\nname={key}\nframeRate={rate:g}\nseqLength={count}\n{size}")
        files = {}
        if peers is not None:
            command = [peers, "-W", "ignore", "-m", "benchmarks.peers", work / "det.txt", work / "seqinfo.ini", work]
            subprocess.run(command, check=True, cwd=REPOSITORY)
            files = {name: work / f"{name}.mot.txt" for name in PEERS}
        run_track(work / "det.txt", work / "seqinfo.ini", work / "ours", {})
        files[TRACKLETS] = work / "ours" / TRACK_FILES[0]
        return {name: score(parse_rows(path.read_text(), path.name), truth) for name, path in files.items()}


def variants(every: int) -> Iterator[Variant]:
    for backwards in (False, True):
        for seed in (0, 1):
            yield Variant(every, backwards, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="the interpreter that has the other trackers")
    options = parser.parse_args()
    columns: dict[str, dict[str, list[Scores]]] = {}
    for place, (keys, rates) in RATES.items():
        for every in rates:
            found = columns.setdefault(place if every == 1 else f"{place}, 1 of {every}", {})
            for scores in (measure(key, variant, options.shared, options.peers) for key in keys for variant in variants(every)):
                for name, of in scores.items():
                    found.setdefault(name, []).append(of)
    print(f"| | {' | '.join(columns)} | all |\n|{'---|' * (len(columns) + 2)}")
    for name in next(iter(columns.values())):
        means = np.array(
            [[np.mean([of.idf1 for of in found[name]]), np.mean([of.hota for of in found[name]])] for found in columns.values()]
        )
        cells = [f"{idf1:.1f} / {hota:.1f}" for idf1, hota in (*means, means.mean(axis=0))]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
