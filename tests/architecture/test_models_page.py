"""docs/models.md has the measured figures as they are committed. `python -m tests.architecture.test_models_page` writes it anew."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from castlist.inference.measured import BFLOAT16_FILE, SPEEDS_FILE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
COLUMNS = ("onnxruntime", "openvino", "openvino bfloat16")


def marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"


def by_file(path: Path) -> list[dict[str, Any]]:
    return sorted(json.loads(path.read_text())["networks"].values(), key=lambda network: str(network["file"]))


def speed_lines() -> Iterator[str]:
    machine = json.loads(SPEEDS_FILE.read_text())["machine"]
    yield f"| {machine['cpu']}; {', '.join(machine['engines'])} | ONNX Runtime, as stored | OpenVINO, float32 | OpenVINO, bfloat16 |"
    yield "|---|---|---|---|"
    for network in by_file(SPEEDS_FILE):
        times = {name if name.endswith(" bfloat16") else name.split()[0]: value for name, value in network["milliseconds"].items()}
        yield f"| `{network['file']}` | {' | '.join(str(times.get(column, '')) for column in COLUMNS)} |"


def accuracy_lines() -> Iterator[str]:
    yield "| weights | float32 | bfloat16 | |\n|---|---|---|---|"
    for network in by_file(BFLOAT16_FILE):
        verdict = "allowed" if network["allowed"] else "not allowed"
        if "crops" in network:
            cells = ("", f"cosine at least {network['least_cosine']}, likeness changes by up to {network['largest_change_of_likeness']}")
        else:
            cells = tuple(f"AP50 {network['ap50'][name]}, best F1 {network['best_f1'][name]}" for name in ("float32", "bfloat16"))
        yield f"| `{network['file']}` | {cells[0]} | {cells[1]} | {verdict} |"


def written_anew(page: str) -> str:
    """The page with its tables as the files have them."""
    for (begin, end), lines in ((marks("speeds"), speed_lines()), (marks("bfloat16"), accuracy_lines())):
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{chr(10).join(lines)}\n\n{end}{rest.partition(end)[2]}"
    return page


def test_the_page_has_the_figures_as_they_were_measured() -> None:
    page = PAGE.read_text()
    assert written_anew(page) == page, "run `python -m tests.architecture.test_models_page` and commit docs/models.md"


if __name__ == "__main__":
    PAGE.write_text(written_anew(PAGE.read_text()))
