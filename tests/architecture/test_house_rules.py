"""House rules that no linter knows (CONTRIBUTING.md): names, sizes, and what never stands in the repository."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PRODUCT = ("castlist", "services", "cli", "deploy", "benchmarks", "examples")
FOLDERS = (*PRODUCT, "tests", "protos", "docs", "requirements", ".ci")
GENERATED = REPOSITORY / "castlist" / "contracts"

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
DRAWERS = {"util", "utils", "helper", "helpers", "common", "core", "base", "manager", "misc", "shared", "stuff"}

# Assembled from pieces, so that this file passes its own test.
MACHINE_PATHS = re.compile("|".join(rf"(?<![\w.])/{name}/\w\w" for name in ("work", "root", "home", "Users")))
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"), ("download", "pytorch", "org"))
    )
)
CONVERTERS = {REPOSITORY / "cli" / "checkpoint_conversion.py"}  # may call torch.load, with weights_only; services never import them
PICKLERS = {
    # Reads pickles of the earlier systems, with every callable replaced by one that only notes what it is called with.
    REPOSITORY / "castlist" / "codec" / "legacy_pickle.py",
    # Times a pickle of its own beside our formats.
    REPOSITORY / "benchmarks" / "crop_store.py",
}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib"}


def files(folders: tuple[str, ...]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    if folders == FOLDERS:
        yield from (path for path in sorted(REPOSITORY.iterdir()) if path.is_file() and path.name != ".git")


def modules(folders: tuple[str, ...]) -> Iterator[tuple[Path, ast.Module]]:
    for path in files(folders):
        if path.suffix == ".py" and GENERATED not in path.parents:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_modules_are_short():
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path, _ in modules((*PRODUCT, ".ci"))}
    assert {name: count for name, count in lines.items() if count > MAX_MODULE_LINES} == {}


def test_functions_are_short():
    long = {
        f"{named(path)}:{node.lineno} {node.name}": body_lines(node)
        for path, tree in modules(PRODUCT)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_nothing_is_named_like_a_drawer():
    theirs = REPOSITORY / "deploy" / "k8s" / "base"  # kustomize's readers look for that name
    parts = {
        named(path): {Path(part).stem for part in path.relative_to(theirs if theirs in path.parents else REPOSITORY).parts}
        for path in files((*PRODUCT, "tests"))
    }
    assert [name for name, stems in parts.items() if stems & DRAWERS] == []


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRIES], ids=["paths of a machine", "hosts of package registries"])
def test_nothing_names_the_machine_or_a_registry(pattern):
    found = []
    for path in files(FOLDERS):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{named(path)}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    assert found == []


def unsafe_calls(tree: ast.Module, *, converter: bool = False) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.partition(".")[0] for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
            if names & UNSAFE_MODULES:
                yield node.lineno
        elif isinstance(node, ast.Call) and is_unsafe(node) and not (converter and loads_weights_alone(node)):
            yield node.lineno


def loads_weights_alone(call: ast.Call) -> bool:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    wanted = keywords.get("weights_only")
    return ast.unparse(call.func) == "torch.load" and isinstance(wanted, ast.Constant) and wanted.value is True


def is_unsafe(call: ast.Call) -> bool:
    """`np.load(allow_pickle=True)`, `yaml.load`, `torch.load`: each can run code that a file brings."""
    pickles = any(keyword.arg == "allow_pickle" and not is_false(keyword.value) for keyword in call.keywords)
    return pickles or ast.unparse(call.func) in {"yaml.load", "torch.load"}


def is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_nothing_from_outside_is_unpickled():
    found = ((path, line) for path, tree in modules((*PRODUCT, ".ci")) for line in unsafe_calls(tree, converter=path in CONVERTERS))
    assert {(named(path), line) for path, line in found if path not in PICKLERS} == set()


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import pickle", [1]),
        ("from pickle import loads", [1]),
        ("import numpy as np\nnp.load(f, allow_pickle=True)", [2]),
        ("np.load(f, allow_pickle=flag)", [1]),
        ("np.load(f, allow_pickle=False)\nnp.load(f)", []),
        ("yaml.load(text)", [1]),
        ("yaml.safe_load(text)", []),
    ],
)
def test_the_rule_sees_what_can_run_code(source, lines):
    assert list(unsafe_calls(ast.parse(source))) == lines


def test_converters_may_read_weights_alone():
    assert list(unsafe_calls(ast.parse("torch.load(path, weights_only=True)"), converter=True)) == []
    assert list(unsafe_calls(ast.parse("torch.load(path, weights_only=True)"))) == [1]
    assert list(unsafe_calls(ast.parse("torch.load(path)\ntorch.load(path, weights_only=False)"), converter=True)) == [1, 2]
