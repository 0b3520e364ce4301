"""Phases of a finished job done again with other parameters, and what that changed: `cleanup_report.json`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.job_messages import encode_request
from castlist.domain.jobs import REVISED, JobRequest, Stage
from castlist.domain.resolving import resolve
from castlist.errors import UsageError
from castlist.ports import ObjectReader
from cli.columns import table
from cli.embedded import Build, finished
from cli.folder_state import only_one_at_work, stored_request
from cli.output_folder import STATE_FOLDER, export
from cli.watching import JobView
from services.coordinator.algorithms.decide import JobState, Status

REPORT = "cleanup_report.json"

ACTIONS: Mapping[str, tuple[Stage, ...]] = {
    "split_tracks": (Stage.GROUP,),
    "reembed": (Stage.PICK, Stage.EMBED),
    "recluster": (Stage.GROUP,),
    "group_clusters": (Stage.COMPARE, Stage.CAST),
}
"""The stages of each action. Splitting and clustering tracklets are one stage, so one of the two brings the other."""

_SPLITTING = ("group.split", "group.handover")
_SHARED = {"group.clear_overlap": {"split_tracks", "recluster"}, "plan.embedder": {"reembed"}}

Figures = Mapping[str, float]

TRACK_FIGURES = (
    "video_seconds",
    "tracks",
    "tracks_per_minute",
    "short_track_fraction",
    "estimated_id_switches",
    "id_switch_rate",
    "persons",
)
CLUSTER_FIGURES = (
    "total_clusters",
    "singleton_fraction",
    "singleton_fraction_of_tracks",
    "largest_cluster_fraction",
    "outlier_count",
    "low_cohesion_count",
)
OWN_NAMES = {"total_clusters": "clusters"}
"""What `track_metrics.json` calls otherwise."""


async def clean_up(
    folder: Path, actions: Sequence[str], overrides: Mapping[str, str], builds: tuple[Build, ...], show: Callable[[JobState], None]
) -> tuple[JobState, Mapping[str, Any]]:
    """Do the actions on the job whose results a folder holds; returns its last state and the report, empty where the job failed.

    Stages of no action are done again only where what they read has changed; edits stay. The folder keeps what it has unless all went
    well. Raises `UsageError` for a folder without a finished job, and for parameters that none of the actions reads.
    """
    check_overrides(actions, overrides)
    store = DirectoryStore(folder / STATE_FOLDER)
    with only_one_at_work(folder):
        request = stored_request(store, folder)
        view, reader = await finished(store, folder, request, builds, lambda _: None)
        if view.state.status is not Status.DONE or request.until is not Stage.REPORT:
            raise UsageError(f"the job in {folder} is not finished: run the video again first")
        before, was_stored = figures(view, reader), all(run.reused for run in view.runs)
        for stage in stages_of(actions):
            if stage is Stage.PICK:  # done again where its parameters change; it needs crops that detect would have to make again
                continue
            store.delete_prefix(topology.stage_prefix(request.job_id, stage))
        again = replace(request, overrides={**request.overrides, **overrides})
        view, reader = await finished(store, folder, again, builds, show)
        if view.state.status is not Status.DONE:
            return view.state, {}
        found = report(request, actions, before, figures(view, reader)) | {"before_was_stored": was_stored}
        store.put(topology.request_key(request.job_id), encode_request(again))
        export(reader, view.state.outputs, view.runs, folder, {REPORT: encode_json(found)})
    return view.state, found


def stages_of(actions: Iterable[str]) -> list[Stage]:
    """The stages of some actions, in order."""
    chosen = {stage for action in actions for stage in ACTIONS[action]}
    return [stage for stage in Stage if stage in chosen]


def check_overrides(actions: Sequence[str], overrides: Mapping[str, str]) -> None:
    """Raise `UsageError` for a parameter that is wrong, or that none of the actions reads; the report is made anew in any case."""
    resolve(overrides)
    for name in overrides:
        if not name.startswith(f"{Stage.REPORT}.") and not _readers(name) & set(actions):
            raise UsageError(f"{name} has no effect on {', '.join(actions)}: {_remedy(_readers(name))}")


def overrides_of_profile(actions: Sequence[str], values: Mapping[str, str]) -> dict[str, str]:
    """What a profile says about parameters that the actions read; the other ones stay what they were."""
    return {name: text for name, text in values.items() if _readers(name) & set(actions)}


def _readers(name: str) -> set[str]:
    """The actions that read a parameter."""
    stage = name.partition(".")[0]
    if name in _SHARED:
        return _SHARED[name]
    if stage == Stage.GROUP:
        return {"split_tracks"} if name.startswith(_SPLITTING) else {"recluster"}
    return {action for action, stages in ACTIONS.items() if stage in stages}


def _remedy(readers: set[str]) -> str:
    return f"add the action {' or '.join(sorted(readers))}, or leave it out" if readers else "run the video again with it, or leave it out"


def figures(view: JobView, reader: ObjectReader) -> dict[str, float]:
    """Figures of a finished job, at its present revision."""

    def read(stage: Stage, name: str) -> bytes:
        index = view.state.revision if stage in REVISED else 0
        (run,) = (run for run in view.runs if (run.stage, run.index) == (stage, index))
        (ref,) = run.refs(name)
        return reader.read(ref)

    found = decode_json(read(Stage.CAST, "track_metrics.json"))
    clusters = {OWN_NAMES.get(name, name): found["cluster_metrics"][name] for name in CLUSTER_FIGURES}
    return {name: found[name] for name in TRACK_FIGURES} | clusters


def report(request: JobRequest, actions: Sequence[str], before: Figures, after: Figures) -> dict[str, Any]:
    """`cleanup_report.json`: `improvement` is after minus before, of what can change.

    `clean_up` adds `before_was_stored`: whether the figures before are of results as they lay there, and not of some computed anew, as
    after an update of Castlist.
    """
    return {
        "ep_id": request.job_id,
        "file_name": request.file_name,
        "cleanup_actions": [action for action in ACTIONS if action in actions],
        "before": before,
        "after": after,
        "improvement": {name: after[name] - before[name] for name in before if name != "video_seconds"},
    }


def told(found: Mapping[str, Any]) -> str:
    """The report as a table."""
    before, after = found["before"], found["after"]
    rows = [(name, _shown(before[name]), _shown(after[name]), _shown(change, "+")) for name, change in found["improvement"].items()]
    return table(("", "BEFORE", "AFTER", "CHANGE"), rows)


def _shown(value: float, sign: str = "") -> str:
    return f"{value:{sign}}" if isinstance(value, int) else f"{value:{sign}.3f}"
