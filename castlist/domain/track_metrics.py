"""How well a video was tracked, without ground truth: figures by which a run is watched and compared with another one."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.geometry import centers, iou_matrix
from castlist.domain.records import Float32, Float64, Int64, Person, Tracklet
from castlist.domain.shots import NO_CUTS, cuts_between

SHORT_TRACK_S = 1.0
"""A track is short that is seen for less than this."""

HANDOVER_MAX_GAP_S = 1.0
"""A longer absence is no handover: too many others can come by."""

HANDOVER_MIN_IOU = 0.3
"""Where somebody was last seen, moved on by their pace, and where somebody else is first seen must overlap by this."""

_PACE_ROWS = 5
_SAME_S = 1e-6  # a second in binary fractions, and the times of frames, are no more exact


@dataclass(frozen=True, slots=True)
class TrackMetrics:
    """Tracks are tracklets after splitting; `video_seconds` is how long the video really is, so that rates can be checked.

    `id_switch_rate` is `estimated_id_switches` by tracks. An estimated switch is a handover: a person's boxes end, and within a second
    another person's begin where the first would have been. It sees one human being under two numbers, not two who swapped theirs.
    Fractions and rates of nothing are 0.
    """

    video_seconds: float
    tracks: int
    tracks_per_minute: float
    short_tracks: int
    short_track_fraction: float
    estimated_id_switches: int
    id_switch_rate: float


@dataclass(frozen=True, slots=True)
class CropStats:
    """Crops of detections, and how many of them show nothing: one even tone or nearly so. Of no crops the fraction is 0."""

    total_crops: int
    blank_crops: int
    blank_fraction: float


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """Where a stretch of a person's boxes begins or ends, `box` (4,), with the pace of its centre in px a second, `(2,)`."""

    person_id: int
    frame_number: int
    box: Float32
    pace: Float64


def track_metrics(tracklets: Sequence[Tracklet], persons: Sequence[Person], edges_s: Float64, cuts: Int64 = NO_CUTS) -> TrackMetrics:
    """From tracklets after splitting, persons as the cast has them, and the frames that begin a shot.

    `edges_s` `(F + 1,)`: seconds at which frames begin, and the last one ends.
    """
    seconds = float(edges_s[-1] - edges_s[0])
    short = sum(_is_short(float(edges_s[track.frame_numbers[-1] + 1] - edges_s[track.frame_numbers[0]])) for track in tracklets)
    switches = len(handovers(persons, edges_s[:-1], cuts))
    tracks = len(tracklets)
    return TrackMetrics(
        video_seconds=seconds,
        tracks=tracks,
        tracks_per_minute=60 * tracks / seconds if seconds > 0 else 0.0,
        short_tracks=short,
        short_track_fraction=short / max(tracks, 1),
        estimated_id_switches=switches,
        id_switch_rate=switches / max(tracks, 1),
    )


def _is_short(seconds: float) -> bool:
    return seconds < SHORT_TRACK_S - _SAME_S


def crop_stats(total_crops: int, blank_crops: int) -> CropStats:
    return CropStats(total_crops, blank_crops, blank_crops / max(total_crops, 1))


def handovers(persons: Sequence[Person], frame_seconds: Float64, cuts: Int64 = NO_CUTS) -> list[tuple[int, int]]:
    """Pairs (who ends, who begins), each end and each beginning in one pair at most; `frame_seconds` `(F,)` is when frames begin.

    Pairs are made by falling overlap (ties: the earlier beginning, then the lower numbers). Persons who are ever detected in one
    frame are two people. Across a cut nothing is handed over.
    """
    frames = {person.person_id: person.frame_numbers[~person.interpolated] for person in persons}
    stretches = [stretch for person in persons for stretch in _stretches(person, frame_seconds, cuts)]
    begins = sorted((begin for begin, _ in stretches), key=lambda begin: begin.frame_number)
    starts = [begin.frame_number for begin in begins]
    candidates = []
    for end in (end for _, end in stretches):
        reach = range(bisect_left(starts, end.frame_number + 1), bisect_left(starts, _reach_end(end.frame_number, frame_seconds, cuts)))
        for begin in (begins[index] for index in reach):
            passed_s = float(frame_seconds[begin.frame_number] - frame_seconds[end.frame_number])
            overlap = _overlap(end, begin, passed_s) if begin.person_id != end.person_id else 0.0
            if overlap >= HANDOVER_MIN_IOU and not np.isin(frames[end.person_id], frames[begin.person_id]).any():
                candidates.append((-overlap, begin.frame_number, end.person_id, begin.person_id, end.frame_number))
    found, used = [], set[tuple[str, int, int]]()
    for _, begun, ended_by, begun_by, ended in sorted(candidates):
        both = {("end", ended_by, ended), ("begin", begun_by, begun)}
        if not used & both:
            used |= both
            found.append((ended_by, begun_by))
    return sorted(found)


def _reach_end(frame: int, frame_seconds: Float64, cuts: Int64) -> int:
    """The first frame in which nobody can go on who ended in `frame`: too late, or of another shot."""
    too_late = int(np.searchsorted(frame_seconds, frame_seconds[frame] + HANDOVER_MAX_GAP_S + _SAME_S, "right"))
    return min(too_late, int(np.append(cuts, too_late)[np.searchsorted(cuts, frame, "right")]))


def _stretches(person: Person, frame_seconds: Float64, cuts: Int64) -> Iterator[tuple[_End, _End]]:
    """First and last box of each stretch of a person within a shot, without an absence longer than a handover may take."""
    frames, times = person.frame_numbers, frame_seconds[person.frame_numbers]
    absent = np.diff(times) > HANDOVER_MAX_GAP_S + _SAME_S
    breaks = np.flatnonzero(absent | (cuts_between(cuts, frames[:-1], frames[1:]) > 0)) + 1
    for rows in np.split(np.arange(len(frames)), breaks):
        first, last = int(rows[0]), int(rows[-1])
        earlier = max(first, last - _PACE_ROWS)
        middles = centers(person.boxes[[earlier, last]].astype(np.float64))
        passed_s = float(times[last] - times[earlier])
        pace = (middles[1] - middles[0]) / passed_s if passed_s > 0 else np.zeros(2)
        begin, end = (_End(person.person_id, int(frames[row]), person.boxes[row], pace) for row in (first, last))
        yield begin, end


def _overlap(end: _End, begin: _End, passed_s: float) -> float:
    moved = end.box.astype(np.float64) + np.tile(end.pace, 2) * passed_s
    return float(iou_matrix(moved[None], begin.box[None].astype(np.float64))[0, 0])
