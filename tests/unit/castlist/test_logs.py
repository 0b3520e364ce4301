import asyncio
import contextvars
import json
import logging

import pytest

from castlist.errors import UsageError
from castlist.logs import JsonFormatter, bound, configure_logging


def line(message: str = "task %s", **extra: object) -> dict[str, object]:
    record = logging.makeLogRecord({"msg": message, "args": ("done",), "levelname": "INFO", "name": "castlist", **extra})
    found: dict[str, object] = json.loads(JsonFormatter("tracker").format(record))
    return found


def test_a_line_is_json_with_the_service_and_what_was_bound() -> None:
    with bound(job_id="j", stage="track"), bound(index=3):
        entry = line(delivery=2)
    assert (entry["message"], entry["level"], entry["service"]) == ("task done", "INFO", "tracker")
    assert (entry["job_id"], entry["stage"], entry["index"], entry["delivery"]) == ("j", "track", 3, 2)
    assert "args" not in entry
    assert "job_id" not in line()


async def test_what_is_bound_holds_in_threads_and_not_in_other_coroutines() -> None:
    async def in_block(job: str) -> list[object]:
        with bound(job_id=job):
            await asyncio.sleep(0)
            return [line()["job_id"], (await asyncio.to_thread(line))["job_id"]]

    assert await asyncio.gather(in_block("a"), in_block("b")) == [["a", "a"], ["b", "b"]]
    assert contextvars.copy_context().run(line).get("job_id") is None


def test_a_level_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="not 'LOUD'"):
        configure_logging("LOUD", "tracker")
