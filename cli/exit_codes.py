"""How a command ends: its exit code, and what it says about a job that has ended."""

import json
import sys
from pathlib import Path

from castlist.domain.jobs import FailureKind
from castlist.domain.source_url import SourceUrl
from services.coordinator.algorithms.decide import JobState, Status

_SUMMED_UP = ("tracks_per_minute", "short_track_fraction", "id_switch_rate", "singleton_fraction", "largest_cluster_fraction")

DONE, DIFFERENT, USAGE, BAD_INPUT, PARTIAL, FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def conclude(state: JobState, *, strict: bool = False, results: Path | None = None, video: Path | SourceUrl | None = None) -> int:
    """Say a job's warnings, and where its results lie or why it has none; returns the exit code."""
    for warning in state.warnings:
        print(f"warning: {_harmless(warning)}", file=sys.stderr)
    if state.status is not Status.DONE:
        about = f"{video.name}: " if video is not None and state.failure_kind is FailureKind.INPUT else ""
        return say(exit_code(state), about + state.reason)
    if results is not None:
        health = health_line(results)
        if health:
            print(health, file=sys.stderr)
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
    """Whether part of the video could not be read, or not well."""
    counts = [progress.counts.get(name, 0) for progress in state.progress.values() for name in ("lost_frames", "damaged_frames")]
    return any(count > 0 for count in counts)


def say(code: int, message: str) -> int:
    """Print an error for the user; returns the exit code."""
    print(f"castlist: {_harmless(message)}", file=sys.stderr)
    return code


def _harmless(text: str) -> str:
    """Names out of files from anywhere are quoted in messages: what a terminal would obey is taken out of them."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def health_line(folder: Path) -> str:
    """The figures by which a result is watched, and what does not pass; empty where a folder has none."""
    path = folder / "track_metrics.json"
    if not path.is_file():
        return ""
    accepted = json.loads(path.read_bytes())["acceptance"]
    figures = ", ".join(f"{item['metric']} {item['value']:.3g}" for item in accepted["metrics"] if item["metric"] in _SUMMED_UP)
    wanted = [f"{item['metric']} should be {item['wanted']}" for item in accepted["metrics"] if item["verdict"] in ("warn", "fail")]
    return f"health: {accepted['overall']} ({figures}){''.join(f'; {text}' for text in wanted)}"


def _results_line(folder: Path) -> str:
    report = folder / "person_selection.html"
    return f"report: {report.resolve().as_uri()}" if report.is_file() else f"results: {folder}"
