"""What holds for every test, of all layers: see the modules of tests/harness."""

pytest_plugins = (
    "tests.harness.collecting",  # first: what comes after it is imported faster
    "tests.harness.layers",
    "tests.harness.purity",
    "tests.harness.chance",
    "tests.harness.circumstances",
)
