import pytest

from services.reporter.algorithms.cohesion import Cohesion, read_cohesion

PLAIN = {"person_id": 3, "tracklet_ids": [1, 2], "outlier": False, "low_cohesion": False, "cohesion_score": 0.71, "min_identity_sim": 0.42}


def outlier(tracklet_id: int) -> dict[str, object]:
    return PLAIN | {"tracklet_ids": [tracklet_id], "outlier": True, "cohesion_score": None, "min_identity_sim": None}


@pytest.mark.parametrize(
    ("identities", "note"),
    [
        ([PLAIN], Cohesion("Its 2 tracks look alike (71 % on average, 42 % at least).", doubtful=False)),
        (
            [PLAIN | {"low_cohesion": True}],
            Cohesion(
                "Its 2 tracks look less alike than one human being's should (71 % on average, 42 % at least): perhaps two people.",
                doubtful=True,
            ),
        ),
        (
            [PLAIN, outlier(7)],
            Cohesion(
                "The other 2 tracks look alike (71 % on average, 42 % at least). "
                "Track 7 does not look like the rest: perhaps somebody else.",
                doubtful=True,
            ),
        ),
        (
            [outlier(8), PLAIN | {"tracklet_ids": [1], "cohesion_score": None, "min_identity_sim": None}, outlier(7)],
            Cohesion("Tracks 7 and 8 do not look like the rest: perhaps somebody else.", doubtful=True),
        ),
    ],
)
def test_figures_read_as_sentences(identities, note):
    assert read_cohesion({"identities": identities}) == {3: note}


def test_of_one_track_or_without_pictures_there_is_nothing_to_say():
    unseen = PLAIN | {"cohesion_score": None, "min_identity_sim": None}
    assert read_cohesion({"identities": [unseen, outlier(4) | {"person_id": 5}]}) == {}
    assert read_cohesion(None) == {}
