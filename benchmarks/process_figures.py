"""What a process took: memory and CPU."""

import threading

import psutil


class MemoryPeak:
    """Highest memory of each process in MiB, looked at four times a second inside a `with` block.

    `proportional` counts pages that processes share by share (PSS), else all of them (RSS).
    """

    def __init__(self, pids: list[int], *, proportional: bool) -> None:
        self.mib = dict.fromkeys(pids, 0.0)
        self._proportional = proportional
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> "MemoryPeak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        processes = [psutil.Process(pid) for pid in self.mib]
        while not self._over.wait(0.25):
            for process in processes:
                now = process.memory_full_info().pss if self._proportional else process.memory_info().rss
                self.mib[process.pid] = max(self.mib[process.pid], now / 2**20)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process had so far, in user and kernel mode."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and all that it started, those that have ended among them."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in times))
