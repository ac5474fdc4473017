"""The folder of a test says its layer, and no unit test leans on the layer above."""

from pathlib import Path

import pytest

from tests.harness.layers import LAYERS, layer_of

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        ("tests/unit/app/test_one.py", "unit"),
        ("tests/integration/mock_openai/test_one.py", "integration"),
        ("e2e/test_one.py", "e2e"),
        ("tests/test_one.py", None),
        ("tests/app/test_one.py", None),
        ("tests/units/test_one.py", None),
    ],
)
def test_the_folder_says_the_layer(path: str, layer: str | None) -> None:
    assert layer_of(ROOT / path, ROOT) == layer


def test_no_unit_test_imports_from_another_layer() -> None:
    above = ("from tests.integration", "import tests.integration", "from e2e", "import e2e")
    found = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in (ROOT / LAYERS["unit"]).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(above)
    ]
    assert found == []
