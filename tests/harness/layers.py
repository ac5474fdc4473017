"""Which layer a test belongs to: its folder says so, and marks it."""

from pathlib import Path

import pytest

LAYERS = {
    "unit": Path("tests", "unit"),
    "integration": Path("tests", "integration"),
    "e2e": Path("e2e"),
}


def layer_of(path: Path, root: Path) -> str | None:
    """The layer of a test's file; None where the folder is none of a layer."""
    for name, folder in LAYERS.items():
        if path.is_relative_to(root / folder):
            return name
    return None


def pytest_configure(config: pytest.Config) -> None:
    for name, folder in LAYERS.items():
        config.addinivalue_line("markers", f"{name}: lies in {folder}; set by its folder")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        layer = layer_of(item.path, config.rootpath)
        if layer is None:
            raise pytest.UsageError(
                f"{item.path} belongs to no layer: a test that opens no socket, starts no process "
                "and never sleeps goes into tests/unit, any other into tests/integration, "
                "and one with a browser or a JavaScript client into e2e."
            )
        item.add_marker(layer)
