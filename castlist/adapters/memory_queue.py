"""The rules of the task queue, free of waiting: every method that depends on time is told it."""

import time
from collections import deque
from dataclasses import dataclass, field

from castlist import topology
from castlist.ports import DeadTask, Headers, QueueState


@dataclass(slots=True, eq=False)
class QueuedTask:
    """A task in the queue. `due_s` is when it goes back if nothing is heard of the delivery."""

    subject: str
    payload: bytes
    number: int
    queued_unix_s: float
    headers: Headers = field(default_factory=dict)
    delivery_count: int = 0
    due_s: float = 0.0


@dataclass(slots=True)
class _Kind:
    """Tasks never delivered, oldest first, and tasks delivered and not finished, by subject."""

    fresh: deque[QueuedTask] = field(default_factory=deque)
    in_flight: dict[str, QueuedTask] = field(default_factory=dict)


class TaskQueue:
    """At most one task a subject; what is delivered comes back after `ack_wait_s`, `max_deliver` times in all.

    At most `max_in_flight` tasks of a kind are delivered and unfinished, those that wait to be
    delivered again among them, as with the broker's `max_ack_pending`.
    """

    def __init__(self, ack_wait_s: float, max_deliver: int, max_in_flight: int) -> None:
        self._ack_wait_s = ack_wait_s
        self._max_deliver = max_deliver
        self._max_in_flight = max_in_flight
        self._tasks: dict[str, QueuedTask] = {}
        self._kinds = {kind: _Kind() for kind in topology.TASK_KINDS}
        self._dead: deque[QueuedTask] = deque()
        self._count = 0

    def put(self, subject: str, payload: bytes, headers: Headers | None = None) -> bool:
        """Queue a task; False while its subject is queued, in hand, or dead and not taken out."""
        kind = self._kinds[topology.kind_of_task(subject)]
        if subject in self._tasks:
            return False
        self._count += 1
        task = self._tasks[subject] = QueuedTask(subject, payload, self._count, time.time(), headers or {})
        kind.fresh.append(task)
        return True

    def take(self, kind_name: str, now_s: float) -> QueuedTask | None:
        """The task to deliver now: first one that came back, then the oldest fresh one."""
        kind = self._kinds[kind_name]
        self._bury(kind, now_s)
        returned = [task for task in kind.in_flight.values() if task.due_s <= now_s]
        if returned:
            task = min(returned, key=lambda item: (item.due_s, item.number))
        elif kind.fresh and len(kind.in_flight) < self._max_in_flight:
            task = kind.fresh.popleft()
            kind.in_flight[task.subject] = task
        else:
            return None
        task.delivery_count += 1
        task.due_s = now_s + self._ack_wait_s
        return task

    def take_dead(self, now_s: float) -> DeadTask | None:
        """Take out a task that was delivered as often as allowed and came back."""
        for kind in self._kinds.values():
            self._bury(kind, now_s)
        if not self._dead:
            return None
        task = self._dead.popleft()
        del self._tasks[task.subject]
        return DeadTask(task.subject, task.payload, task.delivery_count)

    def acknowledge(self, task: QueuedTask) -> None:
        """Finish a task, however late."""
        if self._tasks.get(task.subject) is task:
            del self._tasks[task.subject]
            if self._kinds[topology.kind_of_task(task.subject)].in_flight.pop(task.subject, None) is None:
                self._dead.remove(task)

    def hand_back(self, task: QueuedTask, delivery_count: int, due_s: float) -> None:
        """Let a delivery's task come back at `due_s`, unless it was delivered again since."""
        if self._tasks.get(task.subject) is task and task.delivery_count == delivery_count:
            task.due_s = due_s

    def keep(self, task: QueuedTask, delivery_count: int, now_s: float) -> None:
        """Restart a delivery's ack wait."""
        self.hand_back(task, delivery_count, now_s + self._ack_wait_s)

    def next_due_s(self, kind_name: str) -> float | None:
        """When the next task of a kind comes back; None if none is in flight."""
        return min((task.due_s for task in self._kinds[kind_name].in_flight.values()), default=None)

    def next_death_s(self) -> float | None:
        """When the next task in its last delivery comes back; None if there is none."""
        return min((task.due_s for kind in self._kinds.values() for task in kind.in_flight.values() if self._is_last(task)), default=None)

    def purge(self, subject_filter: str) -> int:
        """Remove every task whose subject matches, in hand or not; returns how many there were."""
        before = len(self._tasks)
        self._tasks = {name: task for name, task in self._tasks.items() if not topology.subject_matches(subject_filter, name)}
        self._dead = deque(task for task in self._dead if task.subject in self._tasks)
        for kind in self._kinds.values():
            kind.fresh = deque(task for task in kind.fresh if task.subject in self._tasks)
            kind.in_flight = {name: task for name, task in kind.in_flight.items() if name in self._tasks}
        return before - len(self._tasks)

    def count(self, subject_filter: str) -> int:
        """Tasks whose subject matches, in hand or not."""
        return sum(topology.subject_matches(subject_filter, name) for name in self._tasks)

    def state(self, kind_name: str, now_s: float) -> QueueState:
        """What is in the queue of a kind."""
        kind = self._kinds[kind_name]
        self._bury(kind, now_s)
        tasks = [task for task in self._tasks.values() if topology.kind_of_task(task.subject) == kind_name]
        return QueueState(
            kind=kind_name,
            waiting=len(kind.fresh),
            in_hand=len(kind.in_flight),
            redelivered=sum(task.delivery_count > 1 for task in kind.in_flight.values()),
            dead=len(tasks) - len(kind.fresh) - len(kind.in_flight),
            oldest_unix_s=min((task.queued_unix_s for task in tasks), default=None),
        )

    def size(self) -> tuple[int, int]:
        """Number and bytes of the tasks."""
        return len(self._tasks), sum(len(task.payload) for task in self._tasks.values())

    def _is_last(self, task: QueuedTask) -> bool:
        return task.delivery_count >= self._max_deliver

    def _bury(self, kind: _Kind, now_s: float) -> None:
        spent = [task for task in kind.in_flight.values() if task.due_s <= now_s and self._is_last(task)]
        for task in sorted(spent, key=lambda item: (item.due_s, item.number)):
            del kind.in_flight[task.subject]
            self._dead.append(task)
