"""The crops of each person of the cast, and which of them are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.ownership import owners, owners_of
from castlist.domain.parameters import CastParameters
from castlist.domain.records import CropTable, Int64, Person
from services.grouper.algorithms.crop_choice import Sampling, chosen_crops
from services.grouper.algorithms.crop_quality import CropQuality, crop_quality


@dataclass(frozen=True, slots=True, eq=False)
class PersonCrops:
    """All crops of one person in time order, their quality, and the rows of those to show."""

    crops: CropTable
    quality: CropQuality
    animated: Int64


def crops_of_persons(
    table: CropTable, persons: Sequence[Person], animated: frozenset[int], frame_size_px: tuple[int, int], parameters: CastParameters
) -> Mapping[int, PersonCrops]:
    """For every person with crops those to show, out of those whose image is kept. Only persons in `animated` get some."""
    person_ids = owners_of(table.detection_indices, owners(persons))
    order = np.lexsort((table.frame_numbers, person_ids))
    found: dict[int, PersonCrops] = {}
    for person in persons:
        start, end = np.searchsorted(person_ids[order], [person.person_id, person.person_id + 1]).tolist()
        if start < end:
            crops = table.take(order[start:end])
            quality = crop_quality(crops.boxes, crops.confidences, crops.overlaps, crops.sharpness, frame_size_px)
            kept = np.flatnonzero(crops.kept_packs >= 0)
            shown = kept[chosen_crops(quality.quality_score[kept], parameters.crops_per_person, Sampling(parameters.sampling_strategy))]
            found[person.person_id] = PersonCrops(crops, quality, shown if person.person_id in animated else shown[:0])
    return found
