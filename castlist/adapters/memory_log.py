"""An append-only log in memory."""

import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator

from castlist.errors import AlreadyExists, LogRestarted
from castlist.ports import Headers, LogEntry
from castlist.topology import subject_matches

_Record = tuple[int, str, bytes, float, Headers]


class MemoryLog:
    """Records in order of their sequence, which is never given twice, not even after a purge."""

    def __init__(self) -> None:
        self.last_sequence = 0
        self._records: list[_Record] = []
        self._subjects: Counter[str] = Counter()
        self._purges = 0

    def append(self, subject: str, payload: bytes, headers: Headers, *, only_first: bool) -> int:
        """Sequence of the new record. Raises `AlreadyExists` if `only_first` and the subject has one."""
        if only_first and self._subjects[subject]:
            raise AlreadyExists(f"the log has a message on {subject}")
        self.last_sequence += 1
        self._records.append((self.last_sequence, subject, payload, time.time(), headers))
        self._subjects[subject] += 1
        return self.last_sequence

    def purge(self, subject_filter: str) -> int:
        """Remove the records whose subject matches; returns how many there were."""
        before = len(self._records)
        self._records = [record for record in self._records if not subject_matches(subject_filter, record[1])]
        self._subjects = Counter(subject for _, subject, *_ in self._records)
        self._purges += 1
        return before - len(self._records)

    def matching(self, subject_filter: str, from_sequence: int) -> list[_Record]:
        """Records from a sequence on whose subject matches, in order."""
        start = bisect_left(self._records, from_sequence, key=lambda record: record[0])
        return [record for record in self._records[start:] if subject_matches(subject_filter, record[1])]

    def size(self) -> tuple[int, int]:
        """Number and bytes of the records."""
        return len(self._records), sum(len(payload) for _, _, payload, *_ in self._records)

    def reader(self, subject_filter: str, from_sequence: int) -> Iterator[LogEntry | None]:
        """Entries from a sequence on, for ever; None wherever there is nothing more to read yet."""
        if from_sequence > self.last_sequence + 1:
            raise LogRestarted(f"sequence {from_sequence} was asked for, the log ends at {self.last_sequence}")
        return self._read(subject_filter, from_sequence)

    def _read(self, subject_filter: str, from_sequence: int) -> Iterator[LogEntry | None]:
        waiting: deque[_Record] = deque()
        next_sequence, scanned, purges = from_sequence, from_sequence - 1, self._purges
        while True:
            if purges != self._purges:
                waiting.clear()
                scanned, purges = next_sequence - 1, self._purges
            if scanned < self.last_sequence:
                waiting.extend(self.matching(subject_filter, scanned + 1))
                scanned = self.last_sequence
            if waiting:
                sequence, subject, payload, unix_s, headers = waiting.popleft()
                next_sequence = sequence + 1
                yield LogEntry(sequence, subject, payload, len(waiting), unix_s, headers)
            else:
                yield None
