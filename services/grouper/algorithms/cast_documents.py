"""The cast as JSON-ready documents and lines of text for users."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.domain.cast import Cast
from castlist.domain.parameters import CastParameters
from services.grouper.algorithms.billing import Billing
from services.grouper.algorithms.crop_quality import CropQuality
from services.grouper.algorithms.crop_rejection import Rejection
from services.grouper.algorithms.person_crops import PersonCrops
from services.grouper.algorithms.ranking import rank_weights


def ranking_document(billing: Billing, cast: Cast, parameters: CastParameters) -> dict[str, Any]:
    """`ranking_results.json`: persons by rank with the four terms of the score, whose weights sum to 1, and what the user said."""
    said = {person.person_id: {"name": person.name, "ignored": person.ignored, "selected": person.selected} for person in cast.persons}
    return {
        "rankings": [asdict(person) | said[person.person_id] for person in billing.ranking],
        "weights": rank_weights(parameters),
        "primary_person": primary_person(billing, cast),
    }


def primary_person(billing: Billing, cast: Cast) -> int | None:
    """The selected person of the highest rank; where nobody is selected, of all who are not ignored. None if there is nobody."""
    selected = {person.person_id for person in cast.persons if person.selected}
    eligible = selected or {person.person_id for person in cast.persons if not person.ignored}
    return next((person.person_id for person in billing.ranking if person.person_id in eligible), None)


def appearances_document(billing: Billing) -> dict[str, Any]:
    """`appearances.json`: for each person its intervals, half-open, in frames from 0 and seconds from the first presentation time."""
    return {
        "frame_count": billing.frame_count,
        "examined_frames": billing.examined_frames,
        "max_gap_s": billing.max_gap_s,
        "persons": [asdict(appearance) for appearance in billing.appearances],
    }


def appearance_lines(billing: Billing) -> Iterator[str]:
    """`appearances.csv`: one line an interval, by person, then time."""
    yield "person_id,start_s,end_s,start_frame,end_frame,observed_frames,interpolated_frames\n"
    for appearance in billing.appearances:
        for span in appearance.intervals:
            frames = (span.start_frame, span.end_frame, span.observed_frames, span.interpolated_frames)
            yield f"{appearance.person_id},{span.start_s:.6f},{span.end_s:.6f},{','.join(map(str, frames))}\n"


def crop_lines(pictures: Mapping[int, PersonCrops]) -> Iterator[str]:
    """`crop_quality.csv`: one line a crop, by person, then time.

    Measures are of `CropQuality`, next to all crops of the person. `rejection_reason` (see `Rejection`) says why a crop is used for
    want of better ones only, and is empty for a good one: of those the best in each part of a tracklet is chosen. `animated`
    and `embedded` are 1 where the crop is shown or compared.
    """
    measures = [spec.name for spec in fields(CropQuality)]
    yield f"person_id,tracklet_id,frame_number,detection_index,confidence,{','.join(measures)},rejection_reason,animated,embedded\n"
    for person_id, person in pictures.items():
        crops = person.crops
        shown = np.isin(np.arange(len(crops.frame_numbers)), person.animated).astype(np.int64)
        columns: list[NDArray[np.generic]] = [crops.tracklet_ids, crops.frame_numbers, crops.detection_indices, crops.confidences]
        columns += [getattr(person.quality, name) for name in measures]
        reasons = [Rejection(code).reason for code in crops.rejections.tolist()]
        for cells in zip(
            *(_cells(column) for column in columns), reasons, _cells(shown), _cells(crops.embedded.astype(np.int64)), strict=True
        ):
            yield f"{person_id},{','.join(cells)}\n"


def _cells(column: NDArray[np.generic]) -> list[str]:
    return [f"{value:.4f}" for value in column.tolist()] if column.dtype.kind == "f" else [str(value) for value in column.tolist()]
