import numpy as np

from castlist.domain.anchors import PLACES_PER_PERSON, found_again, most, person_anchor, tracklet_anchor, tracklet_rows
from tests.fixtures.edited_casts import tracklet


def test_an_anchor_has_the_first_and_the_last_row_and_some_between():
    anchor = tracklet_anchor(tracklet(7, 100, 199))
    assert (anchor.tracklet_id, anchor.row_count) == (7, 100)
    assert [place.frame_number for place in anchor.places] == [100, 114, 128, 142, 157, 171, 185, 199]
    assert anchor.places[0].box == (140.0, 0.0, 150.0, 10.0)


def test_an_anchor_of_a_short_tracklet_has_every_row_once():
    assert [place.frame_number for place in tracklet_anchor(tracklet(1, 5, 7)).places] == [5, 6, 7]


def test_a_person_of_many_tracklets_has_few_places_of_each():
    anchor = person_anchor(1, [tracklet(number, 10 * number, 10 * number + 9) for number in range(1, 129)])
    assert {len(item.places) for item in anchor.tracklets} == {PLACES_PER_PERSON // 128}


def test_rows_are_found_again_where_the_box_is():
    """Tracklet 1 was cut in two after the anchor was made: 5 rows and 15, two and six of the eight places."""
    rows = tracklet_rows([tracklet(1, 0, 4, lane=1), tracklet(9, 5, 19, lane=1), tracklet(2, 0, 19)])
    assert found_again(rows, [tracklet_anchor(tracklet(1, 0, 19))]) == {1: 5.0, 9: 15.0}


def test_numbers_of_another_analysis_do_not_mislead():
    """Tracked anew, the one in lane 1 has number 2 and the one in lane 2 number 1."""
    rows = tracklet_rows([tracklet(2, 0, 9, lane=1), tracklet(1, 0, 9, lane=2)])
    assert found_again(rows, [tracklet_anchor(tracklet(1, 0, 9))]) == {2: 10.0}


def test_a_box_that_overlaps_less_than_half_is_somebody_else():
    moved = tracklet(1, 0, 9)
    shifted = type(moved)(1, moved.frame_numbers, moved.detection_indices, moved.boxes + np.float32(3), moved.confidences)
    assert found_again(tracklet_rows([shifted]), [tracklet_anchor(moved)]) == {}


def test_boxes_that_are_equal_belong_to_the_number_of_the_anchor():
    rows = tracklet_rows([tracklet(1, 0, 9, lane=5), tracklet(3, 0, 9, lane=5)])
    assert found_again(rows, [tracklet_anchor(tracklet(3, 0, 9, lane=5))]) == {3: 10.0}
    assert found_again(rows, [tracklet_anchor(tracklet(8, 0, 9, lane=5))]) == {1: 10.0}


def test_nothing_is_found_in_frames_without_anybody():
    assert found_again(tracklet_rows([tracklet(1, 0, 9)]), [tracklet_anchor(tracklet(1, 50, 59))]) == {}
    assert found_again(tracklet_rows([]), [tracklet_anchor(tracklet(1, 0, 9))]) == {}


def test_most_rows_win_then_the_number_then_the_lowest():
    owners = {1: 10, 2: 20, 3: 20}
    assert most({1: 5.0, 2: 3.0, 3: 3.0}, owners, number=10) == 20
    assert most({1: 6.0, 2: 3.0, 3: 3.0}, owners, number=20) == 20
    assert most({1: 6.0, 2: 3.0, 3: 3.0}, owners, number=7) == 10
    assert most({}, owners, number=7) is None
