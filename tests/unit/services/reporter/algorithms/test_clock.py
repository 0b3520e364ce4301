import pytest

from services.reporter.algorithms.clock import clock_text, count_text, length_text, percent_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:00.0"),
        (3.4, "0:03.4"),
        (59.94, "0:59.9"),
        (59.96, "1:00.0"),  # rounded before it is split, never 0:60.0
        (79.5, "1:19.5"),
        (3599.99, "1:00:00.0"),
        (3725.25, "1:02:05.2"),
        (-0.04, "0:00.0"),
    ],
)
def test_moments_read_as_minutes_and_seconds(seconds, text):
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (8.6, "8.6 s"), (59.96, "1 min 0.0 s"), (79.5, "1 min 19.5 s"), (3600.0, "1 h 0 min"), (7530.0, "2 h 6 min")],
)
def test_lengths_are_rounded_to_what_matters(seconds, text):
    assert length_text(seconds) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (0.004, "0.4 %"), (0.0096, "1 %"), (0.574, "57 %"), (1.0, "100 %")])
def test_small_shares_keep_a_digit(share, text):
    assert percent_text(share) == text


def test_counts_agree_in_number():
    assert [count_text(1, "person"), count_text(0, "person"), count_text(8661, "person")] == ["1 person", "0 persons", "8,661 persons"]
