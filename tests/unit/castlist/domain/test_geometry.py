import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from castlist.domain.geometry import areas, centers, clip_boxes, iou_matrix

corners = arrays(np.float64, st.tuples(st.integers(0, 5), st.just(4)), elements=st.floats(-1000, 1000, width=32))


def test_iou_of_known_boxes() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 9]], float)
    expected = [[1, 1 / 3, 0, 0], [1 / 3, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(iou_matrix(boxes, boxes), expected)


def test_areas_centers_and_clipping() -> None:
    boxes = np.array([[0, 0, 10, 4], [8, 8, 2, 2]], float)
    assert areas(boxes).tolist() == [40, 0]
    assert centers(boxes).tolist() == [[5, 2], [5, 5]]
    assert clip_boxes(np.array([[-5.0, 2, 30, 40]]), 20, 30).tolist() == [[0, 2, 20, 30]]


@given(corners, corners)
def test_iou_is_symmetric_and_bounded(first, second) -> None:
    iou = iou_matrix(first, second)
    assert iou.shape == (len(first), len(second))
    np.testing.assert_allclose(iou, iou_matrix(second, first).T)
    assert ((iou >= 0) & (iou <= 1)).all()


@given(corners)
def test_clipped_boxes_lie_in_the_frame(boxes) -> None:
    clipped = clip_boxes(boxes, 640, 360)
    assert ((clipped >= 0) & (clipped <= [640, 360, 640, 360])).all()
