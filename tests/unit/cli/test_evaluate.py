"""Scores of small scenes done by hand, and files that can't be scored."""

import sys

import numpy as np
import pytest

from castlist.codec.motchallenge import MotRows
from castlist.errors import InputError, UsageError
from cli.evaluate import Scores, evaluate, mixed_ids, score_folder

pytest.importorskip("trackeval", reason="TrackEval is an extra")


def write(path, *rows):
    path.write_text("".join(",".join(map(str, row)) + ",-1,-1,-1\n" for row in rows))
    return path


def walk(identity, frames, left=0, flag=1):
    return [(frame, identity, left, 0, 10, 20, flag) for frame in frames]


@pytest.fixture
def truth(tmp_path):
    """Two people for ten frames, and one row that is not evaluated."""
    return write(tmp_path / "gt.txt", *walk(4, range(1, 11)), *walk(9, range(1, 11), left=100), *walk(12, [3], left=300, flag=0))


def test_perfect_tracks(truth, tmp_path):
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 11)), *walk(2, range(1, 11), left=100))
    assert evaluate(tracks, truth) == Scores(hota=100, idf1=100, mota=100, switches=0, ids=2, lasting=0, strangers=0, mixed=0)


def test_a_switch(truth, tmp_path):
    """Id 3 takes over the first person for the last two frames: one switch, 18 of 20 rows with the right identity."""
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 9)), *walk(3, range(9, 11)), *walk(2, range(1, 11), left=100))
    found = evaluate(tracks, truth)
    assert (found.idf1, found.mota, found.switches, found.ids) == (pytest.approx(90), pytest.approx(95), 1, 3)
    # Every localisation threshold alike: sum of TPA / (TPA + FNA + FPA) over 20 rows: 8 x 0.8, 2 x 0.2, 10 x 1.
    assert found.hota == pytest.approx(100 * ((8 * 0.8 + 2 * 0.2 + 10) / 20) ** 0.5)


def test_rows_flagged_0_are_no_truth(truth, tmp_path):
    """A track on the row that is not evaluated is a false positive, as in MOT15."""
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 11)), *walk(2, range(1, 11), left=100), *walk(3, [3], left=300))
    assert evaluate(tracks, truth).mota == pytest.approx(95)


def test_no_tracks(truth, tmp_path):
    assert evaluate(write(tmp_path / "t.txt"), truth) == Scores(hota=0, idf1=0, mota=0, switches=0, ids=0, lasting=0, strangers=0, mixed=0)


def test_frames_out_of_order_and_beyond_the_truth(truth, tmp_path):
    tracks = write(tmp_path / "t.txt", *walk(2, range(10, 0, -1), left=100), *walk(1, [12]), *walk(1, range(1, 11)))
    assert evaluate(tracks, truth).mota == pytest.approx(95)


def test_people_in_place_of_visits(tmp_path):
    """One person comes twice; a track a visit is right for visits, and half right for people."""
    truth = write(tmp_path / "gt.txt", *walk(1, range(1, 6)), *walk(2, range(11, 16)))
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 6)), *walk(2, range(11, 16)))
    people = tmp_path / "people.csv"
    people.write_text('visit_id,person,looks\n1,7,"red, blue"\n2,7,"red, blue"\n')
    assert evaluate(tracks, truth).idf1 == 100
    assert evaluate(tracks, truth, people).idf1 == pytest.approx(50)


def test_the_table_of_a_folder(truth, tmp_path):
    write(tmp_path / "tracklets.mot.txt", *walk(1, range(1, 9)), *walk(3, range(9, 11)), *walk(2, range(1, 11), left=100))
    write(tmp_path / "persons.mot.txt", *walk(1, range(1, 11)), *walk(2, range(1, 11), left=100))
    assert score_folder(tmp_path, truth).splitlines() == [
        "                       HOTA   IDF1   MOTA  switches   ids  lasting  strangers  mixed",
        "tracklets.mot.txt      91.7   90.0   95.0         1     3        0          0      0",
        "persons.mot.txt       100.0  100.0  100.0         0     2        0          0      0",
    ]


def rows(*table):
    """Rows of (id, frames, left)."""
    found = [(frame, identity, left) for identity, frames, left in table for frame in frames]
    numbers, ids, lefts = (np.array(column) for column in zip(*found, strict=True))
    boxes = np.stack([lefts, np.zeros(len(lefts)), lefts + 10, np.full(len(lefts), 20)], axis=1).astype(np.float64)
    return MotRows(numbers, ids, boxes, np.ones(len(numbers)))


TWO_PEOPLE = rows((4, range(100), 0), (9, range(100), 100))


@pytest.mark.parametrize(
    ("own", "of_the_other", "mixed"),
    [
        (60, 0, ()),
        (60, 9, ()),  # more than 10 %, but fewer than 10 rows
        (60, 10, (1,)),
        (90, 10, ()),  # 10 rows of 100 are not more than 10 %
        (89, 10, (1,)),
        (10, 60, (1,)),  # whoever is the majority
    ],
)
def test_a_mixed_id_holds_ten_rows_and_more_than_a_tenth_of_others(own, of_the_other, mixed):
    tracks = rows((1, range(own), 0), (1, range(own, own + of_the_other), 100))
    assert mixed_ids(tracks, TWO_PEOPLE) == mixed


def test_rows_that_match_nobody_mix_nothing():
    """Half a box aside is an IoU of a third; an id that is nobody at all is nobody mixed."""
    assert mixed_ids(rows((1, range(60), 0), (1, range(60, 90), 105), (2, range(50), 300)), TWO_PEOPLE) == ()


def test_each_row_of_truth_is_matched_once():
    """Two tracks on one person, the better one matches; the other matches nobody, so it does not hold two people."""
    twice = rows((1, range(40), 1), (2, range(80), 0), (1, range(40, 80), 100))
    assert mixed_ids(twice, TWO_PEOPLE) == ()


def test_mixing_is_of_people_where_people_are_known(tmp_path):
    """A track over two visits of one person is mixed by visits, and right by people."""
    truth = write(tmp_path / "gt.txt", *walk(1, range(1, 31)), *walk(2, range(31, 61)))
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 61)))
    people = tmp_path / "people.csv"
    people.write_text("visit_id,person\n1,7\n2,7\n")
    assert (evaluate(tracks, truth).mixed, evaluate(tracks, truth, people).mixed) == (1, 0)


def test_strangers_last_and_match_nobody(tmp_path):
    """Id 2 is elsewhere for 20 frames, id 3 too but once, id 4 is elsewhere for 19."""
    truth = write(tmp_path / "gt.txt", *walk(1, range(1, 41)))
    away = (walk(identity, range(1, last), left=100 * identity) for identity, last in ((2, 21), (3, 21), (4, 20)))
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 30)), *(row for rows in away for row in rows), *walk(3, [35]))
    found = evaluate(tracks, truth)
    assert (found.lasting, found.strangers) == (3, 1)


def test_lasting_ids_have_twenty_rows(tmp_path):
    truth = write(tmp_path / "gt.txt", *walk(1, range(1, 31)))
    tracks = write(tmp_path / "t.txt", *walk(1, range(1, 21)), *walk(2, range(21, 40)))
    assert evaluate(tracks, truth).lasting == 1


@pytest.mark.parametrize(
    ("people", "complaint"),
    [
        ("id,person\n4,1\n", "people.csv, line 1: expected the columns visit_id,person"),
        ("visit_id,person\n4,one\n", "people.csv, line 2: visit_id and person must be whole numbers"),
        ("visit_id,person\n4,1\n", "people.csv names no person for id 9 of gt.txt; add a row for every id"),
        ("visit_id,person\n4,1\n9,1\n", "people.csv: id 1 is twice in frame 1; an id may appear once a frame"),
    ],
)
def test_bad_people(truth, tmp_path, people, complaint):
    (tmp_path / "people.csv").write_text(people)
    with pytest.raises(InputError) as caught:
        evaluate(truth, truth, tmp_path / "people.csv")
    assert str(caught.value) == complaint


def test_bad_tracks(truth, tmp_path):
    with pytest.raises(InputError, match=r"t.txt: id 1 is twice in frame 3; an id may appear once a frame"):
        evaluate(write(tmp_path / "t.txt", *walk(1, [1, 2, 3, 3])), truth)
    with pytest.raises(InputError, match=r"nothing.txt does not exist; check the path"):
        evaluate(tmp_path / "nothing.txt", truth)
    (tmp_path / "bytes.txt").write_bytes(b"1,1,\xff")
    with pytest.raises(InputError, match=r"bytes.txt is no UTF-8 text"):
        evaluate(tmp_path / "bytes.txt", truth)


def test_without_trackeval(truth, monkeypatch):
    monkeypatch.setitem(sys.modules, "trackeval", None)
    with pytest.raises(UsageError, match=r"pip install --no-deps trackeval==1.3.0"):
        evaluate(truth, truth)
