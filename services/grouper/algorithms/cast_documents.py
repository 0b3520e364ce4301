"""The cast as JSON-ready documents and lines of text for users."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from services.grouper.algorithms.billing import Billing
from services.grouper.algorithms.crop_quality import CropQuality
from services.grouper.algorithms.person_crops import PersonCrops


def ranking_document(billing: Billing) -> dict[str, Any]:
    """`ranking_results.json`: persons by rank with the four terms of the score; the primary person is the first, or none."""
    ranking = billing.ranking
    return {"rankings": [asdict(person) for person in ranking], "primary_person": ranking[0].person_id if ranking else None}


def appearances_document(billing: Billing) -> dict[str, Any]:
    """`appearances.json`: for each person its intervals, half-open, in frames from 0 and seconds from the first presentation time."""
    return {
        "frame_count": billing.frame_count,
        "max_gap_s": billing.max_gap_s,
        "persons": [asdict(appearance) for appearance in billing.appearances],
    }


def appearance_lines(billing: Billing) -> Iterator[str]:
    """`appearances.csv`: one line an interval, by person, then time."""
    yield "person_id,start_s,end_s,start_frame,end_frame,observed_frames\n"
    for appearance in billing.appearances:
        for span in appearance.intervals:
            yield (
                f"{appearance.person_id},{span.start_s:.6f},{span.end_s:.6f},{span.start_frame},{span.end_frame},{span.observed_frames}\n"
            )


def crop_lines(chosen: Mapping[int, PersonCrops]) -> Iterator[str]:
    """`crop_quality.csv`: one line a crop that is shown or embedded, by person, then time. Ranks are among all crops of the person."""
    measures = [spec.name for spec in fields(CropQuality)]
    yield f"person_id,frame_number,detection_index,confidence,{','.join(measures)},animated,embedded\n"
    for person_id, person in chosen.items():
        crops, shown = person.crops, set(person.animated.tolist())
        embedded = set(np.flatnonzero(crops.embedded).tolist())
        for row in sorted(shown | embedded):
            values = [person_id, crops.frame_numbers[row], crops.detection_indices[row], crops.confidences[row]]
            values += [getattr(person.quality, name)[row] for name in measures]
            cells = [f"{value:.4f}" if isinstance(value, np.floating) else str(value) for value in values]
            yield f"{','.join(cells)},{row in shown:d},{row in embedded:d}\n"
