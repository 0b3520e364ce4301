"""Images of people who stand still, as if the video had not been cut into segments."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from castlist.domain.records import CropList
from castlist.domain.still_crops import still_crops


def without_still(segments: Iterable[CropList]) -> Iterator[CropList]:
    """The crops of all segments, in order, with images as one segment alone would have left them.

    A segment leaves a few more: in the window in which it begins it does not know what was seen before.
    """
    before = None
    for crops in segments:
        rows = np.flatnonzero(crops.places.packs >= 0)
        windows, frames, boxes = crops.windows[rows], crops.frame_numbers[rows], crops.boxes[rows]
        carried = 0 if before is None else len(before[0])
        if before is not None:
            windows, boxes = np.concatenate([before[0], windows]), np.concatenate([before[1], boxes])
            frames = np.concatenate([np.full(carried, -1), frames])
        still = still_crops(windows, frames, boxes)[carried:]
        packs = crops.places.packs.copy()
        packs[rows[still]] = -1
        yield replace(crops, places=replace(crops.places, packs=packs))
        if len(windows):
            last = np.flatnonzero(windows == windows[-1])
            seen = last[frames[last] == frames[last[0]]]
            before = windows[seen], boxes[seen]
