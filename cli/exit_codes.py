"""How a command ends: its exit code, and what it says about a job that has ended."""

import sys
from pathlib import Path

from castlist.domain.jobs import FailureKind
from services.coordinator.algorithms.decide import JobState, Status

DONE, DIFFERENT, USAGE, BAD_INPUT, PARTIAL, FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def conclude(state: JobState, *, strict: bool = False, results: Path | None = None, video: Path | None = None) -> int:
    """Say a job's warnings, and where its results lie or why it has none; returns the exit code."""
    for warning in state.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if state.status is not Status.DONE:
        about = f"{video.name}: " if video is not None and state.failure_kind is FailureKind.INPUT else ""
        return say(exit_code(state), about + state.reason)
    if results is not None:
        print(_results_line(results))
    return PARTIAL if strict and is_partial(state) else DONE


def exit_code(state: JobState) -> int:
    """Exit code of a job that has ended."""
    if state.status is Status.DONE:
        return DONE
    if state.status is Status.REJECTED:
        return USAGE
    return BAD_INPUT if state.failure_kind is FailureKind.INPUT else FAILED


def is_partial(state: JobState) -> bool:
    """Whether part of the video could not be read."""
    return any(progress.counts.get("lost_frames", 0) > 0 for progress in state.progress.values())


def say(code: int, message: str) -> int:
    """Print an error for the user; returns the exit code."""
    print(f"castlist: {message}", file=sys.stderr)
    return code


def _results_line(folder: Path) -> str:
    report = folder / "person_selection.html"
    return f"report: {report.resolve().as_uri()}" if report.is_file() else f"results: {folder}"
