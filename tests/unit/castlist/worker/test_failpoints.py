import threading

import pytest

from castlist.errors import UsageError
from castlist.worker.failpoints import no_failpoint, parse_failpoint
from tests.end_to_end.conftest import wait_for


def test_a_failpoint_hangs_once_and_only_at_its_place(tmp_path) -> None:
    marker = tmp_path / "in-hand"
    failpoint = parse_failpoint(f"detect:computed:{marker}")
    failpoint("detect", "taken")
    failpoint("embed", "computed")
    assert not marker.exists()
    hanging = threading.Thread(target=failpoint, args=("detect", "computed"))
    hanging.start()
    wait_for(marker, 5)
    assert hanging.is_alive()
    marker.unlink()
    hanging.join(5)
    assert not hanging.is_alive()
    failpoint("detect", "computed")
    assert not marker.exists()


def test_no_text_means_no_failpoint() -> None:
    assert parse_failpoint("") is no_failpoint


@pytest.mark.parametrize("text", ["detect", "detect:computed", "detect:somewhere:/file"])
def test_a_malformed_failpoint_is_refused(text) -> None:
    with pytest.raises(UsageError, match="CASTLIST_FAILPOINTS must be"):
        parse_failpoint(text)
