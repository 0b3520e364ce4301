from dataclasses import replace

from castlist.domain.jobs import NamedObject, ObjectRef, Parameter, Stage, Task
from castlist.worker.fingerprint import code_digest, task_fingerprint

TASK = Task("job", Stage.DETECT, 3, 0, {"x": Parameter(1, "default")}, (NamedObject("source", ObjectRef("jobs/job/source", 5, "ab" * 32)),))


def test_the_same_work_has_the_same_fingerprint_in_another_job() -> None:
    moved = replace(TASK, job_id="other", attempt=2, inputs=(NamedObject("source", ObjectRef("jobs/other/source", 5, "ab" * 32)),))
    assert task_fingerprint(moved, "v1") == task_fingerprint(TASK, "v1")


def test_everything_that_matters_changes_it() -> None:
    different = [
        (replace(TASK, index=4), "v1"),
        (replace(TASK, stage=Stage.TRACK), "v1"),
        (replace(TASK, parameters={"x": Parameter(2, "default")}), "v1"),
        (replace(TASK, inputs=(NamedObject("source", ObjectRef("jobs/job/source", 5, "cd" * 32)),)), "v1"),
        (TASK, "v2"),
    ]
    assert len({task_fingerprint(task, digest) for task, digest in [(TASK, "v1"), *different]}) == 6


def test_a_revision_that_returns_to_an_earlier_state_is_the_same_work() -> None:
    cast = replace(TASK, stage=Stage.CAST)
    assert task_fingerprint(replace(cast, index=2), "v1") == task_fingerprint(cast, "v1")


def test_a_services_code_is_part_of_its_digest() -> None:
    assert code_digest("services.tracker") == code_digest("services.tracker")
    assert code_digest("services.tracker") != code_digest("services.grouper")
