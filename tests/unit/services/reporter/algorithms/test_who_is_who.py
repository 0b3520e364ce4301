from castlist.domain.cast import Cast, CastPerson
from services.reporter.algorithms.who_is_who import who_is_who

# 3 and 7 were merged and called Anna; 5 was split: one part stayed 5, one became 9; what was 6 is 10.
WHO = who_is_who(
    Cast(
        (
            CastPerson(3, (30, 70), (3, 7), name="Anna"),
            CastPerson(4, (40,), (4,)),
            CastPerson(5, (50,), (5,)),
            CastPerson(9, (51,), (5,)),
            CastPerson(10, (60,), (6,)),
        )
    )
)


def test_names_come_with_numbers_since_they_need_not_differ():
    assert (WHO.title(3), WHO.full_name(3)) == ("Anna", "Anna (person 3)")
    assert (WHO.title(4), WHO.full_name(4)) == ("Person 4", "Person 4")


def test_what_persons_are_made_of():
    assert WHO.origin(3) == "Made of persons 3 and 7 as they were before merging."
    assert WHO.origin(4) == ""
    assert (WHO.origin(5), WHO.origin(9)) == ("Part of what was person 5 before editing.",) * 2
    assert WHO.origin(10) == "Was person 6 before editing."


def test_persons_before_merging_are_found_in_whoever_has_of_them():
    assert WHO.holding([7]) == (3,)
    assert WHO.holding([5, 4]) == (4, 5, 9)
    assert WHO.holding([99]) == ()


def test_directions_in_a_name_do_not_leak():
    who = who_is_who(Cast((CastPerson(1, (1,), (1,), name="\N{RIGHT-TO-LEFT OVERRIDE}x"),)))
    assert who.title(1) == "\N{REPLACEMENT CHARACTER}x"
