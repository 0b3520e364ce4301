"""CMC and mAP of cases done by hand, and what must hold for all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reid.algorithms.retrieval import Answer, Pictures, Retrieval, answer, retrieve


def pictures(*rows: tuple[int, int, float]) -> Pictures:
    """(identity, camera, angle in degrees): the smaller the difference of angles, the more alike."""
    angles = np.radians([angle for _, _, angle in rows])
    return Pictures(
        np.array([identity for identity, _, _ in rows], np.int64),
        np.array([camera for _, camera, _ in rows], np.int64),
        np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32) * 3,  # not of length 1
    )


GALLERY = pictures(
    (7, 1, 1),  # of the first query's own camera: not ranked for it
    (9, 2, 2),
    (7, 2, 3),
    (-1, 3, 4),  # junk: never ranked
    (0, 3, 5),  # a distractor: wrong for everybody
    (7, 3, 6),
    (9, 1, 40),
)


def test_a_case_by_hand() -> None:
    """Person 7 by camera 1 at 0 degrees: 9, 7, distractor, 7, 9: right at ranks 2 and 4, AP (1/2 + 2/4) / 2.

    Person 9 by camera 2 at 41 degrees: 9 by camera 1 first, then wrong ones: AP 1. Person 5 is in no other picture.
    """
    found = retrieve(pictures((7, 1, 0), (9, 2, 41), (5, 1, 0)), GALLERY)
    assert found == Retrieval(2, 1, (1, 5, 10), (0.5, 1.0, 1.0), 0.75)


def test_the_authors_own_rules_for_one_query() -> None:
    similarities = np.array([0.99, 0.9, 0.8, 0.95, 0.7, 0.6, 0.5], np.float32)
    assert answer(similarities, GALLERY, 7, 1) == Answer(2, (1 / 2 + 2 / 4) / 2)
    assert answer(similarities, GALLERY, 7, 2) == Answer(1, (1 / 1 + 2 / 4) / 2)  # camera 2's own is left out, camera 1's is ranked
    assert answer(similarities, GALLERY, 9, 3) == Answer(2, (1 / 2 + 2 / 6) / 2)
    assert answer(similarities, GALLERY, -1, 1) is None
    assert answer(similarities, GALLERY, 8, 1) is None


def test_ties_go_by_the_gallerys_order() -> None:
    gallery = pictures((1, 2, 10), (2, 2, 10), (1, 3, 10))
    assert retrieve(pictures((2, 1, 0)), gallery, ranks=(1, 2)).cmc == (0.0, 1.0)


def test_features_that_say_nothing_are_alike_to_all() -> None:
    gallery = pictures((1, 2, 0), (2, 2, 90))
    gallery.features[1] = np.nan
    query = pictures((2, 1, 0))
    query.features[0] = 0
    assert retrieve(query, gallery).cmc[0] == 0.0


def test_no_query() -> None:
    none = pictures()
    none = Pictures(none.identities, none.cameras, np.zeros((0, 2), np.float32))
    assert retrieve(none, GALLERY) == Retrieval(0, 0, (1, 5, 10), (0.0, 0.0, 0.0), 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-1, 4), st.integers(1, 3), st.integers(0, 90)), max_size=12),
    st.lists(st.tuples(st.integers(-1, 4), st.integers(1, 3), st.integers(0, 90)), min_size=1, max_size=5),
)
def test_figures_are_shares_that_rise_with_the_rank(gallery, queries) -> None:
    held = pictures(*gallery) if gallery else Pictures(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2), np.float32))
    found = retrieve(pictures(*queries), held)
    assert found.queries + found.unanswerable == len(queries)
    assert 0 <= found.cmc[0] <= found.cmc[1] <= found.cmc[2] <= 1
    assert 0 <= found.mean_average_precision <= 1
    with_junk = pictures(*gallery, (-1, 1, 0), (-1, 2, 45))
    assert retrieve(pictures(*queries), with_junk) == found
