"""What the user must know about the crops that a job keeps."""

from collections.abc import Iterator

from castlist.domain.acceptance import Bound
from castlist.domain.parameters import PickParameters
from castlist.domain.track_metrics import CropStats
from services.grouper.algorithms.picking import PickedCrops


def crop_warnings(stats: CropStats, blank_fraction: Bound, picked: PickedCrops, parameters: PickParameters) -> Iterator[str]:
    """Of more blank crops than `blank_fraction` allows, which `stats` counts, and of those that were not kept."""
    if not blank_fraction.holds(stats.blank_fraction):
        yield (
            f"{stats.blank_crops:,} of {stats.total_crops:,} crops ({stats.blank_fraction:.0%}) are blank, of one even tone, and show "
            "nobody: the video has grey or lost pictures, or the detector sees people in empty places; see that the file is whole, "
            "or raise detect.min_confidence"
        )
    if picked.kept < picked.wanted:
        yield (
            f"{picked.kept:,} crops are kept of the {picked.wanted:,} that tracklets would keep: pick.max_crops_per_job allows no more, "
            "and people may be told apart less well; raise it, or keep fewer of each tracklet with pick.embed_crops_per_tracklet "
            f"({parameters.embed_crops_per_tracklet}), pick.embed_crops_beside ({parameters.embed_crops_beside}) "
            f"and pick.shown_crops_per_tracklet ({parameters.shown_crops_per_tracklet})"
        )
