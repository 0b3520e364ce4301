import pytest

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.job_messages import encode_request
from castlist.domain.jobs import JobRequest, ObjectRef
from castlist.errors import UsageError
from cli.folder_state import only_one_at_work, stored_request


def test_one_command_at_a_time_is_at_work_in_a_folder(tmp_path) -> None:
    with only_one_at_work(tmp_path), pytest.raises(UsageError, match="another castlist command is at work in"), only_one_at_work(tmp_path):
        pass
    with only_one_at_work(tmp_path):
        pass


def test_a_folder_that_can_not_be_made_is_refused(tmp_path) -> None:
    (tmp_path / "film.mp4").touch()
    with pytest.raises(UsageError, match=r"results can't be written to .*film\.mp4 \(Not a directory\): name another folder"):
        only_one_at_work(tmp_path / "film.mp4").__enter__()


def test_a_folder_knows_its_job(tmp_path) -> None:
    store = DirectoryStore(tmp_path / "state")
    store.put(topology.source_key("broken-off"), b"film")
    with pytest.raises(UsageError, match="holds no job of its own: name a folder that `castlist run` filled, or the id of a job"):
        stored_request(store, tmp_path)
    request = JobRequest("job-1", ObjectRef(topology.source_key("job-1"), 4, "ab" * 32), "film.mp4")
    store.put(topology.request_key("job-1"), encode_request(request))
    assert stored_request(store, tmp_path) == request
