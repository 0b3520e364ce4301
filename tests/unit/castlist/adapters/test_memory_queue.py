"""The queue against a model that knows only what was promised: nothing lost, nothing twice, oldest first, bounded."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from castlist import topology
from castlist.adapters.memory_queue import QueuedTask, TaskQueue

ACK_WAIT_S, MAX_DELIVER, MAX_IN_FLIGHT = 10.0, 2, 2
KINDS = ("detect",)
JOBS = ("a", "b")

subjects = st.builds(topology.task_subject, st.sampled_from(KINDS), st.sampled_from(JOBS), st.integers(0, 2))


@dataclass
class Promise:
    """A task that was accepted and is neither finished, taken out nor purged."""

    payload: bytes
    deliveries: int = 0
    back_s: float = 0.0

    def is_fresh(self) -> bool:
        return self.deliveries == 0

    def is_dead(self, now_s: float) -> bool:
        return self.deliveries == MAX_DELIVER and self.back_s <= now_s

    def is_back(self, now_s: float) -> bool:
        return 0 < self.deliveries < MAX_DELIVER and self.back_s <= now_s


@dataclass
class Promises:
    """By subject, in the order in which they were accepted."""

    open: dict[str, Promise] = field(default_factory=dict)

    def of(self, kind: str) -> dict[str, Promise]:
        return {subject: promise for subject, promise in self.open.items() if topology.kind_of_task(subject) == kind}


class QueueMachine(RuleBasedStateMachine):
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.queue = TaskQueue(ACK_WAIT_S, MAX_DELIVER, MAX_IN_FLIGHT)
        self.promises = Promises()
        self.now_s = 0.0
        self.count = 0

    @rule(subject=subjects)
    def put(self, subject: str) -> None:
        self.count += 1
        payload = str(self.count).encode()
        assert self.queue.put(subject, payload) == (subject not in self.promises.open)
        self.promises.open.setdefault(subject, Promise(payload))

    @rule(kind=st.sampled_from(KINDS), target=held)
    def take(self, kind: str):
        task = self.queue.take(kind, self.now_s)
        mine = self.promises.of(kind)
        back = [subject for subject, promise in mine.items() if promise.is_back(self.now_s)]
        fresh = [subject for subject, promise in mine.items() if promise.is_fresh()]
        unfinished = [promise for promise in mine.values() if not promise.is_fresh() and not promise.is_dead(self.now_s)]
        if task is None:
            assert not back
            assert not fresh or len(unfinished) == MAX_IN_FLIGHT
            return multiple()
        promise = self.promises.open[task.subject]
        assert task.payload == promise.payload
        assert task.subject in back or (not back and len(unfinished) < MAX_IN_FLIGHT and task.subject == fresh[0])
        promise.deliveries += 1
        promise.back_s = self.now_s + ACK_WAIT_S
        assert task.delivery_count == promise.deliveries <= MAX_DELIVER
        return task, task.delivery_count

    def is_open(self, task: QueuedTask) -> bool:
        promise = self.promises.open.get(task.subject)
        return promise is not None and promise.payload == task.payload

    @rule(delivery=consumes(held))
    def acknowledge(self, delivery: tuple[QueuedTask, int]) -> None:
        if self.is_open(delivery[0]):
            del self.promises.open[delivery[0].subject]
        self.queue.acknowledge(delivery[0])
        self.queue.acknowledge(delivery[0])

    @rule(delivery=held, delay_s=st.sampled_from([0.0, 5.0, 20.0]))
    def hand_back(self, delivery: tuple[QueuedTask, int], delay_s: float) -> None:
        task, number = delivery
        if self.is_open(task) and self.promises.open[task.subject].deliveries == number and task not in self.queue._dead:
            self.promises.open[task.subject].back_s = self.now_s + delay_s
        self.queue.hand_back(task, number, self.now_s + delay_s)

    @rule(delivery=held)
    def keep(self, delivery: tuple[QueuedTask, int]) -> None:
        task, number = delivery
        if self.is_open(task) and self.promises.open[task.subject].deliveries == number and task not in self.queue._dead:
            self.promises.open[task.subject].back_s = self.now_s + ACK_WAIT_S
        self.queue.keep(task, number, self.now_s)

    @rule(seconds=st.sampled_from([1.0, 9.0, 10.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def take_dead(self) -> None:
        dead = self.queue.take_dead(self.now_s)
        if dead is None:
            assert not any(promise.is_dead(self.now_s) for promise in self.promises.open.values())
        else:
            promise = self.promises.open.pop(dead.subject)
            assert promise.is_dead(self.now_s)
            assert (dead.payload, dead.delivery_count) == (promise.payload, MAX_DELIVER)

    @rule(job=st.sampled_from(JOBS))
    def purge(self, job: str) -> None:
        self.queue.purge(topology.job_tasks_filter(job))
        self.promises.open = {subject: promise for subject, promise in self.promises.open.items() if subject.split(".")[3] != job}

    @invariant()
    def the_clock_is_set_for_what_comes_back(self) -> None:
        for kind in KINDS:
            waits = [promise.back_s for promise in self.promises.of(kind).values() if promise.deliveries and promise.back_s > self.now_s]
            due_s = self.queue.next_due_s(kind)
            assert not waits or (due_s is not None and due_s <= min(waits))

    def teardown(self) -> None:
        """Whatever was accepted can still be finished or taken out."""
        for _ in range(len(self.promises.open) + 1):
            self.now_s += 100.0
            self.take_dead()
            for kind in KINDS:
                while delivery := self.queue.take(kind, self.now_s):
                    assert self.promises.open.pop(delivery.subject).payload == delivery.payload
                    self.queue.acknowledge(delivery)
        assert not self.promises.open
        assert self.queue.take_dead(self.now_s) is None


QueueMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
TestTaskQueue = QueueMachine.TestCase


def test_an_old_delivery_has_no_say_over_a_new_task_on_its_subject() -> None:
    queue, subject = TaskQueue(ACK_WAIT_S, MAX_DELIVER, MAX_IN_FLIGHT), topology.task_subject("detect", "a", 0)
    queue.put(subject, b"old")
    old = queue.take("detect", 0.0)
    assert old is not None
    queue.purge(topology.job_tasks_filter("a"))
    assert queue.put(subject, b"new")
    queue.acknowledge(old)
    queue.hand_back(old, 1, 0.0)
    assert not queue.put(subject, b"refused")
    new = queue.take("detect", 0.0)
    assert new is not None
    assert (new.payload, new.delivery_count) == (b"new", 1)


def test_a_purge_removes_the_dead_too() -> None:
    queue, subject = TaskQueue(ACK_WAIT_S, 1, MAX_IN_FLIGHT), topology.task_subject("detect", "a", 0)
    queue.put(subject, b"")
    queue.take("detect", 0.0)
    assert queue.take("detect", ACK_WAIT_S) is None
    queue.purge(topology.job_tasks_filter("a"))
    assert queue.take_dead(ACK_WAIT_S) is None
    assert queue.put(subject, b"")
