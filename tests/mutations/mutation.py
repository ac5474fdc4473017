"""One central line of the product, and what is put in its place."""

from dataclasses import dataclass
from pathlib import Path


class StaleError(Exception):
    """A mutation's text is not where its row says: the code has changed, and the row must too."""


@dataclass(frozen=True)
class Mutation:
    """`text` must stand exactly once in `file`; `tests` are where it should be noticed: paths of
    tests, with pytest's `-k` expression in `only`."""

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]
    only: str = ""

    def mutate(self, root: Path) -> str:
        """Put it in place below `root`; what stood there before. Raises `StaleError`."""
        path = root / self.file
        if not path.is_file():
            raise StaleError(f"{self.name}: there is no {self.file}")
        whole = path.read_text(encoding="utf-8")
        found = whole.count(self.text)
        if found != 1:
            raise StaleError(f"{self.name}: {self.text!r} stands {found} times in {self.file}")
        path.write_text(whole.replace(self.text, self.instead), encoding="utf-8")
        return whole
