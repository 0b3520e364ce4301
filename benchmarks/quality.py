"""Tracking quality on clips with ground truth, as a Markdown table; `--update` makes it the baseline of the tests.

    python benchmarks/quality.py ../shared
    python benchmarks/quality.py ../shared --folder SSDLite=out/campus
    python benchmarks/quality.py ../shared --update

Reads the folder of shared data (`data/pets09-s2l1`, `data/mot15`) and the detections of our detectors that are
committed beside the tests. `--folder NAME=DIR` adds a finished job on the PETS video.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.evaluate import TRACK_FILES, Scores, evaluate
from cli.track import run_track

TESTS = Path(__file__).resolve().parent.parent / "tests" / "quality"
BASELINE = TESTS / "baseline.json"
PETS = "pets09-s2l1"

Figures = Mapping[str, Scores]


@dataclass(frozen=True, slots=True)
class Clip:
    """Detections of a sequence; `detections` empty: those that lie with the sequence.

    `bytetrack` is the row of ByteTrack (PyPI `trackers` 2.6.1, its defaults), where it was measured.
    """

    title: str
    sequence: str
    detections: str = ""
    bytetrack: str = ""


CLIPS = {
    "pets-yolox": Clip("PETS09-S2L1, YOLOX-nano", PETS, "pets09-s2l1-yolox.det.txt.gz", "50.9 / 77.4 / 67.0 / 30 | | 39.1 / 44.2"),
    "pets-ssdlite": Clip(
        "PETS09-S2L1, SSDLite 3x2 tiles", PETS, "pets09-s2l1-ssdlite.det.txt.gz", "44.4 / 66.4 / 63.5 / 33 | | 34.2 / 42.5"
    ),
    "pets-frcnn": Clip("PETS09-S2L1, Faster R-CNN of SORT", PETS),
    "adl": Clip("ADL-Rundle-6, Faster R-CNN of SORT", "mot15/ADL-Rundle-6"),
    "eth": Clip("ETH-Sunnyday, Faster R-CNN of SORT", "mot15/ETH-Sunnyday"),
}


def measure(clip: Clip, shared: Path, work: Path) -> dict[str, Figures]:
    """Scores by file name for `visits`, and for `people` where it is known who is who. Needs an empty folder."""
    sequence = shared / "data" / clip.sequence
    detections = sequence / "det_sort_frcnn.txt"
    if clip.detections:
        detections = work / "det.txt"
        detections.write_bytes(gzip.decompress((TESTS / clip.detections).read_bytes()))
    run_track(detections, sequence / "seqinfo.ini", work, {})
    return measure_folder(work, sequence)


def measure_folder(folder: Path, sequence: Path) -> dict[str, Figures]:
    """The same for a folder of results."""
    figures: dict[str, Figures] = {"visits": {name: evaluate(folder / name, sequence / "gt.txt") for name in TRACK_FILES}}
    if (sequence / "people.csv").exists():
        figures["people"] = {name: evaluate(folder / name, sequence / "gt.txt", sequence / "people.csv") for name in TRACK_FILES}
    return figures


def table_rows(title: str, figures: Mapping[str, Figures]) -> list[str]:
    """One line for tracklets and one for persons."""
    lines = []
    for name in TRACK_FILES:
        of = figures["visits"][name]
        line = f"| {title} | {name.split('.')[0]} | {of.hota:.1f} / {of.mota:.1f} / {of.idf1:.1f} / {of.ids} | {of.switches} |"
        people = figures.get("people", {}).get(name)
        lines.append(f"{line} {people.hota:.1f} / {people.idf1:.1f} |" if people else f"{line} |")
    return lines


def rounded(figures: Mapping[str, Figures]) -> dict[str, dict[str, dict[str, float]]]:
    """As the baseline keeps them."""
    return {
        truth: {name: {key: round(value, 1) for key, value in asdict(scores).items()} for name, scores in of.items()}
        for truth, of in figures.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--folder", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--update", action="store_true", help="write the baseline of the tests anew")
    options = parser.parse_args()
    print("| clip, detections | | visits HOTA / MOTA / IDF1 / ids | switches | people HOTA / IDF1 |\n|---|---|---|---|---|")
    baseline = {}
    for key, clip in CLIPS.items():
        with tempfile.TemporaryDirectory() as work:
            figures = measure(clip, options.shared, Path(work))
        baseline[key] = rounded(figures)
        if clip.bytetrack:
            print(f"| {clip.title} | ByteTrack elsewhere | {clip.bytetrack} |")
        print("\n".join(table_rows(clip.title, figures)))
    for text in options.folder:
        title, _, folder = text.partition("=")
        print("\n".join(table_rows(title, measure_folder(Path(folder), options.shared / "data" / PETS))))
    if options.update:
        BASELINE.write_text(json.dumps(baseline, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
