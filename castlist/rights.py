"""Who may do what on the broker and in the object store: one user a service, each with what its stages need and no more.

| principal   | broker                                                          | objects                                        |
|-------------|-----------------------------------------------------------------|------------------------------------------------|
| a service   | takes its stages' tasks, appends its stages' events             | reads its stages' inputs, writes their outputs |
| coordinator | reads the logs, queues and removes tasks, appends, purges       | reads requests, deletes jobs, tombstones       |
| client      | appends requests and job-level facts, reads logs, asks workers  | writes sources, requests and edits, reads jobs |
| setup       | everything                                                      | everything, with the server's own key          |

JetStream's rights are rights to publish: every call of its API has a subject.
"""

from dataclasses import dataclass

from castlist import topology

COORDINATOR, CLIENT, SETUP = "coordinator", "client", "setup"

STAGES_OF = {
    "fetcher": ("fetch",),
    "detector": ("plan", "detect"),
    "tracker": ("track",),
    "grouper": ("pick", "group", "cast"),
    "reid": ("embed", "compare"),
    "reporter": ("report",),
}
"""Which stages each service does."""

PRINCIPALS = (COORDINATOR, *STAGES_OF, CLIENT, SETUP)

_SOURCE, _REQUEST, _EDITS, _TOMBSTONES = "jobs/*/source", "jobs/*/request", "jobs/*/edits/*", "tombstones/*"

_INPUTS_OF = {
    "fetch": (),
    "plan": (_SOURCE, "fetch"),
    "detect": (_SOURCE, "fetch", "plan"),
    "track": ("plan", "detect"),
    "pick": ("plan", "detect", "track"),
    "embed": ("plan", "pick"),
    "group": ("plan", "pick", "embed"),
    "compare": ("plan", "pick", "embed", "group", _EDITS),
    "cast": ("plan", "pick", "group", "compare"),
    "report": (_SOURCE, "fetch", "plan", "jobs/*/detect/*/damage", "jobs/*/pick/*/shots.json", "group", "compare", "cast"),
}
"""Stages, and keys outside of stages, that a task of a stage reads; what feeds what is the coordinator's `wiring`."""


@dataclass(frozen=True, slots=True)
class BrokerRights:
    """Subjects that a user may publish to and subscribe to, with NATS's wildcards; and whether it may answer what it hears there."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False


@dataclass(frozen=True, slots=True)
class ObjectRights:
    """Keys that a user may read, write and delete, `*` for anything. All may list keys: else S3 can't say "no such object"."""

    read: tuple[str, ...]
    write: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


def inbox_prefix(user: str) -> str:
    """Where a user's answers arrive; nobody else may listen there. Users without a name share NATS's own prefix."""
    return f"_INBOX_{user}" if user.replace("-", "").replace("_", "").isalnum() else "_INBOX"


def broker_rights(principal: str) -> BrokerRights:
    if principal == SETUP:
        return BrokerRights((">",), (">",))
    inbox = f"{inbox_prefix(principal)}.>"
    if principal == COORDINATOR:
        return BrokerRights(_coordinator_publishes(), (inbox, topology.WORKERS_SUBJECT), answers=True)
    if principal == CLIENT:
        return BrokerRights(_client_publishes(), (inbox,))
    stages = STAGES_OF[principal]
    publish = [subject for stage in stages for subject in (_event_of(stage), *_take(topology.TASKS_STREAM, stage))]
    return BrokerRights(tuple(publish), (inbox, topology.WORKERS_SUBJECT), answers=True)


def object_rights(principal: str) -> ObjectRights:
    """Raises `KeyError` for `setup`, which has the server's own key."""
    if principal == COORDINATOR:
        return ObjectRights(read=("jobs/*", _TOMBSTONES), write=(_TOMBSTONES,), delete=("jobs/*", _TOMBSTONES))
    if principal == CLIENT:
        return ObjectRights(read=("jobs/*", _TOMBSTONES), write=(_SOURCE, _REQUEST, _EDITS, _TOMBSTONES))
    stages = STAGES_OF[principal]
    read = dict.fromkeys((*(source for stage in stages for source in _INPUTS_OF[stage]), *stages))
    return ObjectRights((*(_keys_of(source) for source in read), _TOMBSTONES), tuple(_keys_of(stage) for stage in stages))


def _keys_of(source: str) -> str:
    return source if "/" in source else f"jobs/*/{source}/*"


def _event_of(stage: str) -> str:
    return f"castlist.event.*.{stage}.>"


def _coordinator_publishes() -> tuple[str, ...]:
    tasks = topology.TASKS_STREAM
    return (
        topology.JOBS_FILTER,
        topology.TASKS_FILTER,
        topology.EVENTS_FILTER,
        *_read(topology.JOBS_STREAM, topology.JOBS_FILTER),
        *_read(topology.EVENTS_STREAM, topology.EVENTS_FILTER),
        *_take(topology.DEAD_STREAM, topology.DEAD_KIND),
        *(f"$JS.API.STREAM.PURGE.{stream}" for stream in (topology.JOBS_STREAM, tasks, topology.EVENTS_STREAM)),
        f"$JS.API.STREAM.INFO.{tasks}",
        f"$JS.API.STREAM.MSG.GET.{tasks}",
        f"$JS.API.STREAM.MSG.DELETE.{tasks}",
    )


def _client_publishes() -> tuple[str, ...]:
    return (
        topology.JOBS_FILTER,
        _event_of("job"),
        *_read(topology.JOBS_STREAM, topology.JOBS_FILTER),
        *_read(topology.EVENTS_STREAM, topology.EVENTS_FILTER),
        *(f"$JS.API.STREAM.INFO.{stream}" for stream in (topology.TASKS_STREAM, topology.DEAD_STREAM)),
        *(f"$JS.API.CONSUMER.INFO.{stream}.*" for stream in (topology.TASKS_STREAM, topology.DEAD_STREAM)),
        f"$JS.API.STREAM.MSG.GET.{topology.TASKS_STREAM}",
        topology.WORKERS_SUBJECT,
    )


def _read(log: str, subject_filter: str) -> tuple[str, ...]:
    """Reading a log through short-lived consumers, whose filter is part of the subject that creates them."""
    return (
        f"$JS.API.STREAM.INFO.{log}",
        f"$JS.API.CONSUMER.CREATE.{log}.*.{subject_filter}",
        f"$JS.API.CONSUMER.MSG.NEXT.{log}.*",
        f"$JS.API.CONSUMER.DELETE.{log}.*",
        f"$JS.ACK.{log}.>",
    )


def _take(stream: str, kind: str) -> tuple[str, ...]:
    """Taking messages of a queue, and saying what became of them."""
    consumer = topology.consumer_name(kind)
    return f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", f"$JS.ACK.{stream}.{consumer}.>"
