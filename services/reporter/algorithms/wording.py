"""Lists and names as people read them."""

from collections.abc import Iterable, Sequence

LISTED_MOST = 8


def printable_name(name: str) -> str:
    """A name that can't disturb the text around it: control and direction characters become `\N{REPLACEMENT CHARACTER}`."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def listed(words: Sequence[object], most: int = LISTED_MOST) -> str:
    """`3`, `3 and 7`, `3, 7 and 12`; what is beyond `most` is counted: `1, 2, 3 and 40 more`."""
    shown = [str(word) for word in words]
    if len(shown) > most:
        return f"{', '.join(shown[:most])} and {len(shown) - most:,} more"
    return " and ".join(text for text in (", ".join(shown[:-1]), *shown[-1:]) if text)


def persons_text(person_ids: Iterable[int]) -> str:
    """`Person 3`, `Persons 3 and 7`."""
    numbers = sorted(person_ids)
    return f"Person{'s' if len(numbers) > 1 else ''} {listed(numbers)}"


def chance_text(share: float) -> str:
    """A small share as `1 in 100`; `none at all` for 0."""
    return f"1 in {round(1 / share):,}" if share > 0 else "none at all"


def sentence(text: str) -> str:
    """A phrase with a capital at its beginning and a stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""
