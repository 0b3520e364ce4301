"""What the user must know about the crops that a job keeps."""

from collections.abc import Iterator

from castlist.domain.parameters import PickParameters


def crop_warnings(wanted: int, kept: int, parameters: PickParameters) -> Iterator[str]:
    """`wanted` and `kept` are numbers of different images."""
    if kept < wanted:
        yield (
            f"{kept:,} crops are kept of the {wanted:,} that tracklets would keep: pick.max_crops_per_job allows no more, and "
            "people may be told apart less well; raise it, or keep fewer of each tracklet with pick.embed_crops_per_tracklet "
            f"({parameters.embed_crops_per_tracklet}), pick.embed_crops_beside ({parameters.embed_crops_beside}) "
            f"and pick.shown_crops_per_tracklet ({parameters.shown_crops_per_tracklet})"
        )
