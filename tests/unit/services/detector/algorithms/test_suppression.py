import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from castlist.domain.geometry import iou_matrix
from services.detector.algorithms.suppression import at_least_high, not_suppressed, people_in_frame
from services.detector.algorithms.tiling import tile_grid, views_of

WHOLE = np.array([[0, 0, 768, 576]], np.int64)
FRAME = (768, 576)


def people(
    boxes: list[list[float]], confidences: list[float], view_of: list[int] | None = None, tiles: NDArray[np.int64] = WHOLE
) -> tuple[list[list[float]], list[float]]:
    kept, sure, _ = people_in_frame(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(confidences, np.float32),
        np.array(view_of if view_of is not None else [0] * len(boxes), np.int64),
        tiles,
        FRAME,
        0.5,
    )
    assert kept.dtype == sure.dtype == np.float32
    return kept.tolist(), sure.astype(float).round(3).tolist()


def test_of_two_boxes_on_a_person_the_surer_one_stays() -> None:
    boxes, confidences = people([[10, 10, 50, 110], [12, 10, 52, 110], [300, 10, 340, 110]], [0.6, 0.9, 0.7])
    assert boxes == [[12, 10, 52, 110], [300, 10, 340, 110]]
    assert confidences == [0.9, 0.7]


def test_a_suppressed_box_suppresses_nothing() -> None:
    row = [[0, 0, 40, 100], [13, 0, 53, 100], [26, 0, 66, 100]]  # each overlaps the next by 0.51, the outer two by 0.21
    boxes, _ = people(row, [0.9, 0.8, 0.7])
    assert boxes == [row[0], row[2]]


def test_boxes_are_clipped_and_degenerate_ones_go() -> None:
    boxes, _ = people(
        [[-20, -5, 30, 90], [700, 500, 900, 700], [800, 10, 850, 90], [20, 30, 20, 60], [90, 60, 80, 10]], [0.9, 0.8, 0.7, 0.6, 0.5]
    )
    assert boxes == [[0, 0, 30, 90], [700, 500, 768, 576]]


def test_equal_confidences_are_ordered_by_place() -> None:
    boxes, _ = people([[300, 0, 340, 90], [100, 0, 140, 90], [200, 0, 240, 90]], [0.5, 0.5, 0.5])
    assert [box[0] for box in boxes] == [100, 200, 300]


def test_half_a_person_at_a_border_goes_where_the_neighbour_sees_all_of_it() -> None:
    tiles = tile_grid(768, 576, 330)
    half, all_of_it = [290, 100, 307, 190], [290, 100, 340, 190]  # the first tile ends at x = 308
    boxes, _ = people([half, all_of_it], [0.9, 0.6], [0, 1], tiles)
    assert boxes == [all_of_it]


def test_half_a_person_stays_where_nobody_sees_more() -> None:
    tiles = tile_grid(768, 576, 330)
    boxes, _ = people([[290, 100, 307, 190], [500, 100, 520, 190]], [0.9, 0.6], [0, 1], tiles)
    assert boxes == [[290, 100, 307, 190], [500, 100, 520, 190]]


def test_a_child_before_an_adult_is_no_half_person() -> None:
    tiles = tile_grid(768, 576, 330)
    boxes, _ = people([[250, 140, 270, 190], [240, 100, 290, 190]], [0.9, 0.6], [0, 1], tiles)
    assert len(boxes) == 2


def test_the_frames_own_border_cuts_nobody_off() -> None:
    tiles = tile_grid(768, 576, 330)
    boxes, _ = people([[0, 100, 20, 190], [0, 95, 50, 195]], [0.9, 0.6], [0, 3], tiles)
    assert len(boxes) == 2


def test_people_who_fill_a_tile_are_taken_from_the_whole_frame() -> None:
    views = views_of(768, 576, 330)
    head, legs, all_of_her = [100, 110, 200, 329], [95, 247, 205, 500], [95, 110, 205, 500]
    boxes, _ = people([head, legs, all_of_her], [0.9, 0.8, 0.4], [0, 3, 6], views)
    assert boxes == [all_of_her]
    boxes, _ = people([head, legs], [0.9, 0.8], [0, 3], views)
    assert boxes == []


def test_small_people_are_taken_from_the_tiles() -> None:
    views = views_of(768, 576, 330)
    boxes, _ = people([[100, 100, 130, 180], [102, 100, 140, 190], [300, 100, 330, 180]], [0.5, 0.9, 0.9], [0, 6, 6], views)
    assert boxes == [[100, 100, 130, 180]]


def test_small_people_in_a_wide_frame_are_taken_from_the_tiles() -> None:
    frame = (900, 300)
    views = views_of(*frame, 330)
    assert len(views) == 5
    boxes = np.array([[100, 100, 130, 180], [102, 100, 140, 190], [300, 100, 330, 180]], np.float32)
    kept, _, _ = people_in_frame(boxes, np.array([0.5, 0.9, 0.9], np.float32), np.array([0, 4, 4]), views, frame, 0.5)
    assert kept.tolist() == [[100, 100, 130, 180]]


def test_nothing_stays_nothing() -> None:
    assert people([], []) == ([], [])
    assert people([], [], [], tile_grid(768, 576, 330)) == ([], [])


boxes_in_a_corner = st.lists(st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 40)] * 2), max_size=25).map(
    lambda rows: np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float32).reshape(-1, 4)
)


@given(boxes_in_a_corner, st.floats(0.05, 0.95))
def test_solved_at_once_is_solved_one_by_one(boxes: NDArray[np.float32], max_iou: float) -> None:
    overlaps = iou_matrix(boxes, boxes) > max_iou
    one_by_one: list[int] = []
    for row in range(len(boxes)):
        if not any(overlaps[row, kept] for kept in one_by_one):
            one_by_one.append(row)
    assert np.flatnonzero(not_suppressed(boxes, max_iou)).tolist() == one_by_one


@given(boxes_in_a_corner, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(boxes: NDArray[np.float32], shuffler) -> None:  # type: ignore[no-untyped-def]
    confidences = np.linspace(0.9, 0.1, len(boxes)).round(1).tolist()
    order = list(range(len(boxes)))
    shuffler.shuffle(order)
    straight = people(boxes.tolist(), confidences)
    assert people(boxes[order].tolist(), [confidences[row] for row in order]) == straight


def test_boxes_that_are_none_are_counted_and_dropped() -> None:
    inf, nan = float("inf"), float("nan")
    boxes = [
        [10, 10, 50, 110],
        [nan, 10, 50, 110],
        [10, 10, inf, 110],
        [50, 10, 10, 110],  # its sides are negative
        [10, 10, 10.5, 110],
        [-90, 10, -10, 110],  # beside the frame
        [-90, 10, 10, 110],  # half of it in the frame
        [200, 10, 250, 110],
    ]
    confidences = [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, nan]
    rows = np.array(boxes, np.float32), np.array(confidences, np.float32), np.zeros(len(boxes), np.int64)
    assert people_in_frame(*rows, WHOLE, FRAME, 0.5)[2] == 6
    kept, sure = people(boxes, confidences)
    assert (kept, sure) == ([[10, 10, 50, 110], [0, 10, 10, 110]], [0.9, 0.8])


def test_people_who_are_too_small_are_left_out() -> None:
    boxes, confidences = np.array([[0, 0, 9, 40], [0, 10, 9, 49.5], [5, 0, 9, 80]], np.float32), np.array([0.9, 0.8, 0.7], np.float32)
    tall, sure = at_least_high(boxes, confidences, 40.0)
    assert (tall.tolist(), sure.tolist()) == (boxes[[0, 2]].tolist(), confidences[[0, 2]].tolist())
    assert len(at_least_high(boxes, confidences, 0.0)[0]) == 3
