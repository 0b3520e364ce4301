from services.reporter.algorithms.crop_notes import CropNote, crop_notes


def row(person_id: int, reason: str = "", embedded: int = 0) -> dict[str, str]:
    return {"person_id": str(person_id), "rejection_reason": reason, "embedded": str(embedded)}


def test_pictures_are_counted_by_person_and_fault():
    rows = [row(3, embedded=1), row(3), row(3, "blurred"), row(3, "cut_off"), row(3, "cut_off"), row(7, "covered", embedded=1), row(9)]
    assert crop_notes(rows) == {
        3: CropNote("2 of 5 pictures are good, 1 compared; the others are cut off (2) and blurred (1).", "40.0%"),
        7: CropNote("0 of 1 picture is good, 1 compared; the others are covered (1).", "0.0%"),
        9: CropNote("1 of 1 picture is good, 0 compared.", "100.0%"),
    }


def test_nothing_to_say_of_nothing():
    assert crop_notes([]) == {}
