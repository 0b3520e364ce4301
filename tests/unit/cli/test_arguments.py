from pathlib import Path

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


@pytest.mark.parametrize("command", ["run", "submit"])
def test_a_video_is_a_file_or_an_address(command):
    more = ["-o", "out"] if command == "run" else []
    assert parse_arguments([command, "a/b.mp4", *more]).video == Path("a/b.mp4")
    assert parse_arguments([command, "https://host.example/b.mp4?k=1", *more]).video.text == "https://host.example/b.mp4?k=1"


@pytest.mark.parametrize("url", ["http://host.example/b.mp4", "file:///b.mp4", "https://me:secret@host.example/b.mp4"])
def test_an_address_that_is_not_fetched_is_wrong_usage(url, capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["run", url, "-o", "out"])
    said = capsys.readouterr().err
    assert "download the video and hand in the file" in said
    assert "secret" not in said


def test_another_way_of_merging_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(["run", "clip.mp4", "-o", "out", "--merge", "all"])
    assert "'all' is neither plan nor auto" in capsys.readouterr().err
