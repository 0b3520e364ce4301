"""What a tracklet keeps: everything it wants, or its share of what the job may keep."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.parameters import PickParameters
from services.grouper.algorithms.crop_grants import CropWishes, grant, wish

NOWHERE = np.zeros(0, np.int64)


def wishes_of(length: int, parameters: PickParameters, beside: list[int] | None = None) -> CropWishes:
    """Of a tracklet whose crops are all equally good."""
    everywhere = np.arange(length)
    return wish(np.ones(length), everywhere, everywhere, np.array(beside or [], np.int64), parameters)


def test_all_is_granted_where_it_fits() -> None:
    parameters = PickParameters(embed_crops_per_tracklet=2, shown_crops_per_tracklet=4, max_crops_per_job=8)
    (granted,) = grant([wishes_of(16, parameters, beside=[0, 7])], parameters)
    assert granted.embedded.tolist() == [0, 7, 8]
    assert granted.shown.tolist() == [0, 4, 8, 12]
    assert granted.count == 5  # what is both shown and embedded is kept once


def test_comparing_comes_before_showing() -> None:
    parameters = PickParameters(embed_crops_per_tracklet=8, shown_crops_per_tracklet=16, max_crops_per_job=20)
    long, short = grant([wishes_of(32, parameters), wishes_of(6, parameters)], parameters)
    assert (len(long.embedded), len(short.embedded)) == (8, 6)
    assert (long.count, short.count) == (14, 6)
    assert set(long.embedded) <= set(long.shown)  # what is compared is shown where there is no room for others


def test_where_little_is_left_each_has_four_over_its_whole_length() -> None:
    parameters = PickParameters(max_crops_per_job=8)
    for granted in grant([wishes_of(400, parameters), wishes_of(8, parameters, beside=[3, 4])], parameters):
        assert len(granted.embedded) == len(granted.shown) == 4
        assert granted.embedded[-1] >= granted.embedded[0] + 6


def test_a_tracklet_without_crops_wants_none() -> None:
    (granted,) = grant([wish(np.zeros(0), NOWHERE, NOWHERE, NOWHERE, PickParameters())], PickParameters())
    assert granted.count == 0
    assert grant([], PickParameters()) == []


@given(st.lists(st.integers(0, 90), min_size=1, max_size=12), st.integers(1, 300), st.data())
def test_the_bound_holds_and_is_used_up(lengths: list[int], bound: int, data: st.DataObject) -> None:
    parameters = PickParameters(max_crops_per_job=bound)
    wishes = [
        wishes_of(
            length, parameters, data.draw(st.lists(st.integers(0, length - 1), max_size=9, unique=True).map(sorted)) if length else []
        )
        for length in lengths
    ]
    granted = grant(wishes, parameters)
    wanted = sum(part.rounds[-1] for part in wishes)
    assert sum(part.count for part in granted) == min(bound, wanted)
    if sum(min(4, length) for length in lengths) <= bound:
        assert all(len(part.embedded) >= min(4, length) for part, length in zip(granted, lengths, strict=True))
