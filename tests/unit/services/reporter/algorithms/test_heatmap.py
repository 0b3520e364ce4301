import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.reporter.algorithms.heatmap import is_light, labels, legend_stops, similarity_colours


def colour(similarity: float, threshold: float = 0.7) -> tuple[int, int, int]:
    red, green, blue = similarity_colours(np.array([[similarity]]), threshold)[0, 0].tolist()
    return red, green, blue


def test_bands_begin_at_half_and_at_the_threshold():
    assert colour(0.0) == (176, 48, 50)
    assert colour(0.4999999) == (238, 137, 100)
    assert colour(0.5) == (250, 200, 122)
    assert colour(0.6999999) == (253, 240, 176)
    assert colour(0.7) == (178, 217, 122)
    assert colour(1.0) == (20, 118, 62)


def test_a_threshold_below_half_leaves_no_yellow():
    assert colour(0.45, threshold=0.4) == colour(0.4 + 0.05 / 0.6 * 0.6, threshold=0.4)
    assert colour(0.4, threshold=0.4) == (178, 217, 122)
    assert colour(0.39, threshold=0.4)[0] > 200


def test_negative_is_red_and_unknown_is_grey():
    assert colour(-0.3) == colour(0.0)
    assert colour(float("nan")) == (150, 152, 155)


@given(st.lists(st.floats(-1, 1), min_size=9, max_size=9), st.floats(-1, 1))
def test_a_symmetric_matrix_has_symmetric_colours(values, threshold):
    matrix = np.array(values).reshape(3, 3)
    matrix = (matrix + matrix.T) / 2
    colours = similarity_colours(matrix, threshold)
    assert np.array_equal(colours, colours.transpose(1, 0, 2))


def test_the_legend_looks_like_the_cells():
    assert legend_stops(0.7)[:3] == (("0.000%", "#b03032"), ("50.000%", "#ee8964"), ("50.000%", "#fac87a"))


def test_text_is_dark_on_light_cells():
    assert is_light(np.array([250, 200, 122], np.uint8))
    assert not is_light(np.array([20, 118, 62], np.uint8))


def test_labels_are_thinned_to_about_twenty():
    assert [label.text for label in labels((7, 1, 3))] == ["P7", "P1", "P3"]
    assert len(labels(tuple(range(1, 201)))) == 20
    assert labels((4, 9))[1].position == "75.0000%"
