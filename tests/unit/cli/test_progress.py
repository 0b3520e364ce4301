import io

from castlist.domain.jobs import Stage
from cli.progress import ProgressDisplay
from services.coordinator.algorithms.decide import JobState, Progress, Status


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_much_of_a_video_has_come():
    terminal = Terminal()
    with ProgressDisplay(terminal) as display:
        display.fetching(1, 2)  # nothing is known of the job yet
        display.show(JobState(Status.RUNNING, progress={Stage.FETCH: Progress(0, 1, 0, {})}))
        display.fetching(12_300_000, 400_000_000)
    assert "12.3 of 400.0 MB" in terminal.getvalue()


def test_what_is_no_terminal_is_told_the_end_alone():
    stream = io.StringIO()
    with ProgressDisplay(stream) as display:
        display.show(JobState(Status.RUNNING, progress={Stage.FETCH: Progress(0, 1, 0, {})}))
        display.fetching(12_300_000, None)
        display.show(JobState(Status.RUNNING, progress={Stage.FETCH: Progress(1, 1, 0, {"bytes": 12_345_678})}))
    assert stream.getvalue() == "fetch    done  12,345,678 bytes\n"
