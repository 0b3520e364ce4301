"""All that a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from castlist.domain.cast import Cast
from castlist.domain.damage import DamagedSpan
from castlist.domain.jobs import Parameter
from castlist.domain.records import Person
from castlist.domain.video import ModelChoice, VideoPlan
from services.reporter.algorithms.crop_notes import CropNote


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """What the earlier stages made; mappings and sequences of mappings are their decoded JSON documents.

    `source_url` is where the video was fetched from, without a query; empty where it was handed in.
    `persons` are those of the `cast`, `before` those before merging. `plan`, `calibration`, `identities`, `metrics` and `shots` are
    None, and `splits` empty, where nothing was compared or cut.
    """

    file_name: str
    video: VideoPlan
    detector: ModelChoice
    embedder: ModelChoice
    persons: tuple[Person, ...]
    before: tuple[Person, ...]
    cast: Cast
    appearances: Mapping[str, Any]
    ranking: Mapping[str, Any]
    similarity: Mapping[str, Any]
    plan: Mapping[str, Any] | None
    calibration: Mapping[str, Any] | None
    identities: Mapping[str, Any] | None
    splits: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Any] | None
    crop_notes: Mapping[int, CropNote]
    parameters: Mapping[str, Parameter]
    warnings: tuple[str, ...]
    version: str
    source_url: str = ""
    damage: tuple[DamagedSpan, ...] = ()
    shots: Mapping[str, Any] | None = None


def frame_count(inputs: ReportInputs) -> int:
    """Frames that were decoded."""
    return int(inputs.appearances["frame_count"])
