"""A result edited as a user edits it: in a folder, and on services that share a broker and a store."""

import asyncio
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.arrays import decode_npz
from castlist.codec.documents import decode_json
from castlist.codec.edits import decode_edit
from castlist.domain.anchors import PersonAnchor
from castlist.domain.edits import Rename
from castlist.domain.jobs import REVISED, JobRequest, ObjectRef
from castlist.errors import DependencyUnavailable, UsageError
from cli.edit_log import announce_edit
from cli.main import main
from cli.output_folder import compare
from cli.submitting import announce
from cli.watching import read_job
from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import Cluster, models_environment

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in models_environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def folder(embedded_results: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(embedded_results, copy)
    return copy


def person_ids(folder: Path, name: str = "canonical_persons.npz") -> list[int]:
    ids: list[int] = decode_npz((folder / name).read_bytes())["person_ids"].tolist()
    return ids


def two_who_never_meet(folder: Path) -> tuple[int, int]:
    """The first two persons that share no frame."""
    columns = decode_npz((folder / "canonical_persons.npz").read_bytes())
    frames = np.split(columns["frame_numbers"], columns["offsets"][1:-1])
    ids = columns["person_ids"].tolist()
    pairs = ((one, two) for one in range(len(ids)) for two in range(one + 1, len(ids)))
    return next((ids[one], ids[two]) for one, two in pairs if not set(frames[one]) & set(frames[two]))


def two_who_meet(folder: Path) -> tuple[int, int]:
    columns = decode_npz((folder / "canonical_persons.npz").read_bytes())
    frames = np.split(columns["frame_numbers"], columns["offsets"][1:-1])
    ids = columns["person_ids"].tolist()
    pairs = ((one, two) for one in range(len(ids)) for two in range(one + 1, len(ids)))
    return next((ids[one], ids[two]) for one, two in pairs if set(frames[one]) & set(frames[two]))


def test_merge_then_undo_gives_the_same_bytes_and_computes_little(
    embedded_results: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two_who_never_meet(folder)
    assert main(["merge", str(folder), str(first), f"p{second}"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"persons {first} and {second} are person {first} now; the report will be revision 1"
    assert said[1].startswith("report: file://")
    assert person_ids(folder) == [number for number in person_ids(embedded_results) if number != second]
    before, after = (decode_json((place / "track_metrics.json").read_bytes()) for place in (embedded_results, folder))
    assert (after["tracks"], after["persons"]) == (before["tracks"], before["persons"] - 1)
    assert after["cluster_metrics"]["largest_cluster_size"] > before["cluster_metrics"]["largest_cluster_size"]
    assert compare(embedded_results, folder) != []
    assert main(["undo", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(f"taken back: merge persons {first} and {second}; the report will be revision 2\n")
    assert compare(embedded_results, folder) == []
    tasks = decode_json((folder / "timings.json").read_bytes())["tasks"]
    assert {task["stage"] for task in tasks if not task["reused"]} == {"compare"}, "neither pictures nor report are made again"


def test_what_was_undone_comes_back_and_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rename", str(folder), "1", "Anna"]) == 0
    assert main(["select", str(folder), "--persons", "p1,p2"]) == 0
    assert person_ids(folder, "selected_persons.npz") == [1, 2]
    assert main(["undo", str(folder)]) == 0
    assert person_ids(folder, "selected_persons.npz") == []
    assert main(["redo", str(folder)]) == 0
    assert person_ids(folder, "selected_persons.npz") == [1, 2]
    capsys.readouterr()
    assert main(["history", str(folder)]) == 0
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(line[0], line[2]) for line in lines] == [
        ("1", "call person 1 Anna                 stands"),
        ("2", "select persons 1 and 2             stands"),
        ("3", "undo of 2: select persons 1 and 2"),
        ("4", "redo of 2: select persons 1 and 2"),
    ]
    rankings = decode_json((folder / "ranking_results.json").read_bytes())["rankings"]
    assert {entry["person_id"]: entry["name"] for entry in rankings if entry["name"]} == {1: "Anna"}


def test_edits_survive_a_run_with_other_parameters_and_by_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(folder), "1", "Anna"]) == 0
    for options in (["--set", "group.max_temporal_gap_frames=1", "--set", "compare.similarity_threshold=0.5"], ["--force"]):
        video = Path(__file__).parents[2] / "examples" / "campus-clip.mp4"
        assert main(["run", str(video), "-o", str(folder), "-q", *options]) == 0
        rankings = decode_json((folder / "ranking_results.json").read_bytes())["rankings"]
        assert [entry["name"] for entry in rankings if entry["name"]] == ["Anna"]


def test_an_edit_whose_command_is_killed_is_kept_and_the_next_one_makes_its_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "cli", "rename", str(folder), "1", "Anna"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"person 1 is called Anna now; the report will be revision 1\n"
        killed.kill()
    assert main(["rename", str(folder), "1", "Anna"]) == 2
    assert "that is how it is already" in capsys.readouterr().err
    rankings = decode_json((folder / "ranking_results.json").read_bytes())["rankings"]
    assert [entry["name"] for entry in rankings if entry["name"]] == ["Anna"]


def test_what_can_not_be_is_refused_with_a_reason(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = two_who_meet(folder)
    for command, words in (
        (["merge", folder, first, second], f"persons {first} and {second} are both seen in frame"),
        (["merge", folder, first], "two persons or more"),
        (["merge", folder, first, 99], "there is no person 99; near it are"),
        (["move", folder, 9999, "--to", "new"], "there is no tracklet 9999; near it are"),
        (["rename", folder, "Anna", "3"], "'Anna' is no person: give a number"),
        (["split", folder, first], "is not merged of several"),
        (["undo", folder], "there is nothing to undo"),
        (["redo", folder], "there is nothing to redo"),
        (["ignore", folder, first, "--back"], "that is how it is already"),
        (["rename", folder, first, "Anna", "--revision", 3], "its revision is now 0"),
        (["rename", tmp_path, 1, "Anna"], "holds no job of its own"),
    ):
        assert main([str(part) for part in command]) == 2
        assert words in capsys.readouterr().err
    assert main(["history", str(folder)]) == 0
    assert capsys.readouterr().out == "no edits; the report is revision 0\n"


def test_services_make_the_revisions_that_a_folder_gets(
    cluster: Cluster, embedded_results: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two_who_never_meet(folder)
    assert main(["merge", str(folder), str(first), str(second)]) == 0
    cluster.start_all()
    cluster.submit_copy("edited")
    early = cluster.cli("merge", "edited", first, second)
    assert (early.returncode, "job edited can't be edited: it is not done" in early.stderr) == (2, True)
    assert compare(embedded_results, cluster.fetch("edited")) == []
    merged = cluster.folder / "merged"
    edit = cluster.cli("merge", "edited", first, second, "--watch", "-o", merged)
    assert edit.returncode == 0, edit.stderr + cluster.logs()
    assert edit.stdout.startswith(f"persons {first} and {second} are person {first} now; the report will be revision 1\n")
    assert compare(folder, merged) == []
    undo = cluster.cli("undo", "edited")
    assert (undo.returncode, undo.stdout.count("\n")) == (0, 1)
    assert compare(embedded_results, cluster.fetch("edited")) == []
    computed = {run.stage for run in cluster.runs("edited") if run.stage in REVISED and run.index == 2 and not run.reused}
    assert computed == {"compare"}, "neither pictures nor report are made again"
    listed = cluster.cli("history", "edited").stdout
    assert f"undo of 1: merge persons {first} and {second}" in listed
    deleted = cluster.cli("delete", "edited", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert list(cluster.servers.store("client").list(topology.edits_prefix("edited"))) == []


def test_of_two_editors_one_looks_again_and_what_one_stored_before_he_died_is_kept(cluster: Cluster) -> None:
    cluster.start_all()
    cluster.submit_copy("two-editors")
    cluster.fetch("two-editors")
    with ThreadPoolExecutor() as pool:
        edits = list(pool.map(lambda name: cluster.cli("rename", "two-editors", 1, name, "--revision", 0), ("Anna", "Bea")))
    assert sorted(edit.returncode for edit in edits) == [0, 2]
    (refused,) = (edit for edit in edits if edit.returncode == 2)
    assert "look again: job two-editors was edited meanwhile, its revision is now 1; nothing was changed" in refused.stderr
    results = cluster.fetch("two-editors")
    rankings = decode_json((results / "ranking_results.json").read_bytes())["rankings"]
    assert [entry["name"] for entry in rankings if entry["name"]] == [("Anna", "Bea")[[edit.returncode for edit in edits].index(0)]]

    async def store_and_die() -> None:
        bus = await NatsBus.connect(cluster.servers.nats.url, credentials=cluster.servers.nats_credentials("client"))
        await bus.close()
        with pytest.raises(DependencyUnavailable):
            await announce_edit(bus, cluster.servers.store("client"), "two-editors", 2, Rename(PersonAnchor(1, ()), "Cleo"))

    asyncio.run(store_and_die())
    deadline = time.monotonic() + 60
    while "call person 1 Cleo" not in cluster.cli("history", "two-editors").stdout:
        assert time.monotonic() < deadline, cluster.logs()
    watched = cluster.cli("watch", "two-editors")
    assert watched.returncode == 0
    assert "your edit has no effect here: call person 1 Cleo" in watched.stderr


async def test_two_editors_who_wanted_the_same_number_at_the_log(cluster: Cluster) -> None:
    """Both have stored their edit when the log decides."""
    buses = [await NatsBus.connect(cluster.servers.nats.url, credentials=cluster.servers.nats_credentials("client")) for _ in range(2)]
    store = cluster.servers.store("client")
    job_id = "at-the-log"
    await announce(buses[0], JobRequest(job_id, ObjectRef(topology.source_key(job_id), 4, "ab" * 32), "film.mp4"))
    edits = [Rename(PersonAnchor(1, ()), name) for name in ("Anna", "Bea")]
    outcomes = await asyncio.gather(
        *(announce_edit(bus, store, job_id, 1, edit) for bus, edit in zip(buses, edits, strict=True)), return_exceptions=True
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome is not None) == [UsageError]
    (ref,) = (await read_job(buses[0], job_id)).edits
    assert decode_edit(store.get(ref.key)) == edits[outcomes.index(None)]
    await announce_edit(buses[1], store, job_id, 1, edits[outcomes.index(None)])  # asked for twice: one edit, and no fault
    assert sorted(info.length > 0 for info in store.list(topology.edits_prefix(job_id))) == [False, True]
    for bus in buses:
        await bus.close()
