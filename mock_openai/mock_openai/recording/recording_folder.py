"""The folder of recordings: a file for each exchange, whole or not there at all."""

import logging
import re
from collections import Counter
from hashlib import blake2b
from pathlib import Path

from mock_openai.catalog.scenario_files import LARGEST_FILE
from mock_openai.recording.recorded_exchange import NAME_DIGITS, Recorder

_LOG = logging.getLogger("mock_openai.record")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME = 60


class RecordingFolder:
    """Numbers the requests that are alike, in each session by themselves, from 1: what an earlier
    run recorded of one is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counts: Counter[tuple[str, str]] = Counter()

    def number(self, recorder: Recorder) -> int:
        """Of one more request, among its likes."""
        key = (recorder.session, recorder.digest)
        self._counts[key] += 1
        return self._counts[key]

    def store(self, recorder: Recorder) -> None:
        """Writes the scenario of an exchange, or writes it anew; a file is never half there. Raises
        OSError."""
        made = recorder.scenario()
        if made is None:
            return
        name, text = made
        content = text.encode()
        if len(content) > LARGEST_FILE:
            _LOG.warning("%s is not stored: it has more than %s bytes", name, LARGEST_FILE)
            return
        folder = self._folder / session_folder(recorder.session)
        folder.mkdir(parents=True, exist_ok=True)
        if recorder.number == 1:
            self._drop_older(recorder, folder)
        # The name is made of a hash: nothing of the request can lead out of the folder.
        unfinished = folder / f".{name}.part"
        unfinished.write_bytes(content)
        unfinished.replace(folder / f"{name}.yaml")
        _LOG.info("%s", name)

    def _drop_older(self, recorder: Recorder, folder: Path) -> None:
        """What an earlier run has recorded of this request beyond what this one has met."""
        begin = f"recorded-{recorder.digest[:NAME_DIGITS]}-"
        for path in folder.glob(f"{begin}*.yaml"):
            number = path.stem.removeprefix(begin)
            met = self._counts[recorder.session, recorder.digest]
            if number.isdecimal() and int(number) > met:
                path.unlink(missing_ok=True)


def session_folder(session: str) -> str:
    """The name of a session's own folder; empty: none. Two sessions never share one."""
    plain = _UNSAFE.sub("_", session)[:LONGEST_NAME].strip("_")
    if plain == session:
        return plain
    return f"{plain}-{blake2b(session.encode(), digest_size=4).hexdigest()}".lstrip("-")
