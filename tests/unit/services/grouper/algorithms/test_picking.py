"""Crops find their tracklets through detection indices, and know who covers them."""

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from castlist.codec.crop_table import decode_crop_table, encode_crop_table
from castlist.domain.acceptance import Bound
from castlist.domain.joining import join_tracklets
from castlist.domain.ownership import owners, owners_of
from castlist.domain.parameters import CastParameters, PickParameters
from castlist.domain.records import CropList, CropPack, CropTable
from castlist.domain.track_metrics import crop_stats
from services.grouper.algorithms.crop_warnings import crop_warnings
from services.grouper.algorithms.disturbances import disturbances
from services.grouper.algorithms.person_crops import crops_of_persons
from services.grouper.algorithms.picking import join_crops, pick_crops, tabulate, with_kept
from tests.fixtures.packed_crops import crop_list_of


def crops_of(segment, rows: list[int], blank: Sequence[int] = (), without_image: Sequence[int] = ()) -> CropList:
    """Crops of some rows of a segment, counted from its start, as the detector counts."""
    pack = CropPack(
        images=tuple(b"%d" % row for row in rows),
        frame_numbers=segment.frame_numbers[rows] - segment.frame_offset,
        detection_indices=segment.detection_indices[rows] - segment.detection_offset,
        boxes=segment.boxes[rows],
        confidences=segment.confidences[rows],
        sharpness=np.ones(len(rows), np.float32),
        shapes=np.full((len(rows), 2), 9),
        person_ids=np.zeros(len(rows), np.int64),
    )
    listed, _ = crop_list_of(pack)
    packs = np.where(np.isin(rows, without_image), -1, listed.places.packs)
    return replace(listed, blank=np.isin(rows, blank), places=replace(listed.places, packs=packs))


def test_crops_of_a_later_segment_are_counted_from_the_video_start(make_tracklet, make_segment) -> None:
    first, stranger = make_tracklet(1, range(4, 10)), make_tracklet(2, range(6, 9), at=(300, 100))
    segment = make_segment([first, stranger], 5, frame_offset=5)
    crops = tabulate(crops_of(segment, [0, 1, 2, 7]), 3, segment, owners([first]))
    table = crops.table
    assert table.tracklet_ids.tolist() == [1, 1, 1]
    assert table.frame_numbers.tolist() == [5, 6, 9]
    assert table.detection_indices.tolist() == [501, 601, 901]
    assert crops.places.packs.tolist() == [3, 3, 3]
    assert np.diff(crops.places.offsets).tolist() == [1, 2]  # the stranger's image lies between


def test_overlap_counts_other_tracks_of_the_frame_only(make_tracklet, make_segment) -> None:
    first = make_tracklet(1, range(3), at=(100, 100))
    other = make_tracklet(2, range(1, 2), at=(110, 100))
    segment = make_segment([first, other], 3)
    crops = tabulate(crops_of(segment, [0, 1, 3]), 0, segment, owners([first]))
    assert crops.table.overlaps.tolist() == pytest.approx([0, 0.5, 0])


def test_nobody_owns_anything(make_tracklet, make_segment) -> None:
    segment = make_segment([make_tracklet(1, range(3))], 3)
    assert len(tabulate(crops_of(segment, [0, 1]), 0, segment, owners([])).table.boxes) == 0
    picked = pick_crops(join_crops([]), (400, 300), PickParameters())
    assert (len(picked.crops.table.boxes), picked.kept_batches, picked.embed_batches) == (0, (), ())


def test_owners_are_found_by_detection(make_tracklet) -> None:
    owned = owners([make_tracklet(4, [0, 1]), make_tracklet(2, [1])])
    assert owners_of(np.array([102, 4, 7, 104]), owned).tolist() == [2, 4, -1, 4]


@pytest.fixture
def three(make_tracklet, make_segment):
    """Three tracklets of six frames, the last of them without crops, and the crops picked of them."""
    tracklets = [make_tracklet(i, range(6), at=(100 * i, 100)) for i in (1, 2, 3)]
    segment = make_segment(tracklets, 6)
    rows = [row for row in range(18) if segment.track_ids[row] != 3]
    crops = join_crops([tabulate(crops_of(segment, rows), 0, segment, owners(tracklets))])
    parameters = PickParameters(shown_crops_per_tracklet=4, embed_crops_per_tracklet=2, kept_batch_crops=3, embed_batch_crops=4)
    return tracklets, pick_crops(crops, (400, 300), parameters)


def test_every_tracklet_with_crops_keeps_some_and_lends_some(three) -> None:
    _, picked = three
    table = picked.crops.table
    assert table.tracklet_ids.tolist() == [1] * 6 + [2] * 6
    assert table.embedded.reshape(2, 6).sum(axis=1).tolist() == [2, 2]
    assert [len(rows) for rows in picked.kept_batches] == [4, 4]
    assert [len(rows) for rows in picked.embed_batches] == [4]
    kept = [picked.crops.take(rows).places for rows in picked.kept_batches]
    stored = with_kept(table, picked.kept_batches, [replace(places, packs=places.packs + number) for number, places in enumerate(kept)])
    for number, rows in enumerate(picked.kept_batches):
        assert stored.kept_packs[rows].tolist() == [number] * 4
        assert stored.kept_offsets[rows].tolist() == kept[number].offsets.tolist()
        assert np.array_equal(stored.kept_digests[rows], kept[number].digests)
    assert np.sum(stored.kept_packs < 0) == np.sum(stored.kept_lengths == 0) == 4


def test_crops_with_a_fault_are_embedded_for_want_of_better_ones_only(make_tracklet, make_segment) -> None:
    inside, outside = make_tracklet(1, range(12), at=(5, 100), step=(4, 0)), make_tracklet(2, range(6), at=(5, 200))
    segment = make_segment([inside, outside], 12)
    crops = join_crops([tabulate(crops_of(segment, list(range(18))), 0, segment, owners([inside, outside]))])
    table = pick_crops(crops, (400, 300), PickParameters(embed_crops_per_tracklet=6)).crops.table
    assert table.rejections.tolist() == [2, 2, *[0] * 10, *[2] * 6]  # cut off, until the first one has walked in
    assert np.all(~table.embedded[:2])
    assert table.embedded[2:12].sum() == 6
    assert np.all(table.embedded[12:])
    assert np.all(np.diff(table.quality_scores[1:12]) > 0)  # the nearer to the middle, the better


def test_blank_crops_are_never_embedded_and_shown_for_want_of_others_only(make_tracklet, make_segment) -> None:
    first, dark = make_tracklet(1, range(6), at=(200, 100)), make_tracklet(2, range(3), at=(100, 150))
    segment = make_segment([first, dark], 6)
    rows = list(range(9))
    blank = [row for row in rows if segment.track_ids[row] == 2 or segment.frame_numbers[row] == 5]
    picked = pick_crops(
        join_crops([tabulate(crops_of(segment, rows, blank), 0, segment, owners([first, dark]))]), (400, 300), PickParameters()
    )
    table = picked.crops.table
    assert table.rejections.tolist() == [0] * 5 + [7] * 4
    assert table.embedded.tolist() == [True] * 5 + [False] * 4
    assert [rows.tolist() for rows in picked.kept_batches] == [[0, 1, 2, 3, 4, 6, 7, 8]]
    (warning,) = crop_warnings(crop_stats(9, 4), Bound(at_most=0.1), picked, PickParameters())
    assert warning.startswith("4 of 9 crops (44%) are blank")
    assert list(crop_warnings(crop_stats(40, 4), Bound(at_most=0.1), picked, PickParameters())) == []


def test_crops_without_an_image_count_as_seen_but_are_not_chosen(make_tracklet, make_segment) -> None:
    first = make_tracklet(1, range(8), at=(200, 100))
    segment = make_segment([first], 8)
    crops = crops_of(segment, list(range(8)), without_image=[1, 2, 3])
    picked = pick_crops(join_crops([tabulate(crops, 0, segment, owners([first]))]), (400, 300), PickParameters())
    assert len(picked.crops.table.boxes) == 8
    assert np.flatnonzero(picked.crops.table.embedded).tolist() == picked.kept_batches[0].tolist() == [0, 4, 5, 6, 7]
    assert not disturbances(picked.crops.table, 0.15).any()  # the track was not lost in between


def test_a_stored_table_is_the_same_table(three) -> None:
    table = three[1].crops.table
    stored = decode_crop_table(encode_crop_table(table))
    for spec in fields(CropTable):
        np.testing.assert_array_equal(getattr(stored, spec.name), getattr(table, spec.name))


def test_only_ranked_persons_are_animated_and_of_kept_crops_alone(three) -> None:
    tracklets, picked = three
    persons = [join_tracklets([tracklet], 10 + tracklet.tracklet_id) for tracklet in tracklets]
    table = with_kept(picked.crops.table, picked.kept_batches, [picked.crops.take(rows).places for rows in picked.kept_batches])
    found = crops_of_persons(table, persons, frozenset({12, 13}), (400, 300), CastParameters(crops_per_person=3))
    assert list(found) == [11, 12]
    assert [len(found[i].animated) for i in (11, 12)] == [0, 3]
    assert [len(found[i].quality.quality_rank) for i in (11, 12)] == [6, 6]
    assert np.all(found[12].crops.kept_packs[found[12].animated] >= 0)
