"""Quick Gradio: its import without the typing stubs that it writes anew each time.

For each component Gradio parses the component's source and renders a stub (`.pyi`) beside it, which
only editors read: 40 % of the time that its import takes, and processes that start together write
the same files. No setting of Gradio's turns it off.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

MODULE = "gradio.component_meta"
FUNCTION = "create_or_modify_pyi"


class _NoStubs(MetaPathFinder, Loader):
    """Finds the one module as ever, and replaces the one function in it."""

    def __init__(self) -> None:
        self._loader: Loader | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        assert self._loader is not None  # noqa: S101  # for the type checker: we are its loader
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert self._loader is not None  # noqa: S101  # as above
        self._loader.exec_module(module)
        if hasattr(module, FUNCTION):
            setattr(module, FUNCTION, _write_nothing)


def _write_nothing(*_component: object) -> None:
    """In the place of Gradio's function."""


def leave_out_stubs() -> None:
    """From now on; what was imported before stays as it is."""
    if MODULE not in sys.modules:
        sys.meta_path.insert(0, _NoStubs())
