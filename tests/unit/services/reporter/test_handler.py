import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from castlist import __version__
from castlist.domain.jobs import Parameter
from castlist.errors import TaskFailed
from services.reporter.handler import handle
from tests.fixtures.synthetic_cast import make_cast, report_task

REPOSITORY = Path(__file__).resolve().parents[4]


def run(cast, **request):
    task, objects = report_task(cast, **request)
    result = handle(task, objects)
    return replace(result, outputs=tuple(result.outputs))


def test_outputs_are_page_pictures_and_record(three):
    result = run(three)
    assert [output.name for output in result.outputs] == [
        "person_selection.html",
        "webp/person_001.webp",
        "webp/person_003.webp",
        "run.json",
    ]
    assert all(output.published for output in result.outputs)
    assert result.counts == {"persons": 3}


def test_the_same_task_gives_the_same_bytes(three):
    first, second = run(three), run(three)
    assert [(output.name, output.data) for output in first.outputs] == [(output.name, output.data) for output in second.outputs]


def test_file_name_and_warnings_reach_page_and_record(three):
    result = run(three, file_name="<b>clip</b>.mp4", warnings=("Half of it is missing.",))
    page, record = result.outputs[0].data.decode(), json.loads(result.outputs[-1].data)
    assert "<bdi>&lt;b&gt;clip&lt;/b&gt;.mp4</bdi>" in page
    assert "Half of it is missing." in page
    assert record["video"]["file_name"] == "<b>clip</b>.mp4"
    assert record["warnings"] == ["Half of it is missing."]
    assert record["video"]["sha256"] == hashlib.sha256(b"not read").hexdigest()
    assert "source.file_name" not in record["parameters"]


@pytest.mark.parametrize("switch", ["detect.crops", "pick.embed"])
def test_a_switch_that_leaves_the_comparison_out_is_said(three, switch):
    result = run(replace(three, parameters={**three.parameters, switch: Parameter(False, "request")}))
    page, record = result.outputs[0].data.decode(), json.loads(result.outputs[-1].data)
    assert f"Nobody was compared by looks, since {switch} is off" in page
    assert record["models"]["embedder"]["name"] == "none"


def test_a_record_says_in_how_many_frames_people_were_looked_for(three):
    strided = replace(three, appearances={**three.appearances, "examined_frames": 90})
    assert "people were looked for in 90" in run(strided).outputs[0].data.decode()
    assert "people were looked for in" not in run(three).outputs[0].data.decode()


def test_nobody_found_is_a_result(three):
    result = run(make_cast(0))
    assert [output.name for output in result.outputs] == ["person_selection.html", "run.json"]
    assert b"Nobody was found" in result.outputs[0].data
    assert result.counts == {"persons": 0}


def test_a_broken_crop_ends_the_job_with_a_reason(three):
    broken = replace(three, crops=replace(three.crops, images=(b"not a picture", *three.crops.images[1:])))
    with pytest.raises(TaskFailed, match="no picture"):
        run(broken)


def test_the_version_is_the_packages(three):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "version" in project:
        assert project["version"] == __version__
    assert json.loads(run(three).outputs[-1].data)["castlist"]["version"] == __version__
