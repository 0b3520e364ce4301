"""Detections without a video: to the published files, and what is refused."""

import numpy as np
import pytest

from castlist.codec.documents import decode_json
from castlist.codec.motchallenge import parse_rows
from castlist.errors import InputError, UsageError
from cli.track import run_track

SEQINFO = "[Sequence]\nname=walk\nframeRate=10\nseqLength=30\nimWidth=640\nimHeight=480\n"
PUBLISHED = {
    "stitches.json",
    "tracklets.mot.txt",
    "persons.mot.txt",
    "appearances.json",
    "appearances.csv",
    "canonical_persons.npz",
    "tracklet_stats.npz",
    "reid_candidates.json",
    "ranking_results.json",
    "grouping_log.json",
    "track_metrics.json",
}


@pytest.fixture
def seqinfo(tmp_path):
    path = tmp_path / "seqinfo.ini"
    path.write_text(SEQINFO)
    return path


def two_walkers(path, frames=range(1, 21)):
    """Rows in the order of ids, not of frames, and noise that is too weak to count."""
    rows = [(frame, left + 4 * frame, 0.9) for left in (0, 300) for frame in frames] + [(5, 200, 0.05)]
    path.write_text("".join(f"{frame},-1,{left},100,30,80,{confidence},-1,-1,-1\n" for frame, left, confidence in rows))
    return path


def test_two_people(seqinfo, tmp_path):
    run_track(two_walkers(tmp_path / "det.txt"), seqinfo, tmp_path / "new" / "out", {})
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} >= PUBLISHED
    tracklets = parse_rows((tmp_path / "new" / "out" / "tracklets.mot.txt").read_text(), "tracklets.mot.txt")
    assert tracklets.ids.tolist() == [1, 2] * 20
    assert tracklets.frame_numbers.tolist() == [frame for frame in range(20) for _ in range(2)]
    assert sorted(tracklets.boxes[:2].tolist()) == [[4, 100, 34, 180], [304, 100, 334, 180]]
    assert decode_json((tmp_path / "new" / "out" / "appearances.json").read_bytes())
    metrics = decode_json((tmp_path / "new" / "out" / "track_metrics.json").read_bytes())
    assert (metrics["tracks"], metrics["video_seconds"], metrics["tracks_per_minute"]) == (2, 3.0, 40.0)
    assert (metrics["crop_stats"]["total_crops"], metrics["cluster_metrics"]["total_clusters"]) == (0, 2)


def test_nobody_is_a_result(seqinfo, tmp_path):
    (tmp_path / "det.txt").write_text("")
    run_track(tmp_path / "det.txt", seqinfo, tmp_path, {})
    assert (tmp_path / "persons.mot.txt").read_text() == ""


def test_twice_the_same_bytes(seqinfo, tmp_path):
    detections = two_walkers(tmp_path / "det.txt")
    for name in ("a", "b"):
        run_track(detections, seqinfo, tmp_path / name, {})
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_overrides_count(seqinfo, tmp_path):
    run_track(two_walkers(tmp_path / "det.txt"), seqinfo, tmp_path, {"track.new_track_confidence": "0.95"})
    assert (tmp_path / "tracklets.mot.txt").read_text() == ""


def test_a_stride_leaves_detections_out_and_fills_the_frames_between(seqinfo, tmp_path):
    run_track(two_walkers(tmp_path / "det.txt"), seqinfo, tmp_path, {"detect.frame_stride": "3"})
    tracklets = parse_rows((tmp_path / "tracklets.mot.txt").read_text(), "tracklets.mot.txt")
    assert sorted(set(tracklets.frame_numbers.tolist())) == [0, 3, 6, 9, 12, 15, 18]
    persons = parse_rows((tmp_path / "persons.mot.txt").read_text(), "persons.mot.txt")
    assert [np.count_nonzero(persons.ids == person) for person in (1, 2)] == [19, 19]
    appearances = decode_json((tmp_path / "appearances.json").read_bytes())
    assert (appearances["frame_count"], appearances["examined_frames"]) == (30, 10)
    assert [person["coverage"] for person in appearances["persons"]] == [0.7, 0.7]
    run_track(two_walkers(tmp_path / "det.txt"), seqinfo, tmp_path, {"detect.min_size": "81"})
    assert (tmp_path / "tracklets.mot.txt").read_text() == ""


def test_a_bad_override_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match=r"no parameter 'track.lost_bufer_s'; did you mean 'track.lost_buffer_s'"):
        run_track(tmp_path / "none", tmp_path / "none", tmp_path / "out", {"track.lost_bufer_s": "3"})
    assert not (tmp_path / "out").exists()


def test_frames_beyond_the_sequence(seqinfo, tmp_path):
    with pytest.raises(InputError, match=r"det.txt has frame 31, but .*seqinfo.ini says seqLength=30; correct seqLength"):
        run_track(two_walkers(tmp_path / "det.txt", frames=range(20, 32)), seqinfo, tmp_path / "out", {})


def test_files_that_are_not_there(seqinfo, tmp_path):
    with pytest.raises(InputError, match=r"none.txt does not exist; check the path"):
        run_track(tmp_path / "none.txt", seqinfo, tmp_path / "out", {})
    with pytest.raises(InputError, match="can't be read: Is a directory"):
        run_track(tmp_path, seqinfo, tmp_path / "out", {})


def test_an_output_folder_that_is_a_file(seqinfo, tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="choose another folder with -o"):
        run_track(two_walkers(tmp_path / "det.txt"), seqinfo, tmp_path / "out", {})
