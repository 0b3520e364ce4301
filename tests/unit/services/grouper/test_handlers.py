"""The stages one after the other: what they publish, what they hand on, and that nothing at all is a valid input."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from castlist.codec.arrays import decode_npz
from castlist.codec.cast import encode_cast
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.documents import encode_json
from castlist.codec.messages import encode_tracks, encode_video_plan
from castlist.codec.persons import decode_persons
from castlist.domain.cast import Cast, cast_before_merging
from castlist.domain.cluster_metrics import cluster_metrics
from castlist.domain.jobs import Parameter, Stage, Task
from castlist.domain.records import CropPack, SegmentTracks
from castlist.ports import TaskResult
from services.grouper.handlers import cast as cast_stage
from services.grouper.handlers import group, pick
from tests.fixtures.packed_crops import segment_objects
from tests.fixtures.stored_objects import StoredObjects

PUBLISHED = [
    "stitches.json",
    "shots.json",
    "tracklets.mot.txt",
    "splits.json",
    "tracklet_stats.npz",
    "reid_candidates.json",
    "grouping_log.json",
    "grouping_pairs.npz",
    "persons.mot.txt",
    "appearances.json",
    "appearances.csv",
    "canonical_persons.npz",
    "primary_person.npz",
    "selected_persons.npz",
    "ranking_results.json",
    "ranking_report.json",
    "crop_quality.csv",
    "track_metrics.json",
]
IDENTITIES = {"cluster_metrics": asdict(cluster_metrics([1, 1], outliers=1)), "identities": []}
SAID = {"name", "ignored", "selected"}
HANDED_ON = {"tracklets", "crop_table", "tracklets_split", "persons", "person_crops", "person_crop_list"}


def crops_of(segment: SegmentTracks, every: int) -> CropPack:
    rows = np.flatnonzero(segment.frame_numbers % every == 0)
    return CropPack(
        images=tuple(b"jpeg %d" % index for index in segment.detection_indices[rows]),
        frame_numbers=segment.frame_numbers[rows] - segment.frame_offset,
        detection_indices=segment.detection_indices[rows] - segment.detection_offset,
        boxes=segment.boxes[rows],
        confidences=segment.confidences[rows],
        sharpness=np.ones(len(rows), np.float32),
        shapes=np.full((len(rows), 2), 5),
        person_ids=np.zeros(len(rows), np.int64),
    )


@pytest.fixture
def run(video, make_segment):
    """Pick, group and cast; persons are not merged between, but `edited`. The counts, warnings and outputs of all.

    Tracks are not joined before grouping and gaps stay open, unless `parameters` say so.
    """

    def run_stages(tracklets, *, crops_every: int = 2, with_crops: bool = True, parameters=None, edited=lambda cast: cast) -> TaskResult:
        objects = StoredObjects()
        segments = [make_segment(tracklets, 30, frame_offset=offset) for offset in (0, 30)]
        inputs = [objects.add("video", encode_video_plan(video)), objects.add("identities.json", encode_json(IDENTITIES))]
        inputs += [objects.add("tracks", encode_tracks(segment)) for segment in segments]
        if with_crops:
            for number, segment in enumerate(segments):
                inputs += segment_objects(objects, number, crops_of(segment, crops_every), segment.frame_offset)
        chosen = {"link_max_gap_s": 0.0, "interpolate_max_gap_frames": 0} | (parameters or {})
        values = {name: Parameter(value, "request") for name, value in chosen.items()}
        values |= {"counted.crops": Parameter(50, "detect"), "counted.blank_crops": Parameter(6, "detect")}
        outputs, counts, warnings = [], {}, []
        for stage, handle in ((Stage.PICK, pick.handle), (Stage.GROUP, group.handle), (Stage.CAST, cast_stage.handle)):
            result = handle(Task("job", stage, 0, 0, values, tuple(inputs)), objects)
            made = list(result.outputs)
            inputs += [objects.add(output.name, output.data) for output in made]
            inputs += [
                objects.add("cast", encode_cast(edited(cast_before_merging(decode_persons(output.data)))))
                for output in made
                if output.name == "persons"
            ]
            outputs += made
            counts |= result.counts
            warnings += result.warnings
        return TaskResult(tuple(outputs), counts, tuple(warnings))

    return run_stages


@pytest.fixture
def cast(make_tracklet):
    """Two people: one in two parts, one standing beside."""
    return [
        make_tracklet(1, range(20), at=(100, 100), step=(2, 0)),
        make_tracklet(2, range(50), at=(300, 200)),
        make_tracklet(3, range(28, 55), at=(156, 100), step=(2, 0)),
        make_tracklet(4, range(2)),
    ]


def outputs(result: TaskResult) -> dict[str, bytes]:
    return {output.name: output.data for output in result.outputs if output.name not in ("embed_crops", "kept_crops")}


def test_two_people(run, cast) -> None:
    result = run(cast)
    assert {output.name for output in result.outputs if not output.published} == {*HANDED_ON, "kept_crops", "embed_crops"}
    assert [output.name for output in result.outputs if output.published] == PUBLISHED
    assert result.counts == {"tracklets": 3, "crops": 39, "kept_crops": 49, "splits": 0, "persons": 2}
    assert result.warnings == ()
    found = outputs(result)
    persons = decode_persons(found["canonical_persons.npz"])
    assert [(person.person_id, person.tracklet_ids) for person in persons] == [(1, (1, 3)), (2, (2,))]
    assert json.loads(found["reid_candidates.json"]) == [
        {"tracklet_1": 1, "tracklet_2": 3, "gap": 9, "distance": 18.0, "area_ratio": 1.0, "cuts_between": 0}
    ]
    ranking = json.loads(found["ranking_results.json"])
    assert ranking["primary_person"] == ranking["rankings"][0]["person_id"] == 2
    assert ranking["weights"] == {"duration": 0.4, "coverage": 0.3, "center": 0.2, "smoothness": 0.1}
    assert found["ranking_report.json"] == found["ranking_results.json"]
    assert set(ranking["rankings"][0]) == {"person_id", "score", "rank", "duration", "coverage", "center", "smoothness", *SAID}
    assert found["persons.mot.txt"].decode().splitlines()[0] == "1,1,90.00,80.00,20.00,40.00,0.9000,-1,-1,-1"
    assert len(found["persons.mot.txt"].splitlines()) == len(found["tracklets.mot.txt"].splitlines()) == 97


def test_without_embedding_pictures_are_kept_and_tracks_joined_as_no_looks_decide(run, cast) -> None:
    result = run(cast, parameters={"embed": False})
    assert {output.name for output in result.outputs if not output.published} == {*HANDED_ON, "kept_crops"}
    assert (result.counts["crops"], result.counts["kept_crops"]) == (0, 49)
    assert result.warnings == ()
    rivals = [cast[0], cast[2], replace(cast[2], tracklet_id=9, boxes=cast[2].boxes + np.float32(4))]
    wished = {"link_max_gap_s": 3.0, "link_margin": 5.0}
    assert run(rivals, parameters=wished).counts["tracklets"] == 3
    assert run(rivals, parameters={**wished, "embed": False}).counts["tracklets"] == 2


def test_the_metrics_count_tracks_crops_and_clusters(run, cast) -> None:
    found = json.loads(outputs(run(cast))["track_metrics.json"])
    assert (found["video_seconds"], found["tracks"], found["tracks_per_minute"], found["persons"]) == (6.0, 3, 30.0, 2)
    assert found["crop_stats"] == {"total_crops": 50, "blank_crops": 6, "blank_fraction": 0.12}
    assert found["cluster_metrics"] == IDENTITIES["cluster_metrics"]
    verdicts = {item["metric"]: item["verdict"] for item in found["acceptance"]["metrics"]}
    assert {metric for metric, verdict in verdicts.items() if verdict != "not_judged"} == {"blank_fraction"}
    assert found["acceptance"]["overall"] == verdicts["blank_fraction"] == "warn"


def marked(person_id: int, **marks: bool | str) -> Callable[[Cast], Cast]:
    return lambda cast: replace(
        cast, persons=tuple(replace(person, **marks) if person.person_id == person_id else person for person in cast.persons)
    )


def ids(data: bytes) -> list[int]:
    return [person.person_id for person in decode_persons(data)]


def test_the_primary_and_the_selected_persons_have_files_of_their_own(run, cast) -> None:
    found = outputs(run(cast))
    assert (ids(found["primary_person.npz"]), ids(found["selected_persons.npz"])) == ([2], [])
    found = outputs(run(cast, edited=marked(1, selected=True, name="Anna")))
    assert (ids(found["primary_person.npz"]), ids(found["selected_persons.npz"])) == ([1], [1])
    ranking = json.loads(found["ranking_results.json"])
    assert ranking["primary_person"] == 1
    assert [(entry["person_id"], entry["name"], entry["selected"]) for entry in ranking["rankings"]] == [(2, "", False), (1, "Anna", True)]


def test_who_is_ignored_is_not_primary_but_stays_in_every_list(run, cast) -> None:
    found = outputs(run(cast, edited=marked(2, ignored=True)))
    assert (ids(found["primary_person.npz"]), ids(found["canonical_persons.npz"])) == ([1], [1, 2])
    assert [entry["ignored"] for entry in json.loads(found["ranking_results.json"])["rankings"]] == [True, False]


def test_the_appearances_say_who_and_when(run, cast) -> None:
    found = outputs(run(cast))
    document = json.loads(found["appearances.json"])
    assert document["frame_count"] == 60
    counted = {"observed_frames": 47, "interpolated_frames": 0}
    assert document["persons"][0]["intervals"] == [{"start_frame": 0, "end_frame": 55, "start_s": 0.0, "end_s": 5.5} | counted]
    assert found["appearances.csv"].decode().splitlines() == [
        "person_id,start_s,end_s,start_frame,end_frame,observed_frames,interpolated_frames",
        "1,0.000000,5.500000,0,55,47,0",
        "2,0.000000,5.000000,0,50,50,0",
    ]


def test_one_who_walks_on_after_a_gap_is_one_tracklet_and_the_gap_is_filled_and_marked(run, cast) -> None:
    """Parts 1 and 3 are joined before grouping; frames 20 to 27 are estimated, and no crop shows them."""
    result = run(cast, parameters={"link_max_gap_s": 3.0, "interpolate_max_gap_frames": 20})
    assert (result.counts["tracklets"], result.counts["persons"]) == (2, 2)
    found = outputs(result)
    first, _ = decode_persons(found["canonical_persons.npz"])
    assert first.tracklet_ids == (1,)
    assert np.flatnonzero(first.interpolated).tolist() == list(range(20, 28))
    document = json.loads(found["appearances.json"])["persons"][0]
    assert (document["observed_frames"], document["interpolated_frames"]) == (47, 8)
    assert document["coverage"] == pytest.approx(47 / 60, abs=1e-6)
    lines = found["persons.mot.txt"].decode().splitlines()
    assert len(lines) == len(found["tracklets.mot.txt"].splitlines()) + 8 == 105
    assert "21,1,130.00,80.00,20.00,40.00,0.0000,-1,-1,-1" in lines
    assert not set(decode_crops(found["person_crops"]).frame_numbers[:20].tolist()) & set(range(20, 28))


def test_the_log_gives_a_reason_for_each_pair(run, cast) -> None:
    document = json.loads(outputs(run(cast))["grouping_log.json"])
    assert [(check["name"], check["limit"]) for check in document["checks"]] == [
        ("temporal", 30),
        ("spatial", 200),
        ("area", 0.7),
        ("motion", 0.6),
        ("jitter", 40),
        ("prediction", 0.5),
        ("cuts", 0),
        ("looks", 0.7),
    ]
    assert document["pairs_considered"] == 1
    assert document["prediction"] == {"window_frames": 10, "doubt_heights_per_frame": 0.025}
    assert document["parameters"]["max_temporal_gap_frames"] == 30
    (pair,) = document["pairs"]
    assert (pair["tracklet_1"], pair["tracklet_2"], pair["decision"], pair["vetoed_by_tracklet"]) == (1, 3, "joined", None)
    assert pair["checks"]["temporal"] == {"value": 9, "verdict": "passed"}
    assert pair["checks"]["motion"] == {"value": 1.0, "verdict": "passed"}
    assert document["persons"] == [{"person_id": 1, "tracklets": [1, 3]}, {"person_id": 2, "tracklets": [2]}]


def test_every_pair_is_kept_and_near_misses_are_listed(run, make_tracklet) -> None:
    size, far = (20.0, 80.0), (330, 100)
    tracklets = [make_tracklet(1, range(5)), make_tracklet(2, range(10, 15), size=size), make_tracklet(3, range(50, 55), at=far, size=size)]
    found = outputs(run(tracklets, parameters={"check_motion": False}))
    log, pairs = json.loads(found["grouping_log.json"]), decode_npz(found["grouping_pairs.npz"])
    assert [(pair["tracklet_1"], pair["tracklet_2"]) for pair in log["pairs"]] == [(1, 2)]
    assert log["pairs_considered"] == 3
    rows = list(zip(pairs["tracklet_1"].tolist(), pairs["tracklet_2"].tolist(), strict=True))
    assert rows == [(1, 2), (2, 3), (1, 3)]
    assert [log["decisions"][number] for number in pairs["decision"].tolist()] == ["rejected"] * 3
    assert pairs["vetoed_by_tracklet"].tolist() == [-1, -1, -1]
    assert pairs["value_temporal"].tolist() == [6, 36, 46]
    assert pairs["value_area"].tolist() == [0.5, 1.0, 0.5]
    verdicts = {
        check["name"]: [log["verdicts"][number] for number in pairs[f"verdict_{check['name']}"].tolist()] for check in log["checks"]
    }
    assert verdicts["temporal"] == ["passed", "failed", "failed"]
    assert verdicts["spatial"] == ["passed", "failed", "failed"]
    assert verdicts["area"] == ["failed", "passed", "failed"]
    assert verdicts["motion"] == ["off"] * 3
    assert verdicts["jitter"] == ["passed"] * 3
    assert verdicts["prediction"] == ["passed", "failed", "failed"]


def test_the_statistics_are_plain_columns(run, cast) -> None:
    columns = decode_npz(outputs(run(cast))["tracklet_stats.npz"])
    assert columns["tracklet_ids"].tolist() == [1, 2, 3]
    assert columns["start_frame"].tolist() == [0, 0, 28]
    assert columns["offsets"].tolist() == [0, 20, 70, 97]
    assert columns["bboxes"].shape == (97, 4)
    assert columns["frame_seconds"].tolist() == [frame / 10 for frame in range(60)]
    assert all(column.dtype != object for column in columns.values())


def test_crops_are_by_person_in_time_order(run, cast) -> None:
    result = run(cast, parameters={"crops_per_person": 5, "embed_crops_per_tracklet": 4, "embed_batch_crops": 8})
    shown = decode_crops(outputs(result)["person_crops"])
    assert shown.person_ids.tolist() == [1] * 5 + [2] * 5
    assert np.all(np.diff(shown.frame_numbers[:5]) > 0)
    assert shown.images == tuple(b"jpeg %d" % index for index in shown.detection_indices)
    batches = [decode_crops(output.data) for output in result.outputs if output.name == "embed_crops"]
    assert [(batch.detection_indices % 100).tolist() for batch in batches] == [[1] * 4 + [2] * 4, [3] * 4]
    rows = list(csv.DictReader(io.StringIO(outputs(result)["crop_quality.csv"].decode())))
    assert sum(int(row["animated"]) for row in rows) == 10
    assert sum(int(row["embedded"]) for row in rows) == 12
    assert [row["tracklet_id"] for row in rows] == ["1"] * 10 + ["3"] * 14 + ["2"] * 25  # all crops, of the persons in turn
    assert sorted(int(row["quality_rank"]) for row in rows if row["person_id"] == "1") == list(range(1, 25))
    assert {row["rejection_reason"] for row in rows if row["embedded"] == "1"} == {""}
    assert {row["rejection_reason"] for row in rows if float(row["overlap"]) > 0.15} == {"covered"}


def test_a_job_keeps_no_more_crops_than_allowed_and_says_so(run, cast) -> None:
    result = run(cast, parameters={"max_crops_per_job": 20})
    assert result.counts["kept_crops"] == 20
    (warning,) = result.warnings
    assert warning.startswith("20 crops are kept of the 49 that tracklets would keep: pick.max_crops_per_job allows no more")
    kept = [decode_crops(output.data) for output in result.outputs if output.name in ("kept_crops", "embed_crops")]
    indices = np.unique(np.concatenate([pack.detection_indices for pack in kept]))
    assert len(indices) == 20
    assert np.bincount(indices % 100).tolist() == [0, 6, 7, 7]  # the remainder to the longest tracklets
    assert np.unique(decode_crops(outputs(result)["person_crops"]).person_ids).tolist() == [1, 2]


def test_a_late_and_brief_person_without_crops_is_kept_and_said(run, cast, make_tracklet) -> None:
    result = run([*cast, make_tracklet(9, [57, 58, 59], at=(30, 250))], crops_every=20)
    assert result.counts["persons"] == 3
    (warning,) = result.warnings
    assert warning.startswith("1 of 3 persons have no picture and are not compared (person 3)")
    found = outputs(result)
    last = json.loads(found["ranking_results.json"])["rankings"][-1]
    assert (last["person_id"], last["rank"], last["duration"], last["coverage"]) == (3, 3, 0.06, 0.05)
    assert found["appearances.csv"].decode().splitlines()[-1].startswith("3,5.700000,6.000000,57,60,3")
    assert [person.person_id for person in decode_persons(found["canonical_persons.npz"])] == [1, 2, 3]


def test_tracks_without_a_video_need_no_crops(run, cast) -> None:
    result = run(cast, with_crops=False)
    assert {output.name for output in result.outputs} == {*PUBLISHED, *HANDED_ON}
    assert decode_crops(outputs(result)["person_crops"]).images == ()
    assert result.counts == {"tracklets": 3, "crops": 0, "kept_crops": 0, "splits": 0, "persons": 2}
    assert result.warnings == ()


def test_nobody(run) -> None:
    result = run([])
    assert {output.name for output in result.outputs} == {*PUBLISHED, *HANDED_ON}
    found = outputs(result)
    assert decode_persons(found["canonical_persons.npz"]) == ()
    ranking = json.loads(found["ranking_results.json"])
    assert (ranking["primary_person"], ranking["rankings"]) == (None, [])
    assert json.loads(found["appearances.json"])["persons"] == []
    assert json.loads(found["reid_candidates.json"]) == []
    assert json.loads(found["grouping_log.json"])["pairs"] == []
    assert found["persons.mot.txt"] == b""
    assert result.counts == {"tracklets": 0, "crops": 0, "kept_crops": 0, "splits": 0, "persons": 0}
    assert result.warnings == ()


def test_the_same_input_gives_the_same_bytes(run, cast) -> None:
    assert run(cast) == run(cast)
