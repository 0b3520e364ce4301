"""A job's progress on the terminal: live bars where there is one, else a line when a stage begins or ends."""

import sys
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from castlist.domain.jobs import Stage
from services.coordinator.algorithms.decide import JobState
from services.coordinator.algorithms.decide import Progress as StageProgress

_COUNTS = {
    Stage.FETCH: ("bytes",),
    Stage.PLAN: ("segments",),
    Stage.DETECT: ("frames", "detections"),
    Stage.TRACK: ("frames",),
    Stage.PICK: ("tracklets",),
    Stage.EMBED: ("crops",),
    Stage.GROUP: ("tracklets", "persons"),
    Stage.COMPARE: ("recommended", "near"),
    Stage.CAST: ("persons",),
    Stage.REPORT: ("persons",),
}


class ProgressDisplay:
    """Shows job states as they come. A context manager, since a live display owns the terminal meanwhile."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        """Standard error where no `stream` is given."""
        stream = stream or sys.stderr
        self._stream = stream
        self._quiet = quiet
        self._live: Progress | None = None
        self._bars: dict[Stage, TaskID] = {}
        self._told: set[Stage] = set()
        if stream.isatty() and not quiet:
            columns = (TextColumn("{task.description:8}"), BarColumn(32), MofNCompleteColumn(), TimeElapsedColumn())
            self._live = Progress(*columns, TextColumn("{task.fields[detail]}"), console=Console(file=stream))

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, state: JobState) -> None:
        """Show a state."""
        for stage, progress in state.progress.items():
            if self._live is not None:
                self._draw(self._live, stage, progress)
            elif not self._quiet:
                self._tell(stage, progress)

    def fetching(self, length: int, expected: int | None) -> None:
        """Show how much of a video from the web has come, where the display is live; called from the thread that fetches it."""
        if self._live is not None and Stage.FETCH in self._bars:
            of_all = "" if expected is None else f" of {expected / 1e6:,.1f}"
            self._live.update(self._bars[Stage.FETCH], detail=f"{length / 1e6:,.1f}{of_all} MB")

    def _draw(self, live: Progress, stage: Stage, progress: StageProgress) -> None:
        if stage not in self._bars:
            self._bars[stage] = live.add_task(stage.value, start=False, total=None, detail="")
        bar = self._bars[stage]
        if progress.done and not live.tasks[bar].started:
            live.start_task(bar)
        live.update(bar, completed=progress.done, total=progress.total, detail=detail(stage, progress))
        if progress.total == progress.done:
            live.stop_task(bar)

    def _tell(self, stage: Stage, progress: StageProgress) -> None:
        if progress.total != progress.done:
            self._told.discard(stage)  # it runs again
        elif stage not in self._told:
            self._told.add(stage)
            print(f"{stage.value:8} done  {detail(stage, progress)}", file=self._stream, flush=True)


def detail(stage: Stage, progress: StageProgress) -> str:
    """What the stage has counted so far, and how much of it an earlier run had left."""
    counted = [f"{progress.counts[name]:,} {name}" for name in _COUNTS[stage] if name in progress.counts]
    if progress.reused:
        counted.append(f"{progress.reused} of {progress.done} reused from an earlier run")
    return ", ".join(counted)
