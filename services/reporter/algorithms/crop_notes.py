"""How good a person's pictures are, from `crop_quality.csv`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.reporter.algorithms.clock import count_text
from services.reporter.algorithms.wording import listed


@dataclass(frozen=True, slots=True)
class CropNote:
    """A sentence on a person's pictures, and the share that is good as a width."""

    text: str
    good_width: str


def crop_notes(rows: Iterable[Mapping[str, str]]) -> Mapping[int, CropNote]:
    """By person; `rows` are the file's lines by column name, read one by one, since there may be a million."""
    faults: dict[int, Counter[str]] = {}
    compared: Counter[int] = Counter()
    for row in rows:
        person_id = int(row["person_id"])
        faults.setdefault(person_id, Counter())[row["rejection_reason"]] += 1
        compared[person_id] += row["embedded"] == "1"
    return {person_id: _note(counts, compared[person_id]) for person_id, counts in faults.items()}


def _note(faults: Counter[str], compared: int) -> CropNote:
    """`faults` counts crops by fault, those without one under the empty text."""
    good, total = faults[""], faults.total()
    ordered = sorted(((count, name.replace("_", " ")) for name, count in faults.items() if name), key=lambda item: (-item[0], item[1]))
    others = f"; the others are {listed([f'{name} ({count:,})' for count, name in ordered])}" if ordered else ""
    text = f"{good:,} of {count_text(total, 'picture')} {'is' if 1 in (good, total) else 'are'} good, {compared:,} compared{others}."
    return CropNote(text, f"{good / total * 100:.1f}%")
