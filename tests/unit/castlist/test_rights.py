"""What each principal may do, literally, and that it may not do more."""

import pytest

from castlist import topology
from castlist.domain.jobs import Stage
from castlist.rights import PRINCIPALS, STAGES_OF, broker_rights, inbox_prefix, object_rights
from castlist.topology import subject_matches

JOB = "some-job"


def may(principal: str, subject: str) -> bool:
    return any(subject_matches(allowed, subject) for allowed in broker_rights(principal).publish)


def test_the_detector_may_do_this_and_no_more() -> None:
    rights = broker_rights("detector")
    assert set(rights.publish) == {
        "castlist.event.*.plan.>",
        "castlist.event.*.detect.>",
        "$JS.API.CONSUMER.MSG.NEXT.TASKS.castlist-plan",
        "$JS.API.CONSUMER.MSG.NEXT.TASKS.castlist-detect",
        "$JS.ACK.TASKS.castlist-plan.>",
        "$JS.ACK.TASKS.castlist-detect.>",
    }
    assert rights.subscribe == ("_INBOX_detector.>", "castlist.workers")
    assert rights.answers
    objects = object_rights("detector")
    assert objects.read == ("jobs/*/source", "jobs/*/fetch/*", "jobs/*/plan/*", "jobs/*/detect/*", "tombstones/*")
    assert (objects.write, objects.delete) == (("jobs/*/plan/*", "jobs/*/detect/*"), ())


def test_every_stage_is_done_by_one_service() -> None:
    assert sorted(stage for stages in STAGES_OF.values() for stage in stages) == sorted(Stage)


@pytest.mark.parametrize("service", STAGES_OF)
def test_a_service_speaks_for_its_stages_alone(service: str) -> None:
    spoken_for = {stage for stage in (*Stage, "job") if may(service, topology.event_subject(JOB, stage, 0))}
    assert spoken_for == set(STAGES_OF[service])
    assert not may(service, topology.job_subject(JOB))
    assert not any(may(service, topology.task_subject(stage, JOB, 0)) for stage in Stage)


@pytest.mark.parametrize("principal", [name for name in PRINCIPALS if name != "setup"])
def test_nobody_but_setup_changes_streams_and_durable_consumers(principal: str) -> None:
    for stream in ("JOBS", "TASKS", "EVENTS", "DEAD"):
        for verb in ("CREATE", "UPDATE", "DELETE", "RESTORE", "SNAPSHOT"):
            assert not may(principal, f"$JS.API.STREAM.{verb}.{stream}")
    for kind in topology.TASK_KINDS:
        consumer = topology.consumer_name(kind)
        assert not may(principal, f"$JS.API.CONSUMER.CREATE.TASKS.{consumer}.{topology.task_filter(kind)}")
        assert not may(principal, f"$JS.API.CONSUMER.DURABLE.CREATE.TASKS.{consumer}")
        assert not may(principal, f"$JS.API.CONSUMER.DELETE.TASKS.{consumer}")


def test_only_the_coordinator_purges_and_queues() -> None:
    for principal in PRINCIPALS:
        expected = principal in ("coordinator", "setup")
        assert may(principal, "$JS.API.STREAM.PURGE.EVENTS") == expected
        assert may(principal, topology.task_subject("detect", JOB, 0)) == expected


def test_a_client_states_facts_about_jobs_and_none_about_stages() -> None:
    assert may("client", topology.job_subject(JOB))
    assert may("client", topology.event_subject(JOB, "job", 0))
    assert may("client", topology.event_subject(JOB, "job", 7)), "an edit, under its number"
    assert not any(may("client", topology.event_subject(JOB, stage, 0)) for stage in Stage)


def test_a_client_stores_what_it_hands_in_and_no_results() -> None:
    assert object_rights("client").write == ("jobs/*/source", "jobs/*/request", "jobs/*/edits/*", "tombstones/*")


def test_inboxes_are_apart() -> None:
    for principal in PRINCIPALS:
        listened = [heard for heard in broker_rights(principal).subscribe if heard.startswith("_INBOX")]
        assert listened == ([] if principal == "setup" else [f"_INBOX_{principal}.>"])
    assert [inbox_prefix(user) for user in ("reid", "", "a.b", "*", ">", "a_b-1")] == [
        "_INBOX_reid",
        "_INBOX",
        "_INBOX",
        "_INBOX",
        "_INBOX",
        "_INBOX_a_b-1",
    ]


@pytest.mark.parametrize("principal", [name for name in PRINCIPALS if name != "setup"])
def test_objects_are_written_where_they_belong(principal: str) -> None:
    rights = object_rights(principal)
    if principal in STAGES_OF:
        assert rights.write == tuple(f"jobs/*/{stage}/*" for stage in STAGES_OF[principal])
        assert ("jobs/*/report/*" in rights.read) == (principal == "reporter")
    assert bool(rights.delete) == (principal == "coordinator")
