"""A job whose video is on the web has one task more, before all others; every other job is what it was."""

from dataclasses import replace

import pytest

from castlist.domain.jobs import Event, Fact, JobRequest, NamedObject, ObjectRef, Stage, TaskDone
from services.coordinator.algorithms.decide import JobState, Status, decide, job_state, request_fault
from services.coordinator.algorithms.ledger import Ledger

URL = "https://host.example/a/film.mp4?key=secret"
REQUEST = JobRequest("j", None, "", source_url=URL)
HANDED_IN = JobRequest("j", ObjectRef("jobs/j/source", 9, "cd" * 32), "film.mp4")
SOURCE = ObjectRef("jobs/j/fetch/0/x/source", 9, "cd" * 32)


def done(stage: Stage, *outputs: str, **counts: int) -> TaskDone:
    objects = [NamedObject(name, ObjectRef(f"jobs/j/{stage}/{name}", 1, "ab" * 32)) for name in outputs]
    return TaskDone(stage, 0, 0, tuple(objects), counts, ())


FETCH_DONE = TaskDone(Stage.FETCH, 0, 0, (NamedObject("source", SOURCE),), {"bytes": 9}, ())
UP_TO_CAST = [
    done(Stage.PLAN, "video", "detector", "embedder", segments=1),
    done(Stage.DETECT, "detections", "crops"),
    done(Stage.TRACK, "tracks", "state"),
    done(Stage.PICK, "shots.json", "tracklets", "crop_table", "kept_crops"),
    done(Stage.GROUP, "tracklets_split", "persons", "splits.json"),
    done(Stage.COMPARE, "cast"),
    done(Stage.CAST, "person_crops"),
]


def ledger(*facts: Fact, request: JobRequest = REQUEST) -> Ledger:
    found = Ledger(request=request)
    for sequence, fact in enumerate(facts, 1):
        found.add(Event("j", sequence, fact))
    return found


def state(*facts: Fact, request: JobRequest = REQUEST) -> JobState:
    return job_state(ledger(*facts, request=request))


def test_nothing_is_planned_before_the_video_is_there() -> None:
    (task,) = decide(ledger()).tasks
    assert (task.stage, task.index, task.inputs) == (Stage.FETCH, 0, ())
    assert {name: item.value for name, item in task.parameters.items()} == {"source.url": URL}


def test_what_was_fetched_takes_the_place_of_what_is_handed_in() -> None:
    (plan,) = decide(ledger(FETCH_DONE)).tasks
    assert (plan.stage, plan.refs("source")) == (Stage.PLAN, (SOURCE,))
    (detect,) = decide(ledger(FETCH_DONE, UP_TO_CAST[0])).tasks
    assert (detect.stage, detect.refs("source")) == (Stage.DETECT, (SOURCE,))
    (report,) = decide(ledger(FETCH_DONE, *UP_TO_CAST)).tasks
    assert (report.stage, report.refs("source")) == (Stage.REPORT, (SOURCE,))


def test_only_fetch_is_told_the_query() -> None:
    facts = [FETCH_DONE, *UP_TO_CAST]
    for count in range(1, len(facts) + 1):
        for task in decide(ledger(*facts[:count])).tasks:
            assert "secret" not in repr(task)
    (report,) = decide(ledger(*facts)).tasks
    assert report.parameters["source.url"].value == "https://host.example/a/film.mp4"
    assert report.parameters["source.file_name"].value == "film.mp4"
    (report,) = decide(ledger(*facts, request=replace(REQUEST, file_name="mine.mp4"))).tasks
    assert report.parameters["source.file_name"].value == "mine.mp4"


def test_a_video_that_is_handed_in_is_not_fetched_nor_is_that_shown() -> None:
    assert [task.stage for task in decide(ledger(request=HANDED_IN)).tasks] == [Stage.PLAN]
    assert Stage.FETCH not in state(request=HANDED_IN).progress
    (report,) = decide(ledger(*UP_TO_CAST, request=HANDED_IN)).tasks
    assert "source.url" not in report.parameters


def test_progress_begins_with_the_fetch() -> None:
    assert next(iter(state().progress)) is Stage.FETCH
    assert (state().progress[Stage.FETCH].done, state().progress[Stage.FETCH].total) == (0, 1)
    fetched = state(FETCH_DONE).progress[Stage.FETCH]
    assert (fetched.done, fetched.counts) == (1, {"bytes": 9})


def test_a_job_may_end_with_the_fetch() -> None:
    request = replace(REQUEST, until=Stage.FETCH)
    assert decide(ledger(request=request)).status is Status.RUNNING
    assert decide(ledger(FETCH_DONE, request=request)).status is Status.DONE


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (REQUEST, None),
        (HANDED_IN, None),
        (replace(REQUEST, source_url=""), "the request names no video, neither a stored one nor an https address"),
        (replace(HANDED_IN, source_url=URL), "the request names a stored video and an address as well: one of the two is enough"),
        (replace(REQUEST, source_url="http://h/a"), "only https addresses are fetched, not http: download the video and hand in the file"),
        (
            replace(HANDED_IN, until=Stage.FETCH),
            "there is nothing to fetch, the video is handed in: name a later stage as the last one",
        ),
    ],
)
def test_a_request_names_one_video(request_: JobRequest, fault: str | None) -> None:
    assert request_fault(request_) == fault
    assert decide(ledger(request=request_)).rejection == fault
