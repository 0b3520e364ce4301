"""Every odd and hostile input through the whole system: one house of services takes them all, and each job ends as it must."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.documents import decode_json
from castlist.domain.decoding import DecodingLimits
from castlist.domain.jobs import JobRequest, Stage
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectStore
from cli.embedded import House, builds_of_all_services, house_of
from cli.exit_codes import is_partial
from cli.submitting import announce, make_request, store_request
from cli.watching import follow_job
from services.coordinator.algorithms.decide import JobState, Status
from tests.conftest import REPOSITORY
from tests.corpus.inputs import CASES, End, write

GOOD = REPOSITORY / "examples" / "campus-clip.mp4"
CHOICES = {"plan.segment_s": "1", "detect.detection_fps_limit": "0.5"}


@dataclass(frozen=True, slots=True)
class Ended:
    """A job's last state, and its `run.json` if it has one."""

    state: JobState
    run: Mapping[str, object]


async def run_all(folder: Path, videos: Mapping[str, Path]) -> dict[str, Ended]:
    """Each video's job at its end; all are there from the start, and a good one comes last."""
    store = DirectoryStore(folder / "store")
    requests = {}
    for number, (name, video) in enumerate([*videos.items(), ("good", GOOD)]):
        requests[name] = make_request(video, f"job-{number}", CHOICES, Stage.REPORT)
        store_request(store, requests[name], video)
    builds = builds_of_all_services(ModelLibrary(), decoding=DecodingLimits(memory_mb=2048, stall_s=30.0, total_s=120.0))
    first, *rest = requests.values()
    async with house_of(store, folder, first, 2, builds) as house:
        for request in rest:
            await announce(house.bus, request)
        return {name: await ended(house, store, request) for name, request in requests.items()}


async def ended(house: House, store: ObjectStore, request: JobRequest) -> Ended:
    async with asyncio.timeout(120):
        async for view in follow_job(house.bus, request.job_id):
            state = view.state
    found = [item.ref for item in state.outputs if item.name == "run.json"]
    return Ended(state, decode_json(store.get(found[0].key)) if found else {})


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    folder = tmp_path_factory.mktemp("corpus")
    return asyncio.run(run_all(folder, write(folder / "files")))


def test_there_are_sixty_and_more() -> None:
    assert len(CASES) >= 60
    assert f"`tests/corpus/` makes {len(CASES)} odd and hostile inputs" in (REPOSITORY / "docs" / "decoding.md").read_text()


@pytest.mark.parametrize("name", CASES)
def test_it_ends_as_it_must(name: str, ends: dict[str, Ended]) -> None:
    case, state = CASES[name], ends[name].state
    if case.end is End.FAILED:
        assert state.status is Status.FAILED
        assert re.search(case.words, state.reason)
        return
    assert state.status is Status.DONE, state.reason
    assert is_partial(state) is (case.end is End.PARTIAL)
    assert re.search(case.words, "\n".join(state.warnings)) if case.words else state.warnings == ()
    assert ends[name].run["partial"] is (case.end is End.PARTIAL)
    assert bool(ends[name].run["damage"]) is (case.end is End.PARTIAL)


def test_a_good_video_after_all_of_them_is_read_whole(ends: dict[str, Ended]) -> None:
    assert ends["good"].state.status is Status.DONE
    assert ends["good"].run["counts"]["frames"] == 150  # type: ignore[index]
