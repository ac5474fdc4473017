"""Quick Gradio: its import and its page without what we never use. No setting of Gradio's turns
these off; together they are half of the time that the interface takes to start.

- For each component Gradio parses the component's source and renders a typing stub (`.pyi`) beside
  it, which only editors read. Processes that start together write the same files.
- For each event of each component it renders a docstring.
- It imports pandas, for tables that we don't draw: 35 MB, too.
- It makes a server for each change of a page's settings, of which the mounted one alone is used.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

Change = Callable[[Any], None]
"""What is done to a module right after it was executed."""


class _Changed(Loader):
    def __init__(self, loader: Loader, change: Change) -> None:
        self._loader, self._change = loader, change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module)


class _Later(Loader):
    """Executes the module when something of it is first used, which of pandas is never.

    The standard library's LazyLoader would do so for whoever asks each module for its file, as
    Hypothesis does, and twice for two threads.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader, self._lock, self._begun = loader, RLock(), False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        def used(name: str) -> Any:
            # Who only looks what kind of module it is, uses nothing of it.
            if not name.startswith("__") or name == "__version__":
                self._execute(module)
                if name in vars(module):
                    return vars(module)[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = used

    def _execute(self, module: ModuleType) -> None:
        with self._lock:  # others wait; while it is executed it asks itself, and has what it has
            if not self._begun:
                self._begun = True
                self._loader.exec_module(module)


class _Finder(MetaPathFinder):
    """Finds the modules of the table as ever, and hands them to another loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _LOADERS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LOADERS[fullname](spec.loader)
        return spec


def _without_stubs(component_meta: Any) -> None:
    component_meta.create_or_modify_pyi = lambda *_component: None


def _without_docs(events: Any) -> None:
    events.EventListener.set_doc = lambda _listener, component: None


_LOADERS: dict[str, Callable[[Loader], Loader]] = {
    "gradio.component_meta": lambda loader: _Changed(loader, _without_stubs),
    "gradio.events": lambda loader: _Changed(loader, _without_docs),
    "pandas": _Later,
}


def import_quickly() -> None:
    """From now on; what was imported before stays as it is."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


@contextmanager
def no_servers() -> Iterator[None]:
    """While a page is built; afterwards Gradio's mounting makes the one that is used."""
    blocks: Any = import_module("gradio.blocks")  # here: what stands above comes before Gradio
    real, blocks.App = blocks.App, _NoServer
    try:
        yield
    finally:
        blocks.App = real


class _NoServer:
    @staticmethod
    def create_app(*_page: Any, **_options: Any) -> None:
        """In the place of Gradio's."""
