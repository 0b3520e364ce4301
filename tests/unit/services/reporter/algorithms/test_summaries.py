from dataclasses import replace
from fractions import Fraction

import pytest

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameters import ReportParameters
from services.reporter.algorithms.published_files import PUBLISHED_FILES
from services.reporter.algorithms.run_record import run_record
from services.reporter.algorithms.summaries import Fact, page_data, stage_parameters, summarize
from services.reporter.algorithms.wording import printable_name
from tests.fixtures.synthetic_cast import make_cast, report_task


def test_the_header_names_video_and_models(inputs):
    view = summarize(inputs)
    assert (view.file_name, view.length, view.person_count) == ("campus.mp4", "1 min 29.5 s", "3 persons")
    assert view.facts == (
        Fact("Length", "1 min 29.5 s", more="89.500 s"),
        Fact("Frames", "895"),
        Fact("Picture", "768 \N{MULTIPLICATION SIGN} 576 px, 10 fps"),
        Fact("Format", "h264 in mov,mp4"),
    )
    assert view.models[0] == Fact(
        "Found by",
        "ssdlite_pedestrian",
        "onnxruntime 1.27.0 CPU float32, SHA-256 5e5e5e5e5e5e",
        f"SHA-256 {'5e' * 32}; shipped with Castlist",
    )


def test_a_container_that_says_nothing_leaves_what_was_counted(inputs):
    view = summarize(replace(inputs, video=replace(inputs.video, duration_s=0.0)))
    assert (view.length, view.ticks[-1].label) == ("1 min 29.5 s", "1:29.5")
    still = summarize(replace(inputs, video=replace(inputs.video, frame_rate=Fraction(0))))
    assert still.facts[2].value == "768 \N{MULTIPLICATION SIGN} 576 px"


def test_warnings_begin_with_notes_on_models_and_are_not_repeated(inputs):
    assert summarize(inputs).warnings == ("No OSNet weights were found.", "12 frames could not be decoded.")


def test_recommended_pairs_make_people_of_persons(inputs):
    pairs = summarize(inputs).pairs
    assert (pairs.recommended.count, pairs.groups, pairs.people_count) == (1, ((1, 3),), 2)
    assert summarize(inputs).people_count == 2
    assert pairs.look_alikes == {1: ((3, "83 %"),), 3: ((1, "83 %"),)}


def test_the_script_gets_similarities_and_special_pairs(inputs):
    ranked = [entry["person_id"] for entry in inputs.ranking["rankings"] if entry["person_id"] != 2]
    assert page_data(summarize(inputs)) == {
        "similarity": {"ids": tuple(ranked), "permille": (830,), "kinds": {"1-3": "recommended"}, "threshold": 0.7},
        "names": {"1": "Person 1", "3": "Person 3"},
    }


def test_nobody_makes_a_page_too(inputs):
    nobody = make_cast(0)
    view = summarize(
        replace(
            inputs,
            persons=(),
            before=(),
            cast=nobody.cast,
            appearances=nobody.appearances,
            ranking=nobody.ranking,
            similarity=nobody.similarity,
        )
    )
    assert (view.person_count, view.cards, view.pairs.groups, view.heat.person_ids) == ("0 persons", (), (), ())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("campus.mp4", "campus.mp4"),
        ("", ""),
        ("a\nb\x1b[31m.mp4", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m.mp4"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}4pm.exe", "\N{REPLACEMENT CHARACTER}4pm.exe"),
        ("\udcff.mp4", "\N{REPLACEMENT CHARACTER}.mp4"),  # a byte that is no UTF-8, as Python reads it from a folder
        ("Straße 東京.mp4", "Straße 東京.mp4"),
    ],
)
def test_file_names_can_not_disturb_the_page(name, shown):
    assert printable_name(name) == shown


def test_a_stage_gets_its_own_parameters():
    parameters = {"report.webp_quality": Parameter(70, "request"), "group.crops_per_person": Parameter(9, "request")}
    assert stage_parameters(ReportParameters, Stage.REPORT, parameters) == ReportParameters(webp_quality=70)


def test_the_run_record_names_models_parameters_and_counts(inputs, three):
    task, _ = report_task(three)
    record = run_record(inputs, task.ref("source"))
    assert record["castlist"] == {"version": "1.2.3"}
    assert record["video"]["sha256"] == task.ref("source").sha256
    assert record["models"]["detector"]["licence"] == "MIT"
    assert record["models"]["embedder"]["note"] == "No OSNet weights were found."
    assert record["parameters"]["compare.near_margin"] == {"value": 0.05, "source": "request"}
    assert record["parameters"]["report.webp_fps"] == {"value": 10.0, "source": "default"}
    assert record["warnings"] == ["12 frames could not be decoded.", "No OSNet weights were found."]
    assert record["counts"] == {"frames": 895, "segments": 18, "persons": 3, "tracklets": 6, "recommended": 1, "near": 0}


def test_the_run_record_tells_nothing_about_this_run(inputs, three):
    task, _ = report_task(three)
    assert "a-job" not in str(run_record(inputs, task.ref("source")))


def test_every_listed_file_has_a_purpose():
    assert all(name and what.endswith(".") for name, what in PUBLISHED_FILES)
    assert len({name for name, _ in PUBLISHED_FILES}) == len(PUBLISHED_FILES)
