import pytest

from cli.arguments import parse_arguments
from cli.parameter_arguments import parse_overrides


@pytest.mark.parametrize("command", [["run", "clip.mp4", "-o", "out"], ["submit", "clip.mp4"]])
def test_merge_is_short_for_its_parameter(command):
    options = parse_arguments([*command, "--set", "compare.doubt=0.2", "--merge", "auto"])
    assert parse_overrides(options.overrides) == {"compare.doubt": "0.2", "compare.merge": "auto"}
    assert parse_arguments(command).overrides == []


def test_of_contradicting_wishes_the_last_counts():
    options = parse_arguments(["run", "clip.mp4", "-o", "out", "--merge", "auto", "--set", "compare.merge=plan"])
    assert parse_overrides(options.overrides) == {"compare.merge": "plan"}


def test_another_way_of_merging_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["run", "clip.mp4", "-o", "out", "--merge", "all"])
    assert "'all' is neither plan nor auto" in capsys.readouterr().err
