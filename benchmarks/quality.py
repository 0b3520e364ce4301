"""Quality on clips with ground truth, beside other trackers on the same detections, as a Markdown table.

    make quality
    python -m benchmarks.quality ../shared
    python -m benchmarks.quality ../shared --page --update
    python -m benchmarks.quality ../shared --folder SSDLite=out/campus

Reads the folder of shared data (`data/pets09-s2l1`, `data/mot15`, `models`) and the detections of our detectors that are
committed beside the tests. `--peers PYTHON` names the interpreter that has the other trackers, `--folder NAME=DIR` adds a
finished job on the PETS video. `--page` writes the table into docs/quality.md, `--update` the baseline of the tests anew.
"""

import argparse
import gzip
import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.given_detections import GivenJob, Source
from castlist.codec.motchallenge import MotRows, format_rows, parse_detections
from castlist.manifest import ModelLibrary
from cli.evaluate import TRACK_FILES, Scores, evaluate, read_ground_truth
from cli.track import run_track

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = REPOSITORY / "tests" / "quality"
BASELINE = TESTS / "baseline.json"
PAGE = REPOSITORY / "docs" / "quality.md"
PETS = "pets09-s2l1"
OSNET, STRIPES = "osnet_x0_25_msmt17", "colour_stripes"
TRACKLETS, PERSONS, UNMERGED, MERGED = "tracklets", "persons, no video", "persons, `--merge plan`", "persons, `--merge auto`"
PEERS = ("SORT", "ByteTrack", "OC-SORT", "BoT-SORT")

Figures = Mapping[str, Scores]


@dataclass(frozen=True, slots=True)
class Clip:
    """Detections of a sequence: of a file beside the tests, `FRCNN` those beside the sequence, `TRUTH` its ground truth.

    With an `embedder` all stages run on the sequence's video; without one, on the detections alone.
    """

    title: str
    sequence: str
    detections: str
    embedder: str = ""
    peers: bool = True


FRCNN, TRUTH = "frcnn", "truth"
CLIPS = {
    "pets-yolox": Clip("PETS09-S2L1, YOLOX-nano, OSNet", PETS, "pets09-s2l1-yolox.det.txt.gz", OSNET),
    "pets-yolox-stripes": Clip("PETS09-S2L1, YOLOX-nano, colour stripes", PETS, "pets09-s2l1-yolox.det.txt.gz", STRIPES, peers=False),
    "pets-ssdlite": Clip("PETS09-S2L1, SSDLite 3x2 tiles, OSNet", PETS, "pets09-s2l1-ssdlite.det.txt.gz", OSNET),
    "pets-truth": Clip("PETS09-S2L1, ground-truth boxes, OSNet", PETS, TRUTH, OSNET),
    "pets-frcnn": Clip("PETS09-S2L1, Faster R-CNN of SORT", PETS, FRCNN),
    "adl": Clip("ADL-Rundle-6, Faster R-CNN of SORT", "mot15/ADL-Rundle-6", FRCNN),
    "eth": Clip("ETH-Sunnyday, Faster R-CNN of SORT", "mot15/ETH-Sunnyday", FRCNN),
}


def measure(clip: Clip, shared: Path, work: Path, peers: Path | None = None) -> dict[str, Figures]:
    """Scores by row of the table for `visits`, and for `people` where it is known who is who. Needs an empty folder."""
    sequence = shared / "data" / clip.sequence
    detections = work / "det.txt"
    detections.write_bytes(format_rows(given_detections(clip, sequence)))
    files: dict[str, Path] = {}
    if peers is not None and clip.peers:
        command = [peers, "-W", "ignore", "-m", "benchmarks.peers", detections, sequence / "seqinfo.ini", work]
        subprocess.run(command, check=True, cwd=REPOSITORY)
        files = {name: work / f"{name}.mot.txt" for name in PEERS}
    files |= _with_video(clip, sequence, shared, work) if clip.embedder else _without_video(detections, sequence, work)
    return score_files(files, sequence)


def given_detections(clip: Clip, sequence: Path) -> MotRows:
    """The clip's detections, ids without meaning."""
    if clip.detections == TRUTH:
        return read_ground_truth(sequence / "gt.txt")
    if clip.detections == FRCNN:
        return parse_detections((sequence / "det_sort_frcnn.txt").read_text(), "det_sort_frcnn.txt")
    return parse_detections(gzip.decompress((TESTS / clip.detections).read_bytes()).decode(), clip.detections)


def _without_video(detections: Path, sequence: Path, work: Path) -> dict[str, Path]:
    run_track(detections, sequence / "seqinfo.ini", work, {})
    return {TRACKLETS: work / TRACK_FILES[0], PERSONS: work / TRACK_FILES[1]}


def _with_video(clip: Clip, sequence: Path, shared: Path, work: Path) -> dict[str, Path]:
    source = Source(sequence / "vtest.avi", given_detections(clip, sequence), ModelLibrary(shared / "models"))
    for name in ("objects", "plan", "auto"):
        (work / name).mkdir()
    job = GivenJob(source, {"plan.embedder": clip.embedder}, work / "objects")
    job.finish({}, work / "plan")
    job.finish({"compare.merge": "auto"}, work / "auto")
    return {
        TRACKLETS: work / "plan" / TRACK_FILES[0],
        UNMERGED: work / "plan" / TRACK_FILES[1],
        MERGED: work / "auto" / TRACK_FILES[1],
    }


def score_files(files: Mapping[str, Path], sequence: Path) -> dict[str, Figures]:
    """The same for files of tracks by row."""
    figures: dict[str, Figures] = {"visits": {name: evaluate(path, sequence / "gt.txt") for name, path in files.items()}}
    people = sequence / "people.csv"
    if people.exists():
        figures["people"] = {name: evaluate(path, sequence / "gt.txt", people) for name, path in files.items()}
    return figures


HEADING = (
    "| clip, detections, appearance | | visits HOTA / MOTA / IDF1 / ids | switches | people HOTA / IDF1 | 20 frames or more | mixed |\n"
    "|---|---|---|---|---|---|---|"
)


def table_rows(title: str, figures: Mapping[str, Figures]) -> list[str]:
    """A line for each tracker, tracklets and persons; who is mixed is told by people, where they are known."""
    lines = []
    for name, of in figures["visits"].items():
        people = figures.get("people", {}).get(name)
        scores = f"{of.hota:.1f} / {of.mota:.1f} / {of.idf1:.1f} / {of.ids} | {of.switches}"
        whole = f"{people.hota:.1f} / {people.idf1:.1f}" if people else ""
        lasting = f"{of.lasting} ({of.strangers} in no truth)" if of.strangers else f"{of.lasting}"
        lines.append(f"| {title} | {name} | {scores} | {whole} | {lasting} | {(people or of).mixed} |")
    return lines


def rounded(figures: Mapping[str, Figures]) -> dict[str, dict[str, dict[str, float]]]:
    """As the baseline keeps them: ours alone."""
    return {
        truth: {name: {key: round(value, 1) for key, value in asdict(scores).items()} for name, scores in of.items() if name not in PEERS}
        for truth, of in figures.items()
    }


def write_page(lines: list[str]) -> None:
    """Put the table in the place of the one that the page has."""
    page = PAGE.read_text().splitlines()
    rows = [number for number, line in enumerate(page) if line.startswith("|")]
    first = next(number for number in rows if page[number] == lines[0].splitlines()[0] or "visits HOTA" in page[number])
    last = first
    while last + 1 < len(page) and page[last + 1].startswith("|"):
        last += 1
    PAGE.write_text("\n".join([*page[:first], *lines, *page[last + 1 :]]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="the interpreter that has the other trackers")
    parser.add_argument("--folder", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--page", action="store_true", help="write the table into docs/quality.md")
    parser.add_argument("--update", action="store_true", help="write the baseline of the tests anew")
    options = parser.parse_args()
    lines, baseline = [HEADING], {}
    print(HEADING)
    for key, clip in CLIPS.items():
        with tempfile.TemporaryDirectory() as work:
            figures = measure(clip, options.shared, Path(work), options.peers and options.peers.absolute())
        baseline[key] = rounded(figures)
        lines += table_rows(clip.title, figures)
        print("\n".join(table_rows(clip.title, figures)), flush=True)
    for text in options.folder:
        title, _, folder = text.partition("=")
        files = {name.split(".")[0]: Path(folder) / name for name in TRACK_FILES}
        print("\n".join(table_rows(title, score_files(files, options.shared / "data" / PETS))))
    if options.page:
        write_page(lines)
    if options.update:
        BASELINE.write_text(json.dumps(baseline, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
