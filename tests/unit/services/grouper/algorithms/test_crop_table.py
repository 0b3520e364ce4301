"""Crops find their persons through detection indices, and know who covers them."""

import numpy as np
import pytest

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import CropPack, Person
from services.grouper.algorithms.crop_table import choose_crops, join_tables, owners, tabulate


def person_of(person_id: int, *tracklets) -> Person:
    return Person(
        person_id,
        tuple(tracklet.tracklet_id for tracklet in tracklets),
        np.concatenate([tracklet.frame_numbers for tracklet in tracklets]),
        np.concatenate([tracklet.detection_indices for tracklet in tracklets]),
        np.concatenate([tracklet.boxes for tracklet in tracklets]),
        np.concatenate([tracklet.confidences for tracklet in tracklets]),
    )


def pack_of(segment, rows: list[int]) -> CropPack:
    """Crops of some rows of a segment, counted from its start, as the detector counts."""
    return CropPack(
        images=tuple(b"%d" % row for row in rows),
        frame_numbers=segment.frame_numbers[rows] - segment.frame_offset,
        detection_indices=segment.detection_indices[rows] - segment.detection_offset,
        boxes=segment.boxes[rows],
        confidences=segment.confidences[rows],
        shapes=np.full((len(rows), 2), 9),
        person_ids=np.zeros(len(rows), np.int64),
    )


def test_crops_of_a_later_segment_are_counted_from_the_video_start(make_tracklet, make_segment) -> None:
    first, stranger = make_tracklet(1, range(4, 10)), make_tracklet(2, range(6, 9), at=(300, 100))
    segment = make_segment([first, stranger], 5, frame_offset=5)
    table = tabulate(3, pack_of(segment, [0, 1, 2, 7]), segment, owners([person_of(7, first)]))
    assert table.person_ids.tolist() == [7, 7, 7]
    assert table.frame_numbers.tolist() == [5, 6, 9]
    assert table.detection_indices.tolist() == [501, 601, 901]
    assert table.pack_numbers.tolist() == [3, 3, 3]
    assert table.pack_rows.tolist() == [0, 1, 3]


def test_overlap_counts_other_tracks_of_the_frame_only(make_tracklet, make_segment) -> None:
    first = make_tracklet(1, range(3), at=(100, 100))
    other = make_tracklet(2, range(1, 2), at=(110, 100))
    segment = make_segment([first, other], 3)
    table = tabulate(0, pack_of(segment, [0, 1, 3]), segment, owners([person_of(1, first)]))
    assert table.overlaps.tolist() == pytest.approx([0, 0.5, 0])


def test_nobody_owns_anything(make_tracklet, make_segment) -> None:
    segment = make_segment([make_tracklet(1, range(3))], 3)
    assert len(tabulate(0, pack_of(segment, [0, 1]), segment, owners([])).person_ids) == 0
    assert len(join_tables([]).person_ids) == 0
    assert choose_crops(join_tables([]), [], frozenset(), (400, 300), GroupParameters()) == {}


def test_only_ranked_persons_are_animated_but_all_are_embedded(make_tracklet, make_segment) -> None:
    first, second, third = (make_tracklet(i, range(6), at=(100 * i, 100)) for i in (1, 2, 3))
    segment = make_segment([first, second, third], 6)
    persons = [person_of(1, first), person_of(2, second), person_of(3, third)]
    rows = [row for row in range(18) if segment.track_ids[row] != 3]
    table = join_tables([tabulate(0, pack_of(segment, rows), segment, owners(persons))])
    assert table.person_ids.tolist() == [1] * 6 + [2] * 6
    parameters = GroupParameters(crops_per_person=3, embed_crops_per_person=2)
    chosen = choose_crops(table, [1, 2, 3], frozenset({2, 3}), (400, 300), parameters)
    assert list(chosen) == [1, 2]
    assert [len(chosen[i].animated) for i in (1, 2)] == [0, 3]
    assert [len(chosen[i].embedded) for i in (1, 2)] == [2, 2]
