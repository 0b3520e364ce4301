"""`run.json`: what made this result, without any time of day, duration, host or job."""

from typing import Any

from castlist.domain.damage import damage_document
from castlist.domain.jobs import ObjectRef
from castlist.domain.video import ModelChoice
from services.reporter.algorithms.report_inputs import ReportInputs, frame_count


def run_record(inputs: ReportInputs, source: ObjectRef) -> dict[str, Any]:
    """The document; the video is named by what it contains."""
    video = inputs.video
    return {
        "castlist": {"version": inputs.version},
        "video": {
            "file_name": inputs.file_name,
            "length_bytes": source.length,
            "sha256": source.sha256,
            **({"url": inputs.source_url} if inputs.source_url else {}),
            "width_px": video.width_px,
            "height_px": video.height_px,
            "frame_rate": str(video.frame_rate),
            "duration_s": video.duration_s,
            "declared_frame_count": video.declared_frame_count,
            "container": video.container,
            "codec": video.codec,
        },
        "models": {"detector": _model(inputs.detector), "embedder": _model(inputs.embedder)},
        "parameters": {name: {"value": item.value, "source": item.source} for name, item in inputs.parameters.items()},
        "warnings": list(inputs.warnings),
        "partial": any(span.lost_frames or span.damaged_frames for span in inputs.damage),
        "damage": damage_document(inputs.damage),
        "counts": {
            "frames": frame_count(inputs),
            "segments": len(video.segments),
            "persons": len(inputs.persons),
            "tracklets": sum(len(person.tracklet_ids) for person in inputs.persons),
            "recommended": len(inputs.similarity["recommended"]),
            "near": len(inputs.similarity["near"]),
        },
    }


def _model(choice: ModelChoice) -> dict[str, str]:
    return {
        "name": choice.name,
        "sha256": choice.sha256,
        "runtime": choice.runtime,
        "origin": choice.origin,
        "licence": choice.licence,
        "note": choice.note,
    }
