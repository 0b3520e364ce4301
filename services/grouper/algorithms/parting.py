"""Everything that is done to tracklets before they are grouped: doubled tails dropped, two people in one cut apart."""

from dataclasses import dataclass
from typing import Any

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import CropTable, Float32, Int64, TrackletSet
from services.grouper.algorithms.change_points import ChangeLimits
from services.grouper.algorithms.handovers import Handover, HandoverLimits, without_doubles
from services.grouper.algorithms.looks import Looks, looks_of, owned_looks
from services.grouper.algorithms.splitting import SplitTracklets, split_tracklets

_LEAST_ROWS = 3  # of a tracklet that lost its doubled tail


@dataclass(frozen=True, slots=True, eq=False)
class PartedTracklets:
    """The tracklets that are grouped, how they look, and what was done to those of the tracker."""

    split: SplitTracklets
    looks: Looks
    handovers: tuple[Handover, ...]


def part_tracklets(
    found: TrackletSet, table: CropTable, detections: Int64, vectors: Float32, parameters: GroupParameters
) -> PartedTracklets:
    """Tracklets that each hold one person, as far as can be told. Without vectors none is split."""
    handover = HandoverLimits(parameters.handover_max_frames, parameters.handover_min_covered, _LEAST_ROWS)
    single, handovers = without_doubles(found, handover)
    looks = looks_of(table, detections, vectors, parameters.clear_overlap)
    split = SplitTracklets(single, ())
    if parameters.split:
        limits = ChangeLimits(
            disturbed=parameters.split_similarity,
            calm=parameters.split_similarity_calm,
            window_crops=parameters.split_window_crops,
            least_crops=parameters.split_least_crops,
        )
        split = split_tracklets(single, owned_looks(looks, single.tracklets), table, limits)
    return PartedTracklets(split, owned_looks(looks, split.tracklets.tracklets), handovers)


def splits_document(parted: PartedTracklets) -> list[dict[str, Any]]:
    """`splits.json`: each cut of a tracklet of the tracker, with its evidence. Frames are counted from 0; limits are cosines."""
    found = parted.split.tracklets
    parts = {(parent, int(tracklet.frame_numbers[0])): tracklet for tracklet, parent in zip(found.tracklets, found.parent_ids, strict=True)}
    documents = []
    for cut in parted.split.cuts:
        of_parent = sorted(start for parent, start in parts if parent == cut.tracklet_id)
        after = next(start for start in of_parent if start >= cut.at_frame)
        before = of_parent[of_parent.index(after) - 1]
        documents.append(
            {
                "tracklet": cut.tracklet_id,
                "parts": [
                    {
                        "tracklet": part.tracklet_id,
                        "first_frame": int(part.frame_numbers[0]),
                        "last_frame": int(part.frame_numbers[-1]),
                    }
                    for part in (parts[cut.tracklet_id, before], parts[cut.tracklet_id, after])
                ],
                "at_frame": cut.at_frame,
                "similarity": cut.change.similarity,
                "limit": cut.change.limit,
                "crops_before": cut.change.crops_before,
                "crops_after": cut.change.crops_after,
                "crossing_tracklet": cut.crossing_tracklet,
                "reason": _reason(cut.change.disturbed, cut.crossing_tracklet),
            }
        )
    return documents


def _reason(disturbed: bool, crossing: int | None) -> str:
    if not disturbed:
        return "looks changed although nothing was seen to disturb the track"
    if crossing is None:
        return "looks changed where the track was lost for a while"
    return f"looks changed where tracklet {crossing} met this one"
