"""What was found damaged, as an object of a task's."""

from castlist.codec.documents import encode_json
from castlist.domain.damage import DamagedSpan, damage_document
from castlist.ports import Output

DAMAGE_NAME = "damage"


def damage_output(damage: tuple[DamagedSpan, ...]) -> tuple[Output, ...]:
    """None where nothing is damaged."""
    return (Output(DAMAGE_NAME, encode_json(damage_document(damage))),) if damage else ()
