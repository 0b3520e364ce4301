import pytest

from castlist import topology


@pytest.mark.parametrize(
    ("subject_filter", "subject", "matches"),
    [
        ("castlist.event.a.>", "castlist.event.a.detect.0", True),
        ("castlist.event.a.>", "castlist.event.b.detect.0", False),
        ("castlist.event.a.>", "castlist.event.a", False),
        ("castlist.job.*", "castlist.job.a", True),
        ("castlist.job.*", "castlist.job.a.b", False),
        ("castlist.job.*", "castlist.job", False),
        ("castlist.task.*.a.>", "castlist.task.detect.a.3", True),
        ("castlist.task.*.a.>", "castlist.task.detect.b.3", False),
        ("castlist.job.a", "castlist.job.a", True),
        ("castlist.job.a", "castlist.job.ab", False),
        (">", "castlist.job.a", True),
    ],
)
def test_filters_match_as_in_nats(subject_filter: str, subject: str, matches: bool) -> None:
    assert topology.subject_matches(subject_filter, subject) is matches


def test_a_tasks_kind_is_its_stage() -> None:
    assert topology.kind_of_task(topology.task_subject("embed", "job-1", 2)) == "embed"
    for subject in ("castlist.task.dance.job.0", "castlist.event.job.embed.0"):
        with pytest.raises(ValueError, match="no worker reads"):
            topology.kind_of_task(subject)


@pytest.mark.parametrize("job_id", ["", "a.b", "a*", "A", "a/b", "x" * 65, "a b", "a\n"])
def test_job_ids_that_could_lead_astray_are_refused(job_id: str) -> None:
    assert not topology.is_job_id(job_id)
    for place in (topology.job_subject, topology.job_events_filter, topology.job_tasks_filter, topology.job_prefix, topology.tombstone_key):
        with pytest.raises(ValueError, match="not a job id"):
            place(job_id)


@pytest.mark.parametrize(
    ("subject", "template"),
    [
        (topology.task_subject("detect", "a-1", 12), "castlist.task.detect.{job}.{index}"),
        (topology.event_subject("a-1", "plan", 0), "castlist.event.{job}.plan.{index}"),
        (topology.event_subject("a-1", "job", 0), "castlist.event.{job}.job.{index}"),
        (topology.job_subject("a-1"), "castlist.job.{job}"),
    ],
)
def test_a_template_names_no_job(subject: str, template: str) -> None:
    assert topology.subject_template(subject) == template
