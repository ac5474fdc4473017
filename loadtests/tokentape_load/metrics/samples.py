"""Samples: every answer's own times, a line of JSON each, for whoever wants to look themselves."""

import io
import threading
from pathlib import Path
from typing import BinaryIO

import orjson

from tokentape_load.judging.answer_result import AnswerResult


class Samples:
    """Writes to a file until it is closed. Times are nanoseconds of the host's monotonic clock."""

    def __init__(self, path: Path) -> None:
        self.lost = ""
        """Why there are no more of them, such as a full disk; the run goes on without."""
        self._file: BinaryIO = io.BytesIO()
        self._lock = threading.Lock()
        try:
            self._file = path.open("wb")
        except OSError as error:  # a worker's machine has folders of its own
            self.lost = f"{path}: {error.strerror}"

    def add(self, result: AnswerResult) -> None:
        sent_ns, late_ns = result.started_ns, result.intended_ns
        line = {
            "contract": result.contract,
            "journey": result.journey,
            "tag": result.tag,
            "intended_at_ns": None if late_ns is None else sent_ns - late_ns,
            "sent_at_ns": sent_ns,
            "first_byte_ns": result.first_byte_ns,
            "texts_at_ns": result.texts_ns,
            "gaps_ns": [length for _, length in result.gaps_ns],
            "added_ns": result.added_ns,
            "close_ns": result.close_ns,
            "violations": [f"{failure}: {failure.message}" for failure in result.failures],
            "undecided": [f"{failure}: {failure.message}" for failure in result.undecided],
        }
        with self._lock:
            if self.lost or self._file.closed:
                return
            try:
                self._file.write(orjson.dumps(line) + b"\n")
            except OSError as error:
                self.lost = error.strerror or str(error)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            self.lost = self.lost or error.strerror or str(error)
