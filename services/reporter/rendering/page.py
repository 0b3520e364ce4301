"""The report as one HTML file: style, script and data inside, nothing from a network."""

import base64
import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

EMBED_BUDGET_BYTES = 3 * 1024 * 1024
"""Pictures are inside the page up to this many bytes of WebP, in order of rank; the rest are linked."""

OPEN_CARDS = 12
"""Cards whose score is unfolded and whose picture is loaded at once."""

OPEN_PAIRS = 9
"""Pairs of a list that are shown at once; the rest unfold."""

_PACKAGE = "services.reporter.rendering"


@dataclass(frozen=True, slots=True)
class Pictures:
    """WebPs that lie inside the page by person, persons whose WebP lies beside it, and stills by step and side of the merge plan."""

    embedded: Mapping[int, bytes]
    linked: Collection[int] = ()
    stills: Mapping[tuple[int, int], bytes] = field(default_factory=dict)


def render_page(view: Any, data: Mapping[str, Any], pictures: Pictures) -> bytes:
    """The page as UTF-8: `view` is what the templates print (`summaries.ReportView`), `data` what the script reads.

    Text is escaped wherever it comes from.
    """
    style, script = _template_text("report.css"), _template_text("report.js")
    pieces = (
        _environment()
        .get_template("page.html.j2")
        .generate(
            view=view,
            data=data,
            pictures=picture_sources(pictures.embedded, pictures.linked),
            stills={place: _data_uri("image/webp", still) for place, still in pictures.stills.items()},
            heat_picture=_png_uri(view.heat.colours) if len(view.heat.person_ids) > 1 else "",
            bars_of={card.person_id: card.stay.bars for card in view.cards},
            terms=view.cards[0].terms if view.cards else (),
            has_names=any(card.title != card.name for card in view.cast),
            open_cards=OPEN_CARDS,
            open_pairs=OPEN_PAIRS,
            style=Markup(style),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            policy=content_policy(style, script),
        )
    )
    page = io.BytesIO()
    for piece in pieces:  # one by one, since with its pictures the page is large
        page.write(piece.encode())
    return page.getvalue()


def picture_name(person_id: int) -> str:
    """The published file of a person's animation, relative to the page."""
    return f"webp/person_{person_id:03d}.webp"


def within_budget(
    animations: Iterator[tuple[int, bytes]], budget_bytes: int = EMBED_BUDGET_BYTES
) -> tuple[dict[int, bytes], Iterator[tuple[int, bytes]]]:
    """The first animations, as many as the budget holds, and the rest, not yet made."""
    embedded: dict[int, bytes] = {}
    spent_bytes = 0
    for person_id, animation in animations:
        spent_bytes += len(animation)
        if spent_bytes > budget_bytes:
            return embedded, chain([(person_id, animation)], animations)
        embedded[person_id] = animation
    return embedded, iter(())


def picture_sources(embedded: Mapping[int, bytes], linked: Iterable[int]) -> dict[int, str]:
    """Where the page finds each picture: inside itself or beside itself."""
    inside = {person_id: _data_uri("image/webp", animation) for person_id, animation in embedded.items()}
    return inside | {person_id: picture_name(person_id) for person_id in linked}


def content_policy(style: str, script: str) -> str:
    """Content Security Policy: our style and script by hash, pictures inside or beside the page, nothing else.

    `file:` is there since Firefox gives a page opened from disk no `'self'`: its neighbours would be refused.
    """
    return (
        f"default-src 'none'; style-src '{_source_hash(style)}'; script-src '{_source_hash(script)}'; "
        "img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    return environment


@cache
def _template_text(name: str) -> str:
    return files(_PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")


def _png_uri(colours: NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(colours).save(buffer, "PNG")
    return _data_uri("image/png", buffer.getvalue())


def _data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _source_hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
