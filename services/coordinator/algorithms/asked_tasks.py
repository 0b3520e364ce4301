"""Which tasks the queue was asked to take lately, so that it is asked again only after a while."""

from collections.abc import Iterable


class AskedTasks:
    """Subjects of tasks by job, in generations that end with a sweep.

    A task is asked for again in the second sweep after it was last asked for: one that was finished a moment ago, and whose
    event is on its way, is rarely that old.
    """

    def __init__(self) -> None:
        self._new: dict[str, set[str]] = {}
        self._last: dict[str, set[str]] = {}
        self._older: dict[str, set[str]] = {}

    def end_generation(self) -> None:
        self._new, self._last, self._older = {}, self._new, self._last

    def unasked(self, job_id: str, subjects: Iterable[str]) -> list[str]:
        """Those of the subjects that were not asked for lately, in order."""
        known = self._new.get(job_id, set()) | self._last.get(job_id, set())
        return [subject for subject in subjects if subject not in known]

    def note(self, job_id: str, subjects: Iterable[str]) -> None:
        self._new.setdefault(job_id, set()).update(subjects)

    def was_asked_before(self, job_id: str, subject: str) -> bool:
        """Whether it was asked for in the generation that is over: if the queue takes it now, it had lost it."""
        return subject in self._older.get(job_id, set())

    def forget(self, job_id: str) -> None:
        for generation in (self._new, self._last, self._older):
            generation.pop(job_id, None)

    def forget_all(self) -> None:
        self._new, self._last, self._older = {}, {}, {}
