"""Files of other tools, read and written again as scenarios."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mock_openai.errors import ScenarioError, SetupError
from mock_openai.migration.aimock_fixtures import scenarios_of
from mock_openai.migration.vcr_cassettes import exchanges_of
from mock_openai.recording.recording_folder import RecordingFolder
from mock_openai.recording.redaction import Redaction
from mock_openai.scenarios.loader import read_scenarios

LARGEST_FILE = 64_000_000  # bytes
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Migrated(NamedTuple):
    """A fixture or an interaction: the scenario that it has become, or why it has not."""

    place: str
    name: str | None
    reason: str = ""


def migrate(paths: list[Path], out: Path, redaction: Redaction) -> Iterator[Migrated]:
    """Writes the scenarios to `out`, and tells of each. Raises SetupError for a file that is
    neither, OSError."""
    out.mkdir(parents=True, exist_ok=True)
    folder = RecordingFolder(out)
    for path in paths:
        document = _document(path)
        if isinstance(document.get("fixtures"), list):
            yield from _fixtures(path, document, out)
        elif isinstance(document.get("interactions"), list):
            yield from _cassette(path, document, folder, redaction)
        else:
            raise SetupError(
                f"{path}: neither fixtures of aimock (fixtures: […]) nor a cassette of VCR "
                "(interactions: […])"
            )


def _document(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SetupError(f"{path}: larger than {LARGEST_FILE} bytes")
        # JSON is YAML too.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SetupError(f"can't read {path}: {error}") from error
    return document if isinstance(document, dict) else {}


def _fixtures(path: Path, document: dict[str, Any], out: Path) -> Iterator[Migrated]:
    name = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in path.stem)[:80]
    for own, text, reason in scenarios_of(document, name):
        if text is not None:
            try:
                read_scenarios(text, own, own)
            except ScenarioError as error:
                text, reason = None, str(error)
        if text is None:
            yield Migrated(f"{path}: {own}", None, reason)
            continue
        (out / f"{own}.yaml").write_text(text, encoding="utf-8")
        yield Migrated(f"{path}: {own}", own)


def _cassette(
    path: Path, document: dict[str, Any], folder: RecordingFolder, redaction: Redaction
) -> Iterator[Migrated]:
    for number, exchange in enumerate(exchanges_of(document, redaction), 1):
        place = f"{path}: interaction {number}"
        if isinstance(exchange, str):
            yield Migrated(place, None, exchange)
            continue
        exchange.number = folder.number(exchange)
        folder.store(exchange)
        yield Migrated(place, exchange.name)
