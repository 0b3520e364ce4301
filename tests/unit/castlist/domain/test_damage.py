"""Stretches of damage: joined, bounded, in words."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.damage import DamagedSpan, damage_document, joined_spans, spans_in_words, spans_of

spans = st.lists(
    st.builds(
        lambda start, length, lost, hurt: DamagedSpan(start, start + length, lost, hurt),
        st.integers(0, 50).map(float),
        st.integers(1, 5).map(float),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=30,
)


def test_a_stretch_across_segments_is_one() -> None:
    assert joined_spans([DamagedSpan(5.0, 6.5, 3), DamagedSpan(4.0, 5.0, 1, 2), DamagedSpan(9.0, 9.1, 0, 1)]) == (
        DamagedSpan(4.0, 6.5, 4, 2),
        DamagedSpan(9.0, 9.1, 0, 1),
    )


def test_of_too_many_the_closest_are_taken_together() -> None:
    apart = [DamagedSpan(0.0, 1.0, 1), DamagedSpan(5.0, 6.0, 1), DamagedSpan(6.5, 7.0, 1), DamagedSpan(20.0, 21.0, 1)]
    assert joined_spans(apart, most=3) == (DamagedSpan(0.0, 1.0, 1), DamagedSpan(5.0, 7.0, 2), DamagedSpan(20.0, 21.0, 1))
    assert joined_spans(apart, most=1) == (DamagedSpan(0.0, 21.0, 4),)


@given(spans, st.integers(1, 5))
def test_nothing_is_lost_by_joining(found: list[DamagedSpan], most: int) -> None:
    joined = joined_spans(found, most)
    assert len(joined) <= most
    assert sum(span.lost_frames for span in joined) == sum(span.lost_frames for span in found)
    assert all(any(span.start_s <= item.start_s and item.end_s <= span.end_s for span in joined) for item in found)
    assert all(before.end_s < after.start_s for before, after in pairwise(joined))
    assert spans_of(damage_document(joined)) == joined


def test_places_in_words() -> None:
    assert spans_in_words([DamagedSpan(1.23, 3.44), DamagedSpan(7.0, 7.08)]) == "1.2 to 3.4 s, 7.0 to 7.1 s"
    assert spans_in_words([DamagedSpan(float(i), i + 0.5) for i in range(7)]).endswith("4.0 to 4.5 s and 2 more places")
