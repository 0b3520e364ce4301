"""docs/configuration.md lists every parameter as the code has it. `python -m tests.architecture.test_configuration_page` writes it anew."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from castlist.domain.jobs import Stage
from castlist.domain.parameter_fields import allowed, as_text, default_of
from castlist.domain.parameter_names import ALIASES
from castlist.domain.parameters import STAGE_PARAMETERS
from castlist.domain.profiles import PROFILES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
PROFILES_BEGIN, PROFILES_END = "<!-- profiles: begin -->\n", "<!-- profiles: end -->\n"
BEGIN, END = "<!-- parameters: begin -->\n", "<!-- parameters: end -->\n"


def profile_lines() -> Iterator[str]:
    yield f"| parameter | {' | '.join(f'`{name}`' for name in PROFILES)} |"
    yield "|---" * (len(PROFILES) + 1) + "|"
    for name in PROFILES["balanced"].values:
        yield f"| `{name}` | {' | '.join(profile.values[name] for profile in PROFILES.values())} |"


def parameter_lines() -> Iterator[str]:
    for stage in Stage:
        kind = STAGE_PARAMETERS[stage]
        if not fields(kind):
            continue
        yield f"\n### `[{stage}]`\n\n{(kind.__doc__ or '').partition(chr(10))[0]}\n"
        yield "| parameter | default | must be | effect |\n|---|---|---|---|"
        for spec in fields(kind):
            cells = (f"`{spec.name}`", as_text(default_of(spec)), allowed(spec), spec.metadata["doc"])
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    names = ", ".join(f"`{alias}` is `{name}`" for alias, name in ALIASES.items())
    yield f"\nOther names: {names}.\n"


def written_anew(page: str) -> str:
    """The page with its tables as the code has them."""
    for begin, end, lines in ((PROFILES_BEGIN, PROFILES_END, profile_lines()), (BEGIN, END, parameter_lines())):
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{chr(10).join(lines)}\n\n{end}{rest.partition(end)[2]}"
    return page


def test_the_page_has_every_parameter_as_it_is():
    page = PAGE.read_text()
    assert written_anew(page) == page, "run `python -m tests.architecture.test_configuration_page` and commit docs/configuration.md"


if __name__ == "__main__":
    PAGE.write_text(written_anew(PAGE.read_text()))
