"""Gradio's import leaves its folder alone: it neither reads nor writes typing stubs."""

import subprocess
import sys
from pathlib import Path

# The child prints every stub that anything in it opens.
CHILD = """
import sys

def opened(event, args):
    if event == "open" and str(args[0]).endswith(".pyi"):
        print(args[0])

sys.addaudithook(opened)
import tokentape.ui.page
import gradio as gr

assert gr.Button.__name__ == "Button"
open("audited.pyi", "a").close()
"""


def test_the_import_of_the_interface_opens_no_stub(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines() == ["audited.pyi"]
