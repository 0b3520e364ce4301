"""`castlist why` on results of `castlist track`: what was asked, what is answered, what can't be."""

import hashlib
import json
import shutil

import pytest

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.edits import encode_edit
from castlist.codec.job_messages import encode_fact, encode_request
from castlist.domain.anchors import person_anchor
from castlist.domain.edits import KeepApart, Merge, Rename, Undo
from castlist.domain.explaining import explain
from castlist.domain.jobs import JobRequest, NamedObject, ObjectRef, Stage, TaskDone
from castlist.errors import ObjectCorrupt, UsageError
from cli.commands.why import _of_folder, _subject
from cli.evidence import files_of_folder, read_evidence
from cli.fetching import files_of_job
from cli.main import main
from cli.output_folder import STATE_FOLDER
from cli.track import run_track
from cli.watching import read_job

SEQINFO = "[Sequence]\nname=walk\nframeRate=10\nseqLength=200\nimWidth=1640\nimHeight=480\n"


def walk(first: int, last: int, left: float) -> list[str]:
    """Someone who walks 4 px a frame to the right, in MOTChallenge's frames from 1."""
    return [f"{frame},-1,{left + 4 * (frame - first)},100,30,80,0.9,-1,-1,-1\n" for frame in range(first, last + 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two who walk side by side from frame 1 to 40; from 100 on one, far from where either left, who is unseen from 141 to 155."""
    place = tmp_path_factory.mktemp("why")
    (place / "seqinfo.ini").write_text(SEQINFO)
    rows = walk(1, 40, 0) + walk(1, 40, 400) + walk(100, 140, 900) + walk(156, 175, 1124)
    (place / "det.txt").write_text("".join(rows))
    run_track(place / "det.txt", place / "seqinfo.ini", place / "out", {"track.lost_buffer_s": "1", "pick.link_max_gap_s": "0"})
    return place / "out"


def words(capsys, *arguments: str) -> list[str]:
    assert main(["why", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_two_who_are_seen_together(folder, capsys):
    assert words(capsys, str(folder), "1", "p2") == [
        "Person 1 and person 2 are not the same person.",
        "  Tracklets 1 and 2 are both in 40 frames, first in frame 0 (0.00 s), so they are two people.",
    ]


def test_a_pair_that_was_never_considered_has_its_values(folder, capsys):
    first, second, *_, heading, temporal, _spatial, _area, _motion, _jitter, _prediction, _cuts, _looks = words(
        capsys, str(folder), "t1", "t3"
    )
    assert first == "Tracklet 1 (of person 1) and tracklet 3 (of person 3) are not the same person."
    assert second.startswith(
        "  Grouping did not look at tracklets 1 and 3, which do not follow each other closely: temporal 60 (at most 30)"
    )
    assert heading.split() == ["CHECK", "VALUE", "MUST", "BE", "VERDICT"]
    assert temporal.split() == ["temporal", "60", "at", "most", "30", "failed"]


def test_json_has_the_stored_values(folder, capsys):
    document = json.loads("\n".join(words(capsys, str(folder), "t3", "t4", "--json")))
    pairs = json.loads((folder / "grouping_log.json").read_text())["pairs"]
    (stored,) = [pair for pair in pairs if (pair["tracklet_1"], pair["tracklet_2"]) == (3, 4)]
    assert document["pair"]["considered"] is True
    assert document["pair"]["decision"] == stored["decision"]
    assert {check["name"]: check["value"] for check in document["pair"]["checks"]} == {
        name: check["value"] for name, check in stored["checks"].items()
    }
    assert document["same"] == (stored["decision"] == "joined")


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [("3", "person", 3), ("p3", "person", 3), ("person_003", "person", 3), ("t12", "tracklet", 12), ("Tracklet_7", "tracklet", 7)],
)
def test_names(text, kind, number):
    found = _subject(text)
    assert (found.kind, found.number) == (kind, number)


@pytest.mark.parametrize("text", ["", "t", "x3", "3.5", "-1", "person"])
def test_what_is_no_name(text):
    with pytest.raises(UsageError, match="neither a person like 3 nor a tracklet like t12"):
        _subject(text)


def test_who_is_not_there(folder, capsys):
    assert main(["why", str(folder), "1", "99"]) == 2
    assert "there is no person 99" in capsys.readouterr().err


def test_a_folder_without_results(tmp_path, capsys):
    assert main(["why", str(tmp_path), "1", "2"]) == 2
    assert "has no tracklet_stats.npz: name a folder that `castlist run`, `fetch` or `track` filled" in capsys.readouterr().err


async def test_a_job_of_the_services_is_asked_through_its_stored_objects(folder, tmp_path):
    store, bus = DirectoryStore(tmp_path), MemoryBus()
    outputs = []
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        store.put(f"jobs/film/{path.name}", data)
        ref = ObjectRef(f"jobs/film/{path.name}", len(data), hashlib.sha256(data).hexdigest())
        outputs.append(NamedObject(path.name, ref, published=True))
    request = JobRequest("film", ObjectRef(topology.source_key("film"), 9, "cd" * 32), "film.mp4")
    await bus.append(topology.job_subject("film"), encode_request(request), only_first=True)
    with pytest.raises(UsageError, match="job film is running; `castlist watch film` waits for its end"):
        files_of_job(store, await read_job(bus, "film"))
    done = TaskDone(Stage.REPORT, 0, 0, tuple(outputs), {}, ())
    await bus.append(topology.event_subject("film", "report", 0), encode_fact("film", done))
    read = files_of_job(store, await read_job(bus, "film"))
    assert read("no such file") is None
    stored, on_disk = read_evidence(read, "film"), read_evidence(files_of_folder(folder), "the folder")
    assert explain(stored.evidence, _subject("t1"), _subject("t3"), stored.ask) == explain(
        on_disk.evidence, _subject("t1"), _subject("t3"), on_disk.ask
    )
    (tmp_path / "jobs" / "film" / "grouping_log.json").write_bytes(b"{}")
    with pytest.raises(ObjectCorrupt):
        read_evidence(read, "film")


async def test_a_folder_with_a_job_of_its_own_tells_its_edits(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "out")
    store = DirectoryStore(tmp_path / "out" / STATE_FOLDER)
    first, third = (person_anchor(number, [read_evidence(files_of_folder(folder), "").evidence.tracklets[number]]) for number in (1, 3))
    for number, edit in enumerate((KeepApart(first, third), Rename(first, "Ada"), Merge((first, third)), Undo()), start=1):
        data = encode_edit(edit)
        store.put(topology.edit_key("film", number, hashlib.sha256(data).hexdigest()), data)
    read, edits = await _of_folder(tmp_path / "out")
    files = read_evidence(read, "the folder", edits)
    assert [(item.number, item.words, item.tracklets) for item in files.evidence.edits] == [(1, "keep persons 1 and 3 apart", (1, 3))]
    found = explain(files.evidence, _subject("t1"), _subject("t3"), files.ask)
    assert "Edits are about them (1: keep persons 1 and 3 apart)." in found.reasons
