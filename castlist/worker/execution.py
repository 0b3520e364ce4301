"""One task from payload to committed result: the synchronous half of a worker, run in its threads."""

import hashlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from castlist import topology
from castlist.codec.job_messages import decode_manifest, encode_manifest
from castlist.domain.jobs import REVISED, NamedObject, ObjectRef, Stage, Task, TaskDone
from castlist.errors import InputReleased, JobDeleted, ObjectCorrupt, ObjectMissing
from castlist.ports import FileOutput, Handler, ObjectReader, ObjectStore, Output, TaskResult
from castlist.traces import UNTRACED, Tracer
from castlist.worker.failpoints import Failpoint, no_failpoint
from castlist.worker.fingerprint import task_fingerprint

_ASKED_BYTES = 1 << 20  # from here on a store is asked first whether it has an object: less is sent sooner than asked for

NO_JOB = "-"
"""Named where rights are checked; no job is ever called so."""


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs tasks of a stage: data objects first, then the manifest, which is the commit point.

    `digest` stands for everything but the task that a result depends on (`fingerprint.code_digest`).
    """

    handler: Handler
    store: ObjectStore
    reader: ObjectReader
    digest: str
    failpoint: Failpoint = no_failpoint
    tracer: Tracer = UNTRACED

    def check_rights(self, stage: Stage) -> None:
        """Raise `AccessDenied` if the store refuses what every task of a stage begins with."""
        self.store.stat(topology.manifest_key(NO_JOB, stage, 0, ""))
        self.store.stat(topology.tombstone_key(NO_JOB))

    def execute(self, task: Task) -> TaskDone:
        """The task's outputs, computed, or found where an earlier run committed them.

        Raises what the handler raises, `JobDeleted` when the job was deleted meanwhile, and `InputReleased` for a transient
        input that is not there any more.
        """
        self.failpoint(task.stage, "taken")
        self._check_not_deleted(task)
        key = topology.manifest_key(task.job_id, task.stage, _place(task), task_fingerprint(task, self.digest))
        found = self._committed(key)
        if found is not None:
            return replace(found, index=task.index, attempt=task.attempt, reused=True)
        try:
            with self.tracer.span("compute", {}):
                result = self.handler(task, self.reader)
            self.failpoint(task.stage, "computed")
            with self.tracer.span("store", {}):
                return self._commit(task, result, key)
        except ObjectMissing:
            self._check_not_deleted(task)
            self._check_not_released(task)
            raise

    def _commit(self, task: Task, result: TaskResult, key: str) -> TaskDone:
        with _ended(result.outputs), _ended(result.files):
            outputs = (*(self._put(task, output) for output in result.outputs), *(self._put_file(task, output) for output in result.files))
        done = TaskDone(task.stage, task.index, task.attempt, outputs, dict(sorted(result.counts.items())), tuple(result.warnings))
        self.failpoint(task.stage, "stored")
        self._check_not_deleted(task)
        self.store.put(key, encode_manifest(done))
        self.failpoint(task.stage, "committed")
        return done

    def _committed(self, key: str) -> TaskDone | None:
        if self.store.stat(key) is None:
            return None
        try:
            done = decode_manifest(self.store.get(key))
        except ObjectCorrupt:
            return None
        return done if all(item.transient or self._is_stored(item.ref) for item in done.outputs) else None

    def _put(self, task: Task, output: Output) -> NamedObject:
        sha256 = hashlib.sha256(output.data).hexdigest()
        ref = ObjectRef(topology.data_key(task.job_id, task.stage, _place(task), sha256, output.name), len(output.data), sha256)
        asks = ref.length >= _ASKED_BYTES or task.stage in REVISED  # most of whose outputs an earlier revision had, too
        if not (asks and self._is_stored(ref)):
            self.store.put(ref.key, output.data)
        return NamedObject(output.name, ref, output.published, output.transient)

    def _put_file(self, task: Task, output: FileOutput) -> NamedObject:
        key = topology.data_key(task.job_id, task.stage, _place(task), output.sha256, output.name)
        ref = ObjectRef(key, output.length, output.sha256)
        if not self._is_stored(ref):
            self.store.put_file(ref.key, output.path)
        return NamedObject(output.name, ref)

    def _is_stored(self, ref: ObjectRef) -> bool:
        info = self.store.stat(ref.key)
        return info is not None and info.length == ref.length

    def _check_not_released(self, task: Task) -> None:
        for item in task.inputs:
            if item.transient and not self._is_stored(item.ref):
                raise InputReleased(
                    f"{item.name}, which {task.stage} reads, was deleted when {task.stage} had been done before: submit the video anew"
                )

    def _check_not_deleted(self, task: Task) -> None:
        if self.store.stat(topology.tombstone_key(task.job_id)) is not None:
            raise JobDeleted(f"job {task.job_id} was deleted")


@contextmanager
def _ended(outputs: Iterable[object]) -> Iterator[None]:
    """Afterwards nothing is made any more: what a failed task has in hand must not last as long as its error."""
    try:
        yield
    finally:
        if isinstance(outputs, Generator):
            outputs.close()


def _place(task: Task) -> int:
    """Under which index results are stored: one for all revisions, so that what an undo returns to is found."""
    return 0 if task.stage in REVISED else task.index
