"""Whatever the order, the duplication and the mixture of a job's events, the decision is the same."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.jobs import (
    REVISED,
    Event,
    Fact,
    FailureKind,
    JobCancelled,
    JobRejected,
    JobRequest,
    JobRetried,
    NamedObject,
    ObjectRef,
    Parameter,
    ResultEdited,
    Settings,
    Stage,
    Task,
    TaskDone,
    TaskFailure,
)
from services.coordinator.algorithms.decide import MAX_TRIES, Decision, JobState, Status, decide, job_state
from services.coordinator.algorithms.ledger import Ledger
from services.coordinator.algorithms.wiring import QUEUED_PER_JOB, fair_window

OUTPUTS = {
    Stage.FETCH: ["source"],
    Stage.PLAN: ["video", "detector", "embedder"],
    Stage.DETECT: ["crops.{index}", "thumbnails", "detections"],
    Stage.TRACK: ["tracks", "state"],
    Stage.PICK: ["shots.json", "tracklets", "crop_table", "kept_crops"],
    Stage.EMBED: ["embeddings"],
    Stage.GROUP: ["tracklets_split", "persons", "splits.json"],
    Stage.COMPARE: ["similarity_matrix.json", "cast", "identities.json"],
    Stage.CAST: ["canonical_persons.npz", "appearances.json", "ranking_results.json", "person_crops", "track_metrics.json"],
    Stage.REPORT: ["person_selection.html"],
}


def ref(name: str) -> ObjectRef:
    return ObjectRef(f"jobs/j/{name}", 1, "ab" * 32)


REQUEST = JobRequest("j", ObjectRef("jobs/j/source", 9, "cd" * 32), "film.mp4")
FETCHED = JobRequest("j", None, "", source_url="https://host.example/film.mp4?key=secret")


def done(stage: Stage, index: int, *, segments: int = 2, batches: int = 2, version: int = 0) -> TaskDone:
    names = OUTPUTS[stage] + (["embed_crops"] * batches if stage is Stage.PICK else [])
    names = [name.format(index=index) for name in names]
    outputs = tuple(
        NamedObject(name, ref(f"{stage}/{index}/{version}/{number}/{name}"), name.endswith((".json", ".npz", ".html")), "crops." in name)
        for number, name in enumerate(names)
    )
    counts = {"segments": segments} if stage is Stage.PLAN else {"frames": 10, "crops": 5, "blank_crops": index}
    return TaskDone(stage, index, 0, outputs, counts, ())


def test_tasks_get_what_counts_of_a_requests_settings_with_its_source() -> None:
    """A client of the bus names a profile and no more."""
    request = replace(REQUEST, overrides={"detect.nms_iou": "0.6"}, settings=Settings(profile="fast_cpu"))
    (task,) = (task for task in decide(ledger_of(done(Stage.PLAN, 0, segments=1), request=request)).tasks)
    assert task.parameters["nms_iou"] == Parameter(0.6, "request")
    assert task.parameters["detection_fps_limit"] == Parameter(5.0, "profile fast_cpu")
    assert task.parameters["crop_jpeg_quality"] == Parameter(95, "default")
    refused = decide(ledger_of(request=replace(REQUEST, settings=Settings(profile="fast_gpu"))))
    assert refused.rejection == "there is no profile 'fast_gpu'; did you mean 'fast_cpu'?"


def failure(stage: Stage, index: int, *, attempt: int = 0, delivery: int = 1, permanent: bool = False) -> TaskFailure:
    return TaskFailure(stage, index, attempt, delivery, FailureKind.BUG, permanent, f"{stage} {index} broke")


def ledger_of(*facts: Fact, request: JobRequest = REQUEST) -> Ledger:
    ledger = Ledger(request=request)
    for sequence, fact in enumerate(facts, 1):
        ledger.add(Event("j", sequence, fact))
    return ledger


def decided(*facts: Fact, request: JobRequest = REQUEST) -> Decision:
    return decide(ledger_of(*facts, request=request))


def state(*facts: Fact) -> JobState:
    return job_state(ledger_of(*facts))


def names(decision: Decision) -> list[tuple[str, int]]:
    return [(task.stage.value, task.index) for task in decision.tasks]


def test_a_new_job_needs_its_plan() -> None:
    decision = decided()
    assert decision.status is Status.RUNNING
    assert names(decision) == [("plan", 0)]
    assert decision.tasks[0].refs("source") == (REQUEST.source,)


def test_a_plan_brings_one_detect_task_per_segment() -> None:
    assert names(decided(done(Stage.PLAN, 0, segments=3))) == [("detect", 0), ("detect", 1), ("detect", 2)]


def test_tracking_overlaps_detection_and_follows_the_order_of_segments() -> None:
    facts = [done(Stage.PLAN, 0), done(Stage.DETECT, 1)]
    assert names(decided(*facts)) == [("detect", 0)]
    facts.append(done(Stage.DETECT, 0))
    assert names(decided(*facts)) == [("track", 0)]
    facts.append(done(Stage.TRACK, 0))
    decision = decided(*facts)
    assert names(decision) == [("track", 1)]
    assert [item.name for item in decision.tasks[0].inputs] == ["video", "detections", "thumbnails", "state"]
    assert decision.tasks[0].ref("state").key == "jobs/j/track/0/0/1/state"


def test_picking_waits_for_the_last_segment_and_gets_all_in_order() -> None:
    facts = [done(Stage.PLAN, 0), done(Stage.DETECT, 0), done(Stage.DETECT, 1), done(Stage.TRACK, 1), done(Stage.TRACK, 0)]
    (task,) = decided(*facts).tasks
    assert [item.name for item in task.inputs] == ["video", "tracks", "tracks", "crops.0", "crops.1"]
    assert [item.key for item in task.refs("tracks")] == ["jobs/j/track/0/0/0/tracks", "jobs/j/track/1/0/0/tracks"]


def test_a_video_without_persons_goes_straight_to_the_report() -> None:
    facts = [done(Stage.PLAN, 0, segments=1), done(Stage.DETECT, 0), done(Stage.TRACK, 0), done(Stage.PICK, 0, batches=0)]
    for stage in (Stage.GROUP, Stage.COMPARE, Stage.CAST, Stage.REPORT):
        assert names(decided(*facts)) == [(stage, 0)]
        facts.append(done(stage, 0))
    assert decided(*facts).status is Status.DONE


def test_the_cast_is_told_what_all_segments_counted_and_waits_for_them() -> None:
    facts = [fact for fact in finished() if fact.stage not in (Stage.CAST, Stage.REPORT)]
    (task,) = decided(*facts).tasks
    counted = {name: item.value for name, item in task.parameters.items() if name.startswith("counted.")}
    assert (task.stage, counted) == (Stage.CAST, {"counted.crops": 10, "counted.blank_crops": 1})
    early = [fact for fact in facts if (fact.stage, fact.index) != (Stage.DETECT, 1)]
    assert names(decided(*early)) == [("detect", 1)]


def test_an_edit_asks_for_the_next_revision_and_keeps_the_rest() -> None:
    facts = [*finished(), ResultEdited(1, ref("edits/1"))]
    decision = decided(*facts)
    assert decision.status is Status.RUNNING
    assert names(decision) == [("compare", 1)]
    assert decision.tasks[0].refs("edit") == (ref("edits/1"),)
    (cast,) = decided(*facts, done(Stage.COMPARE, 1)).tasks
    assert (cast.stage, cast.index, cast.ref("cast").key) == (Stage.CAST, 1, "jobs/j/compare/1/0/1/cast")
    (report,) = decided(*facts, done(Stage.COMPARE, 1), done(Stage.CAST, 1)).tasks
    assert (report.stage, report.index, report.ref("person_crops").key) == (Stage.REPORT, 1, "jobs/j/cast/1/0/3/person_crops")
    assert state(*finished(), ResultEdited(2, ref("edits/2"))).revision == 0


def test_progress_is_that_of_the_present_revision() -> None:
    edited = state(*finished(), ResultEdited(1, ref("edits/1")), done(Stage.COMPARE, 1))
    assert [(edited.progress[stage].done, edited.progress[stage].total) for stage in REVISED] == [(1, 1), (0, 1), (0, 1)]


def test_only_the_newest_report_is_published() -> None:
    edited = state(*finished(), ResultEdited(1, ref("edits/1")), *(done(stage, 1) for stage in REVISED))
    assert edited.status is Status.DONE
    assert [item.ref.key for item in edited.outputs if item.name == "person_selection.html"] == [
        "jobs/j/report/1/0/0/person_selection.html"
    ]


def test_a_job_ends_after_its_last_wanted_stage() -> None:
    request = replace(REQUEST, until=Stage.DETECT)
    assert decided(done(Stage.PLAN, 0), done(Stage.DETECT, 0), request=request).status is Status.RUNNING
    assert decided(done(Stage.PLAN, 0), done(Stage.DETECT, 0), done(Stage.DETECT, 1), request=request).status is Status.DONE


def test_a_permanent_failure_ends_the_job_with_its_reason_until_it_is_retried() -> None:
    facts: list[Fact] = [done(Stage.PLAN, 0), failure(Stage.DETECT, 1, permanent=True)]
    assert decided(*facts).status is Status.FAILED
    assert state(*facts).reason == "detect 1 broke"
    assert decided(*facts).tasks == ()
    facts.append(JobRetried(1))
    assert names(decided(*facts)) == [("detect", 0), ("detect", 1)]
    assert decided(*facts).tasks[0].attempt == 1


def test_a_failure_of_a_revision_that_is_over_does_not_count() -> None:
    failed = [*finished(), ResultEdited(1, ref("edits/1")), failure(Stage.COMPARE, 1, permanent=True)]
    assert state(*failed).status is Status.FAILED
    undone = decided(*failed, ResultEdited(2, ref("edits/2")))
    assert (undone.status, names(undone)) == (Status.RUNNING, [("compare", 2)])


def test_tries_are_counted_each_once() -> None:
    tries = [failure(Stage.PLAN, 0, delivery=number + 1) for number in range(MAX_TRIES)]
    assert decided(*tries[:-1], *tries[:-1]).status is Status.RUNNING
    assert decided(*tries).status is Status.FAILED


def test_a_failure_of_a_task_that_another_worker_finished_does_not_count() -> None:
    assert decided(done(Stage.PLAN, 0), failure(Stage.PLAN, 0, permanent=True)).status is Status.RUNNING


def test_cancelling_dominates() -> None:
    assert decided(JobCancelled(), *finished()).status is Status.CANCELLED
    assert decided(done(Stage.PLAN, 0), JobCancelled()).tasks == ()


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (replace(REQUEST, overrides={"track.hihg_confidence": "1"}), "did you mean 'track.high_confidence'"),
        (replace(REQUEST, overrides={"detect.nms_iou": "7"}), "a number from 0 to 1"),
        (replace(REQUEST, source=ObjectRef("jobs/other/source", 1, "ab" * 32)), "must be stored under 'jobs/j/source'"),
        (replace(REQUEST, source=ObjectRef("jobs/j/source", 1, "")), "SHA-256"),
    ],
)
def test_a_request_that_can_not_be_met_is_rejected_with_the_reason(request_: JobRequest, words: str) -> None:
    decision = decided(request=request_)
    assert decision.status is Status.REJECTED
    assert decision.rejection is not None
    assert words in decision.rejection
    assert decision.tasks == ()
    assert decided(JobRejected("no"), request=request_).rejection is None


def test_a_long_video_queues_a_bounded_number_of_segments_from_the_front() -> None:
    decision = decided(done(Stage.PLAN, 0, segments=500), done(Stage.DETECT, 1))
    assert len(decision.tasks) == QUEUED_PER_JOB
    assert [task.index for task in decision.tasks][:3] == [0, 2, 3]


def test_a_smaller_window_holds_back_segments_and_nothing_else() -> None:
    facts = [done(Stage.PLAN, 0, segments=500), done(Stage.DETECT, 0)]
    assert names(decide(ledger_of(*facts), window=2)) == [("detect", 1), ("detect", 2), ("track", 0)]


@pytest.mark.parametrize(("jobs", "window"), [(0, 32), (1, 32), (32, 32), (33, 31), (512, 2), (1024, 1), (100_000, 1)])
def test_jobs_share_the_queue_and_none_is_shut_out(jobs: int, window: int) -> None:
    assert fair_window(jobs) == window


def finished() -> list[Fact]:
    """Of a job whose video was handed in."""
    many = (Stage.DETECT, Stage.TRACK, Stage.EMBED)
    return [done(stage, index) for stage in Stage if stage is not Stage.FETCH for index in range(2 if stage in many else 1)]


task_names = st.sampled_from([(fact.stage, fact.index) for fact in finished() if isinstance(fact, TaskDone)])
facts = st.one_of(
    st.builds(lambda name, version: done(*name, version=version), task_names, st.integers(0, 2)),
    st.builds(
        lambda name, attempt, delivery, permanent: failure(*name, attempt=attempt, delivery=delivery, permanent=permanent),
        task_names,
        st.integers(0, 2),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(JobRetried, st.integers(1, 3)),
    st.builds(lambda revision, version: ResultEdited(revision, ref(f"edits/{revision}/{version}")), st.integers(1, 3), st.integers(0, 1)),
    st.just(JobCancelled()),
    st.builds(JobRejected, st.sampled_from(["too long", "too short"])),
)


@given(history=st.lists(facts, max_size=14), start=st.booleans(), fetches=st.booleans(), seed=st.randoms(use_true_random=False))
def test_any_permutation_and_duplication_of_events_decides_the_same(
    history: list[Fact], start: bool, fetches: bool, seed: random.Random
) -> None:
    request = FETCHED if fetches else REQUEST
    base: list[Fact] = [done(Stage.FETCH, 0), done(Stage.PLAN, 0)] if start else []
    events = [Event("j", sequence, fact) for sequence, fact in enumerate([*base, *history], 1)]
    in_order, shuffled = Ledger(request=request), Ledger(request=request)
    for event in events:
        in_order.add(event)
    disorder = events + seed.choices(events, k=len(events)) if events else []
    seed.shuffle(disorder)
    for event in disorder:
        shuffled.add(event)
        decide(shuffled)  # deciding between events leaves no trace
    assert decide(shuffled) == decide(in_order)
    assert job_state(shuffled) == job_state(in_order)


@given(segments=st.integers(1, 5), batches=st.integers(0, 4), fetches=st.booleans(), seed=st.randoms(use_true_random=False))
def test_every_job_ends_with_each_task_done_once(segments: int, batches: int, fetches: bool, seed: random.Random) -> None:
    ledger = Ledger(request=FETCHED if fetches else REQUEST)
    ran: list[tuple[Stage, int]] = []
    while (decision := decide(ledger)).tasks:
        task: Task = seed.choice(decision.tasks)
        ran.append((task.stage, task.index))
        event = Event("j", len(ran), done(task.stage, task.index, segments=segments, batches=batches))
        ledger.add(event)
        ledger.add(replace(event, sequence=len(ran) + 1000))
    assert decide(ledger).status is Status.DONE
    assert len(ran) == len(set(ran)) == 6 + fetches + 2 * segments + batches
