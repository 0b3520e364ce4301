"""Why a crop is not used, and which crops are used all the same where a tracklet has no better ones."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from castlist.domain.records import CropTable, Float64, Int64
from services.grouper.algorithms.crop_quality import CropQuality

ENOUGH_CROPS = 4
"""As many good crops say more about a person than any number of mixed ones; of fewer, worse ones are added."""

_BORDER_PX = 1.0  # a box that comes so near to the picture's border goes on behind it


class Rejection(IntEnum):
    """The gravest fault of a crop, in rising order; 0 is none. The names in lower case are `rejection_reason`.

    `below_min_quality`: `quality_score_x10` is below the wanted one. `cut_off`: the box touches the picture's border.
    `faint`: the detector was not sure. `too_small`: of few pixels. `blurred`: far less sharp than other crops of
    the tracklet. `covered`: another tracked box covers much of it, so that it shows two people. `blank`: it shows one even tone,
    so nobody, and is never used.
    """

    NONE = 0
    BELOW_MIN_QUALITY = 1
    CUT_OFF = 2
    FAINT = 3
    TOO_SMALL = 4
    BLURRED = 5
    COVERED = 6
    BLANK = 7

    @property
    def reason(self) -> str:
        """`rejection_reason`, empty for none."""
        return self.name.lower() if self else ""


@dataclass(frozen=True, slots=True)
class CropLimits:
    """What a crop must keep: `quality_score_x10`, confidence 0..1, height in px, relative sharpness, share that is covered."""

    min_quality_score: float
    min_confidence: float
    min_height_px: float
    min_relative_sharpness: float
    max_overlap: float


def rejections(quality: CropQuality, crops: CropTable, frame_size_px: tuple[int, int], limits: CropLimits) -> Int64:
    """`Rejection` of each of the crops of a tracklet, `(K,)`."""
    width_px, height_px = frame_size_px
    boxes = crops.boxes
    inside = np.minimum(boxes[:, :2].min(axis=1), np.minimum(width_px - boxes[:, 2], height_px - boxes[:, 3]))
    faults = {
        Rejection.BELOW_MIN_QUALITY: quality.quality_score_x10 < limits.min_quality_score,
        Rejection.CUT_OFF: inside <= _BORDER_PX,
        Rejection.FAINT: crops.confidences < np.float32(limits.min_confidence),
        Rejection.TOO_SMALL: quality.height < limits.min_height_px,
        Rejection.BLURRED: quality.relative_sharpness < limits.min_relative_sharpness,
        Rejection.COVERED: quality.overlap > limits.max_overlap,
        Rejection.BLANK: crops.blank,
    }
    found = np.zeros(len(boxes), np.int64)
    for fault, has in faults.items():
        found[has] = fault
    return found


def usable_crops(reasons: Int64, overlaps: Float64) -> Int64:
    """Rows, rising, of the crops of a tracklet among which to choose: those without a fault if there are four.

    Else those with the slightest fault are added, all that have it, and so on until there are four, for a fault that
    most crops have tells little: who stands at the picture's border all the time is cut off in every crop. Only of
    covered ones no more are added than make four, the least covered first (ties: the earlier). Blank ones are never added.
    """
    shows = np.flatnonzero(reasons != Rejection.BLANK)
    return shows[_usable(reasons[shows], overlaps[shows])]


def _usable(reasons: Int64, overlaps: Float64) -> Int64:
    wanted = min(ENOUGH_CROPS, len(reasons))
    for gravest in range(Rejection.NONE, Rejection.COVERED):
        rows = np.flatnonzero(reasons <= gravest)
        if len(rows) >= wanted:
            return rows
    order = np.lexsort((np.arange(len(reasons)), overlaps, reasons == Rejection.COVERED))
    return np.sort(order[:wanted])
