"""Command line, environment and file gathered; the parameters shown and written down."""

import json
import tomllib

import pytest

from castlist.domain.configuration import read_configuration
from castlist.domain.jobs import Stage
from castlist.domain.parameter_names import known_parameters
from castlist.domain.profiles import PROFILES
from castlist.domain.resolving import resolve
from castlist.errors import UsageError
from cli.arguments import parse_arguments
from cli.configuration import read_choice, told
from cli.configuration_view import as_document, as_file, as_table
from cli.main import main

FILE = """
[detect]
nms_iou = 0.4
min_confidence = 0.3
[profiles.mine.detect]
nms_iou = 0.6
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("CASTLIST_CONFIG", "CASTLIST_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def choose(*words, **environ):
    return read_choice(parse_arguments(["config", *words]), environ)


def test_nothing_said_is_the_defaults():
    choice = choose()
    assert choice.parameters() == resolve({})
    assert told(choice) == ""


def test_the_file_in_the_current_folder_is_found(empty_folder):
    (empty_folder / "castlist.toml").write_text(FILE)
    found = choose().parameters()[Stage.DETECT]
    assert (found["nms_iou"].value, found["nms_iou"].source) == (0.4, "file castlist.toml")
    assert told(choose()) == "settings from castlist.toml"


def test_every_place_goes_before_the_next(empty_folder):
    (empty_folder / "castlist.toml").write_text(FILE)

    def nms(*words, **environ):
        item = choose(*words, **environ).parameters()[Stage.DETECT]["nms_iou"]
        return item.value, item.source

    assert nms("--profile", "mine") == (0.6, "profile mine")
    assert nms("--profile", "mine", CASTLIST_SET_DETECT_NMS_IOU="0.7") == (0.7, "environment")
    assert nms("--profile", "mine", "--set", "detect.nms_iou=0.8", CASTLIST_SET_DETECT_NMS_IOU="0.7") == (0.8, "request")
    assert nms(CASTLIST_PROFILE="mine") == (0.6, "profile mine")
    assert nms("--profile", "fast_cpu", CASTLIST_PROFILE="mine") == (0.4, "file castlist.toml")
    assert nms(CASTLIST_SET_DETECT_NMS_IOU="") == (0.4, "file castlist.toml")
    (empty_folder / "other.toml").write_text('profile = "mine"\n[profiles.mine.detect]\nnms_iou = 0.1')
    assert nms(CASTLIST_CONFIG="other.toml") == (0.1, "profile mine")
    assert nms("--config", "castlist.toml", CASTLIST_CONFIG="other.toml") == (0.4, "file castlist.toml")
    assert told(choose("--config", "other.toml", CASTLIST_SET_DETECT_NMS_IOU="1")) == "profile mine, settings from the environment"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "the configuration file bad.toml can't be read (No such file or directory)"),
        (b"[detect\n", "bad.toml is no TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"),
        (b"a = '\xff'", "bad.toml is no UTF-8 text at byte 5"),
        (b"#" * (1 << 20) + b"#", "bad.toml is larger than any configuration file"),
        (b"[detect]\nnms_iou = 2", "bad.toml: detect.nms_iou must be a number from 0 to 1, not 2"),
    ],
)
def test_a_file_that_is_none(empty_folder, content, words):
    if content is not None:
        (empty_folder / "bad.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        choose("--config", "bad.toml")
    assert str(caught.value).startswith(words)


def test_a_mark_that_editors_put_in_front_is_passed_over(empty_folder):
    (empty_folder / "marked.toml").write_bytes(b"\xef\xbb\xbf[detect]\nnms_iou = 0.3\n")
    assert choose("--config", "marked.toml").settings.file_values == {"detect.nms_iou": "0.3"}


def test_faults_of_all_places_come_together(empty_folder):
    (empty_folder / "castlist.toml").write_text("[detect]\nnms_iou = 2\n")
    with pytest.raises(UsageError) as caught:
        choose("--set", "a.b=1", "--profile", "fast", CASTLIST_SET_DETECT_NMS_IUO="1")
    assert str(caught.value).splitlines() == [
        "these settings can't be used:",
        "  castlist.toml: detect.nms_iou must be a number from 0 to 1, not 2",
        "  --profile: there is no profile 'fast'; did you mean 'fast_cpu'?; there are fast_cpu, balanced, high_accuracy",
        "  there is no parameter 'a.b'",
        "  CASTLIST_SET_DETECT_NMS_IUO: there is no parameter 'detect.nms_iuo'; did you mean 'detect.nms_iou'?",
    ]


def test_the_table_has_each_parameter_once_and_says_who_was_beaten(empty_folder):
    (empty_folder / "castlist.toml").write_text(FILE)
    rows = as_table(choose("--set", "detect.nms_iou=0.8"), tuple(Stage)).splitlines()
    assert [row.split()[0] for row in rows[1:]] == list(known_parameters())
    (row,) = (row for row in rows if row.startswith("detect.nms_iou "))
    assert " 0.8 " in row
    assert "request (not 0.4 by file castlist.toml)" in row
    assert [row.split()[0].partition(".")[0] for row in as_table(choose(), (Stage.TRACK,)).splitlines()[1:]][-1] == "track"


def test_the_document_is_for_programs(empty_folder, capsys):
    (empty_folder / "castlist.toml").write_text(FILE)
    assert main(["config", "detect", "--json", "--profile", "mine"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["file"], document["profile"]) == ("castlist.toml", "mine")
    assert set(document["profiles"]) == {*PROFILES, "mine"}
    found = document["parameters"]["detect.nms_iou"]
    assert found | {"effect": ""} == {
        "value": 0.6,
        "source": "profile mine",
        "default": 0.5,
        "overridden": [{"source": "file castlist.toml", "value": "0.4"}],
        "effect": "",
        "type": "number",
        "low": 0,
        "high": 1,
    }
    assert as_document(choose(), tuple(Stage))["parameters"].keys() == known_parameters().keys()


def test_a_written_file_says_what_held(empty_folder, capsys):
    words = ["--set", "detect.nms_iou=0.25", "--set", "compare.merge=auto", "--set", "group.split=off"]
    assert main(["config", *words, "--write", "castlist.toml"]) == 0
    assert capsys.readouterr().out == "castlist.toml\n"
    chosen = choose(*words).parameters()
    again = choose().parameters()
    assert {name: item.value for name, item in again[Stage.GROUP].items()} == {
        name: item.value for name, item in chosen[Stage.GROUP].items()
    }
    assert [name for name, item in again[Stage.DETECT].items() if item.source != "default"] == ["nms_iou"]
    assert main(["config", "--write", "castlist.toml"]) == 2
    assert "castlist.toml exists already" in capsys.readouterr().err


def test_all_that_a_written_file_has_commented_out_can_be_taken():
    text = "\n".join(line.removeprefix("# ") if " = " in line else line for line in as_file(resolve({})).splitlines())
    found = read_configuration(tomllib.loads(text), PROFILES)
    assert found.faults == []
    assert found.values.keys() == known_parameters().keys()
    for stage, items in resolve(found.values).items():
        assert {name: item.value for name, item in items.items()} == {name: item.value for name, item in resolve({})[stage].items()}


def test_a_written_file_holds_any_file_s_name():
    name = 'my "best" é.onnx'
    assert tomllib.loads(as_file(resolve({"plan.detector": name})))["plan"]["detector"] == name


def test_a_wrong_setting_ends_with_the_code_for_usage(capsys):
    assert main(["config", "--set", "detect.nms_iuo=1"]) == 2
    assert "did you mean 'detect.nms_iou'?" in capsys.readouterr().err
