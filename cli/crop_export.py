"""The crops of a finished job, person by person, out of what its stages stored."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from castlist.codec.crop_packing import EncodedPictures
from castlist.codec.crop_table import decode_crop_table
from castlist.codec.crops_by_person import CropGroup
from castlist.codec.documents import decode_json
from castlist.codec.messages import decode_video_plan
from castlist.codec.persons import decode_persons
from castlist.codec.stored_images import read_images
from castlist.domain.jobs import ObjectRef, Stage
from castlist.domain.parameters import CastParameters
from castlist.errors import UsageError
from castlist.ports import ObjectReader
from cli.stored_objects import Outputs, refs
from services.grouper.algorithms.person_crops import PersonCrops, crops_of_persons


class JobCrops:
    """The kept crops of a job. Raises `UsageError` for a job that has no cast."""

    def __init__(self, reader: ObjectReader, outputs: Outputs, where: str) -> None:
        self._reader, self._kept = reader, refs(outputs, Stage.PICK, "kept_crops")

        def read(stage: Stage, name: str) -> bytes:
            found = refs(outputs, stage, name)
            if len(found) != 1:
                raise UsageError(f"{where} has no {name}: its job was not run to the end")
            return reader.read(found[0])

        video = decode_video_plan(read(Stage.PLAN, "video"))
        self.total_frames = int(decode_json(read(Stage.CAST, "appearances.json"))["frame_count"])
        self._size_px = (video.width_px, video.height_px)
        self._persons = decode_persons(read(Stage.CAST, "canonical_persons.npz"))
        self._table = decode_crop_table(read(Stage.PICK, "crop_table"))
        ranking = decode_json(read(Stage.CAST, "ranking_results.json"))["rankings"]
        self._ranked = tuple(int(entry["person_id"]) for entry in ranking)

    def groups(self, top: int | None, crops_each: int | None) -> Iterator[CropGroup]:
        """Persons who left a crop, by number: all, or those of the `top` highest ranks; of each all kept crops, or `crops_each` at most.

        Those are spread over the whole appearance, in each part the best. One person's images are in memory at a time.
        """
        wanted = frozenset(self._ranked[:top])
        parameters = replace(CastParameters(), crops_per_person=crops_each or max(len(self._table.frame_numbers), 1))
        persons = [person for person in self._persons if person.person_id in wanted]
        # Everybody is passed, since who owns a crop is asked of all persons.
        found = crops_of_persons(self._table, self._persons, wanted, self._size_px, parameters)
        for person in sorted(persons, key=lambda person: person.person_id):
            crops = found.get(person.person_id)
            if crops is not None and len(crops.animated):
                yield _group(self._reader, self._kept, person.person_id, crops)


def _group(reader: ObjectReader, kept: Sequence[ObjectRef], person_id: int, person: PersonCrops) -> CropGroup:
    rows = person.animated
    crops, quality = person.crops.take(rows), person.quality
    images = read_images(reader, kept, crops.kept)
    return CropGroup(
        person_id=person_id,
        frame_numbers=crops.frame_numbers,
        pictures=EncodedPictures(images, crops.shapes),
        boxes=crops.boxes,
        confidences=crops.confidences,
        measures={
            "detection_indices": crops.detection_indices,
            "tracklet_ids": crops.tracklet_ids,
            "quality_ranks": quality.quality_rank[rows],
            "quality_scores": quality.quality_score[rows],
            "visibility_scores": quality.visibility_score[rows],
            "sharpness": crops.sharpness.astype(np.float32),
        },
    )
