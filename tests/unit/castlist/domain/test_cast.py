import numpy as np

from castlist.domain.cast import Cast, CastPerson, cast_before_merging
from castlist.domain.records import Person


def test_before_merging_everybody_is_as_grouping_left_them():
    rows = np.arange(2)
    boxes = np.zeros((2, 4), np.float32)
    person = Person(3, (4, 7), rows, rows, boxes, np.ones(2, np.float32))
    assert cast_before_merging([person]) == Cast((CastPerson(3, (4, 7), (3,)),), highest_number=3)


def test_persons_are_looked_up_by_number_and_by_tracklet():
    cast = Cast((CastPerson(1, (1, 4), (1,)), CastPerson(2, (2,), (2,))), highest_number=2)
    assert (cast.person(2), cast.person(7)) == (cast.persons[1], None)
    assert (cast.person_of(4), cast.person_of(7)) == (cast.persons[0], None)
