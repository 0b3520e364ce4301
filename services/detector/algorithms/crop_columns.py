"""What is known of a segment's crops, gathered frame by frame into columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Bool, CropList, CropPack, Float32, ImagePlaces, Int64


@dataclass(frozen=True, slots=True, eq=False)
class FrameCrops:
    """The n crops of one frame: columns as in `CropList`, and which of them leave an image."""

    frame_number: int
    window: int
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    sharpness: Float32
    shapes: Int64
    blank: Bool
    has_image: Bool


@dataclass(slots=True)
class CropColumns:
    """Frames in order; images are laid down in packs, in the order of crops."""

    _frames: list[FrameCrops] = field(default_factory=list)
    _places: list[ImagePlaces] = field(default_factory=list)
    _packed_frames: int = 0

    def add(self, frame: FrameCrops) -> None:
        self._frames.append(frame)

    def pack_of(self, images: Sequence[bytes]) -> CropPack:
        """The images of the frames that are in no pack yet."""
        frames = self._frames[self._packed_frames :]
        rows = np.flatnonzero(_column(frames, "has_image"))
        return CropPack(
            images=tuple(images),
            frame_numbers=_of_frames(frames, "frame_number")[rows],
            detection_indices=_column(frames, "detection_indices")[rows],
            boxes=_column(frames, "boxes")[rows],
            confidences=_column(frames, "confidences")[rows],
            sharpness=_column(frames, "sharpness")[rows],
            shapes=_column(frames, "shapes")[rows],
            person_ids=np.zeros(len(rows), np.int64),
        )

    def lay_down(self, places: ImagePlaces) -> None:
        """The frames that are in no pack yet are in one now, at these places."""
        self._places.append(places)
        self._packed_frames = len(self._frames)

    @property
    def pack_count(self) -> int:
        return len(self._places)

    def listed(self) -> CropList:
        """All crops, with the places of those images that were laid down."""
        frames = self._frames
        return CropList(
            frame_numbers=_of_frames(frames, "frame_number"),
            detection_indices=_column(frames, "detection_indices"),
            boxes=_column(frames, "boxes"),
            confidences=_column(frames, "confidences"),
            sharpness=_column(frames, "sharpness"),
            shapes=_column(frames, "shapes"),
            blank=_column(frames, "blank"),
            windows=_of_frames(frames, "window"),
            places=self._all_places(),
        )

    def _all_places(self) -> ImagePlaces:
        has_image = _column(self._frames, "has_image")
        places = ImagePlaces.none(len(has_image))
        for spec in fields(ImagePlaces):
            column = getattr(places, spec.name)
            column[has_image] = np.concatenate([column[:0], *(getattr(part, spec.name) for part in self._places)])
        return places


_NO_FRAME = FrameCrops(
    frame_number=0,
    window=0,
    detection_indices=np.zeros(0, np.int64),
    boxes=np.zeros((0, 4), np.float32),
    confidences=np.zeros(0, np.float32),
    sharpness=np.zeros(0, np.float32),
    shapes=np.zeros((0, 2), np.int64),
    blank=np.zeros(0, np.bool_),
    has_image=np.zeros(0, np.bool_),
)


def _column(frames: Sequence[FrameCrops], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(_NO_FRAME, name), *(getattr(frame, name) for frame in frames)])


def _of_frames(frames: Sequence[FrameCrops], name: str) -> Int64:
    """One value a frame, for each of its crops."""
    return np.repeat(np.array([getattr(frame, name) for frame in frames], np.int64), [len(frame.boxes) for frame in frames])
