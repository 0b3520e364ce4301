import pytest

from services.reporter.algorithms.calibration import Bin, CalibrationRow, calibration_view

DOCUMENT = {
    "threshold": 0.6,
    "source": "video",
    "reason": "There was enough.",
    "false_merge_rate": 0.01,
    "positives": {"count": 5, "edges": [0.4, 0.6, 0.8, 1.0], "counts": [0, 1, 4]},
    "negatives": {"count": 10, "edges": [0.4, 0.6, 0.8, 1.0], "counts": [8, 2, 0]},
}


def test_both_histograms_share_an_axis_with_the_threshold():
    view = calibration_view(DOCUMENT)
    assert (view.threshold, view.threshold_x, view.wanted, view.measured) == ("60 %", "33.333%", "1 in 100", True)
    assert view.marks == (
        ("0.000%", "40 %"),
        ("16.667%", "50 %"),
        ("33.333%", "60 %"),
        ("50.000%", "70 %"),
        ("66.667%", "80 %"),
        ("83.333%", "90 %"),
        ("100.000%", "100 %"),
    )
    one, two = view.panels
    assert one.bins == (
        Bin("33.333%", "75.00%", "33.333%", "25.00%", "60 to 80 % similar: 1 pair"),
        Bin("66.667%", "0.00%", "33.333%", "100.00%", "80 to 100 % similar: 4 pairs"),
    )
    assert (one.reaching, two.reaching) == ("5 of 5 reach the threshold.", "2 of 10 reach the threshold.")


def test_the_table_says_the_same():
    assert calibration_view(DOCUMENT).rows == (
        CalibrationRow("40 to 60 %", "0", "8", reaches=False),
        CalibrationRow("60 to 80 %", "1", "2", reaches=True),
        CalibrationRow("80 to 100 %", "4", "0", reaches=True),
    )


def test_a_threshold_within_a_bin_is_counted_honestly():
    assert calibration_view(DOCUMENT | {"threshold": 0.7}).panels[1].reaching == "0 to 2 of 10 reach the threshold."


@pytest.mark.parametrize("edges", [[], [-1.0, 0.0, 1.0]])
def test_without_pairs_the_default_stands(edges):
    empty = {"count": 0, "edges": edges, "counts": [0] * max(len(edges) - 1, 0)}
    view = calibration_view(DOCUMENT | {"source": "default", "threshold": 0.7, "positives": empty, "negatives": empty})
    assert (view.measured, view.rows, [panel.reaching for panel in view.panels]) == (False, (), ["There are none."] * 2)
