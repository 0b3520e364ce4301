"""Parameters of the stages that run again after each edit: what `castlist.domain.parameters` says of all stages holds here."""

from dataclasses import dataclass

from castlist.domain.parameter_fields import SAMPLING as _SAMPLING
from castlist.domain.parameter_fields import choice as _choice
from castlist.domain.parameter_fields import number as _number
from castlist.domain.parameter_fields import switch as _switch


@dataclass(frozen=True, slots=True)
class CompareParameters:
    """Similarity, recommendations and the merge plan."""

    merge: str = _choice("plan", "`auto` applies the sure steps of the merge plan, `plan` only shows them.", "plan", "auto")
    calibrate: bool = _switch(True, "Take the plan's threshold from the video itself; else, or with too few people, the one below.")
    false_merge_rate: float = _number(0.01, "Wanted share of pairs of two people that the plan would merge.", 0.0, 0.5)
    min_confidence: float = _number(0.9, "Steps of the plan that are less sure than this are unsure, and never applied.", 0.0, 1.0)
    doubt: float = _number(0.3, "Taken off a similarity, times the root of 1/n + 1/m, for n and m clear crops.", 0.0, 10.0)
    clear_overlap: float = _number(0.15, "Crops that another tracked box covers more are compared only for want of others.", 0.0, 1.0)
    similarity_threshold: float = _number(0.70, "Pairs at least this similar (cosine) are recommended for merging.", -1.0, 1.0)
    near_margin: float = _number(0.05, "Pairs at most this far below the threshold are listed as near.", 0.0, 2.0)
    min_identity_sim: float = _number(
        0.50, "Tracklets less like the rest of their person (cosine) are outliers in identities.json.", -1.0, 1.0
    )
    min_cluster_size: int = _number(1, "Persons of fewer tracklets are outliers in identities.json.", 1, 1_000_000)
    treat_as_singletons: bool = _switch(True, "Outliers are identities of their own in identities.json; else they are noise, with none.")
    mark_low_cohesion: bool = _switch(True, "Mark identities in identities.json whose cohesion is below the merge plan's threshold.")


@dataclass(frozen=True, slots=True)
class CastParameters:
    """Appearances, ranking and pictures of the persons as they stand after merging and edits."""

    smooth_deviation_frames: float = _number(
        2.0, "Persons' boxes are smoothed over about this many frames; 0 leaves them as detected.", 0.0, 100.0
    )
    interpolate_max_gap_frames: int = _number(
        20, "Longest gap in which a person's boxes are interpolated, and marked so; 0: none.", 0, 1000
    )
    interpolate_max_cost: float = _number(1.5, "How doubtful it may be that it is one person before and after such a gap.", 0.0, 100.0)
    appearance_max_gap_s: float = _number(1.0, "An absence longer than this ends an interval of the appearances.", 0.0)
    rank_weight_duration: float = _number(0.4, "Weight of the number of frames in the ranking score.", 0.0, 1.0)
    rank_weight_coverage: float = _number(0.3, "Weight of the share of the video in the ranking score.", 0.0, 1.0)
    rank_weight_center: float = _number(0.2, "Weight of closeness to the frame's centre in the ranking score.", 0.0, 1.0)
    rank_weight_smoothness: float = _number(0.1, "Weight of smooth motion in the ranking score.", 0.0, 1.0)
    crops_per_person: int = _number(50, "Crops kept for a person's animation, chosen over the whole appearance.", 1, 1000)
    sampling_strategy: str = _choice("quality_weighted", "As in `pick`, of the person's kept crops.", *_SAMPLING)
    animated_persons: int = _number(200, "Persons, by rank, that get an animation; bounds memory in long videos.", 0, 10_000)


@dataclass(frozen=True, slots=True)
class ReportParameters:
    """Pictures and page."""

    webp_size_px: int = _number(256, "Side of the square animation, letterboxed.", 16, 2048)
    webp_fps: float = _number(10.0, "Frames a second of the animation.", 0.1, 60.0)
    webp_max_frames: int = _number(50, "Longest animation in frames.", 1, 1000)
    webp_quality: int = _number(80, "WebP quality.", 0, 100)
