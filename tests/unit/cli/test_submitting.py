from dataclasses import replace

import pytest

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.job_messages import decode_request
from castlist.domain.jobs import Stage
from castlist.domain.source_url import parse_source_url
from castlist.errors import InputError, UsageError
from cli.submitting import announce, make_request, new_job_id, store_request


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "My Film (2).mp4"
    path.write_bytes(b"frames")
    return path


def test_a_new_id_is_readable_valid_and_not_used_before(video) -> None:
    first, second = new_job_id(video), new_job_id(video)
    assert first.startswith("my-film-2-")
    assert first != second
    assert topology.is_job_id(first)
    assert new_job_id(video.with_name("映画.mp4")).startswith("video-")


def test_source_and_request_are_stored_before_anything_is_announced(tmp_path, video) -> None:
    store = DirectoryStore(tmp_path / "store")
    request = make_request(video, "film", {"detect.nms_iou": "0.6"}, Stage.REPORT)
    store_request(store, request, video)
    video.unlink()
    assert store.get("jobs/film/source") == b"frames"
    assert decode_request(store.get("jobs/film/request")) == request


def test_a_video_on_the_web_is_named_and_not_stored(tmp_path) -> None:
    store = DirectoryStore(tmp_path / "store")
    url = parse_source_url("https://host.example/My%20Film.mp4?key=1")
    assert new_job_id(url).startswith("my-film-")
    request = make_request(url, "film", {}, Stage.REPORT)
    assert (request.source, request.file_name, request.source_url) == (None, "My Film.mp4", "https://host.example/My%20Film.mp4?key=1")
    store_request(store, request, url)
    assert [info.key for info in store.list("")] == ["jobs/film/request"]
    assert decode_request(store.get("jobs/film/request")) == request


async def test_the_same_request_twice_is_one_job_and_another_one_is_refused(video) -> None:
    bus = MemoryBus()
    request = make_request(video, "film", {}, Stage.REPORT)
    await announce(bus, request)
    await announce(bus, request)
    assert len(await bus.read(topology.job_subject("film"))) == 1
    with pytest.raises(UsageError, match="there is a job 'film' already"):
        await announce(bus, replace(request, file_name="other.mp4"))


def test_what_can_not_be_a_job_is_refused_at_once(tmp_path, video) -> None:
    with pytest.raises(UsageError, match="is no job id"):
        make_request(video, "My Film", {}, Stage.REPORT)
    with pytest.raises(UsageError, match="did you mean"):
        make_request(video, "film", {"detect.nms_iuo": "1"}, Stage.REPORT)
    with pytest.raises(InputError, match="does not exist"):
        make_request(tmp_path / "none.mp4", "film", {}, Stage.REPORT)


def test_a_path_that_can_not_be_followed_is_refused_with_its_reason(tmp_path) -> None:
    loop = tmp_path / "loop.mp4"
    loop.symlink_to(loop)
    for path, reason in ((loop, "Too many levels of symbolic links"), (tmp_path / ("x" * 300), "File name too long")):
        with pytest.raises(InputError, match=rf"can't be read \({reason}\): check the path"):
            make_request(path, "film", {}, Stage.REPORT)
    (tmp_path / "film.mp4").touch()
    with pytest.raises(InputError, match="does not exist: check the path"):
        make_request(tmp_path / "film.mp4" / "inner.mp4", "film", {}, Stage.REPORT)


def test_the_id_of_a_job_that_was_just_deleted_is_refused(tmp_path, video) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.put(topology.tombstone_key("film"), b"")
    with pytest.raises(UsageError, match="job 'film' was deleted a short while ago"):
        store_request(store, make_request(video, "film", {}, Stage.REPORT), video)
    assert [info.key for info in store.list("")] == ["tombstones/film"]
