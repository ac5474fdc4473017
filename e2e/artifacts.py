"""Where what a run leaves behind is kept: traces, screenshots, figures."""

from pathlib import Path

RESULTS = Path("results/e2e")
