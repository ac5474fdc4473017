"""The scenarios in force, read from files and read again when those change.

A broken file is reported, and its last good version stays in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from stat import S_ISREG

from mock_openai.errors import ScenarioError, SetupError
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.scenario import BUILT_IN, Scenario

LIBRARY = Path(str(files("mock_openai") / "library"))
LARGEST_FILE = 4_000_000  # bytes


@dataclass(slots=True)
class _LoadedFile:
    """One file: when it was read, what it gave, and what is wrong with it now."""

    stamp: tuple[int, int]
    scenarios: list[Scenario] = field(default_factory=list)
    error: ScenarioError | None = field(default=None, compare=False)
    """Not compared: of what is still wrong, each look has an error of its own."""


SUFFIXES = (".yaml", ".yml", ".json")
"""JSON is YAML too."""
MOST_FOLDERS = 1_000


def scenario_files(folder: Path) -> list[Path]:
    """Those of the folder, then those of the folders in it, by their names; each sorted by name
    without suffix, so that `stall` comes before `stall-forever`. Hidden ones are left out, and no
    link to a folder is followed."""
    paths: list[Path] = []
    waiting = [folder]
    for _ in range(MOST_FOLDERS):
        if not waiting:
            break
        here = waiting.pop(0)
        inside = [path for path in here.iterdir() if not path.name.startswith(".")]
        files = [path for path in inside if path.suffix in SUFFIXES]
        paths += sorted(files, key=lambda path: (path.stem, path.name))
        folders = sorted(
            path
            for path in inside
            if path.suffix not in SUFFIXES and path.is_dir() and not path.is_symlink()
        )
        waiting = [*folders, *waiting]
    return paths


class ScenarioFiles:
    """User folders come before the library, files in the order of their names."""

    def __init__(self, folders: Sequence[Path] = (), library: bool = True) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise SetupError(f"--scenarios {folder}: there is no such folder")
        self._folders = [(folder, str(folder)) for folder in folders]
        if library:
            self._folders.append((LIBRARY, "library"))
        self._files: dict[Path, _LoadedFile] = {}
        self._names: dict[str, Scenario] = {}
        self._lost: list[ScenarioError] = []
        self.scenarios: list[Scenario] = []
        self.version = 0
        self.refresh()

    @property
    def errors(self) -> list[ScenarioError]:
        """What is wrong with files now."""
        broken = [file.error for file in self._files.values() if file.error is not None]
        return [*self._lost, *broken]

    def named(self, name: str) -> Scenario | None:
        """None where there is none of that name."""
        return self._names.get(name)

    @property
    def names(self) -> list[str]:
        """Of all that it holds."""
        return list(self._names)

    def file_of(self, name: str) -> Path | None:
        """The file that holds the scenario of that name."""
        for path, shelved in self._files.items():
            if any(scenario.name == name for scenario in shelved.scenarios):
                return path
        return None

    def own_file_of(self, name: str) -> Path | None:
        """The file that holds the scenario of that name and no other, in a folder of the user's."""
        path = self.file_of(name)
        if path is None or LIBRARY in path.parents or len(self._files[path].scenarios) > 1:
            return None
        return path

    def store(self, name: str, text: str) -> Path:
        """Writes the scenario to a file of its own, in the first of the user's folders."""
        if not self._folders or self._folders[0][0] == LIBRARY:
            raise SetupError(
                "the mock was started without --scenarios: there is no folder to keep it"
            )
        path = self.own_file_of(name) or self._folders[0][0] / f"{name}.yaml"
        holder = self.file_of(name)
        if path not in (holder, None) and holder is not None and LIBRARY not in holder.parents:
            raise SetupError(f"'{name}' is in {holder.name} with others: edit that file")
        if path in self._files and path != holder:
            raise SetupError(f"{path.name} holds another scenario: choose another name")
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
        self.refresh()
        return path

    @property
    def folder(self) -> Path | None:
        """Where `store` writes; None: nowhere."""
        first = self._folders[0][0] if self._folders else LIBRARY
        return None if first == LIBRARY else first

    def put_first(self, scenarios: Sequence[Scenario]) -> None:
        """Before all others, until the next change on disk."""
        self.scenarios = [*scenarios, *self.scenarios]
        self._names.update({scenario.name: scenario for scenario in scenarios})
        self.version += 1

    def refresh(self) -> bool:
        """Reads what changed on disk; True when the scenarios in force are others now."""
        files: dict[Path, _LoadedFile] = {}
        lost: list[ScenarioError] = []
        for folder, label in self._folders:
            try:
                paths = scenario_files(folder)
            except OSError as error:  # it was there once: what was in it stays in force
                lost.append(ScenarioError(error.strerror or str(error), label, 1))
                files.update({p: file for p, file in self._files.items() if folder in p.parents})
                continue
            for path in paths:
                shelved = self._read(path, folder, label)
                if shelved is not None:
                    files[path] = shelved
        unchanged = files == self._files and len(lost) == len(self._lost)
        self._lost = lost
        if unchanged and self.version:
            return False
        self._files = files
        self.scenarios = [one for file in files.values() for one in file.scenarios]
        self._names = {BUILT_IN.name: BUILT_IN}
        for scenario in self.scenarios:
            self._names.setdefault(scenario.name, scenario)
        self.version += 1
        return True

    def _read(self, path: Path, folder: Path, label: str) -> _LoadedFile | None:
        before = self._files.get(path)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._broken(before, str(error), _place(path, folder, label))
        stamp = (stat.st_mtime_ns, stat.st_size)
        if before is not None and before.stamp == stamp:
            return before
        place = _place(path, folder, label)
        try:
            if not S_ISREG(stat.st_mode):  # a pipe would be waited for
                raise ScenarioError("not a file", place, 1)
            if stat.st_size > LARGEST_FILE:
                raise ScenarioError(f"larger than {LARGEST_FILE} bytes", place, 1)
            text = path.read_text(encoding="utf-8")
            return _LoadedFile(stamp, read_scenarios(text, place, path.stem))
        except FileNotFoundError:
            return None
        except ScenarioError as error:
            return _LoadedFile(stamp, before.scenarios if before else [], error)
        except (OSError, UnicodeDecodeError) as error:
            return self._broken(before, str(error), place)

    def _broken(self, before: _LoadedFile | None, why: str, place: str) -> _LoadedFile:
        """What it gave when it could be read stays in force; each look tries again."""
        problem = ScenarioError(why, place, 1)
        return _LoadedFile((0, 0), before.scenarios if before else [], problem)


def _place(path: Path, folder: Path, label: str) -> str:
    """As complaints name the file."""
    return f"{label}/{path.relative_to(folder).as_posix()}"
