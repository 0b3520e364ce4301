import pytest

from cli.columns import byte_count, duration, table


def test_columns_are_as_wide_as_their_content() -> None:
    assert table(("JOB", "FILE"), [("a-long-id", 1), ("b", "film.mp4")]) == "JOB        FILE\na-long-id  1\nb          film.mp4"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-3, "0 s"), (0.4, "0 s"), (59.9, "59 s"), (60, "1 min"), (7_200, "2 h"), (86_399, "23 h"), (1e6, "11 d")]
)
def test_a_duration_is_told_in_one_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (20_000_000, "20.0 MB"), (3 * 10**9, "3.0 GB")])
def test_a_size_is_told_in_one_unit(size: int, text: str) -> None:
    assert byte_count(size) == text
