from services.coordinator.algorithms.asked_tasks import AskedTasks


def test_a_task_is_asked_for_again_in_the_second_sweep_after() -> None:
    asked = AskedTasks()
    assert asked.unasked("film", ["plan 0", "detect 0"]) == ["plan 0", "detect 0"]
    asked.note("film", ["plan 0"])
    assert asked.unasked("film", ["plan 0", "detect 0"]) == ["detect 0"]
    asked.end_generation()
    assert asked.unasked("film", ["plan 0"]) == []
    assert not asked.was_asked_before("film", "plan 0")
    asked.end_generation()
    assert asked.unasked("film", ["plan 0"]) == ["plan 0"]
    assert asked.was_asked_before("film", "plan 0")
    assert not asked.was_asked_before("film", "detect 0")


def test_a_forgotten_job_is_asked_for_at_once() -> None:
    asked = AskedTasks()
    for job_id in ("film", "clip", "other"):
        asked.note(job_id, ["plan 0"])
        asked.end_generation()
    asked.forget("other")
    assert asked.unasked("other", ["plan 0"]) == ["plan 0"]
    assert asked.was_asked_before("clip", "plan 0")
    asked.forget_all()
    assert not asked.was_asked_before("clip", "plan 0")
