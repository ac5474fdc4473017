"""Gradio starts without what we never use."""

import subprocess
import sys
from pathlib import Path

# The child prints every stub that anything in it opens, each server that Gradio makes, and what of
# pandas was executed, which still can be used.
CHILD = """
import sys

def opened(event, args):
    if event == "open" and str(args[0]).endswith(".pyi"):
        print(args[0])

sys.addaudithook(opened)
from tokentape.settings import Settings
from tokentape.server.app import create_app
import tokentape.ui.page
from gradio.routes import App

def made(*page, **given):
    print("server")
    return make(*page, **given)

make, App.create_app = App.create_app, made
create_app(Settings(openai_base_url="http://127.0.0.1:9/v1", jwt_secret="s" * 32))
open("audited.pyi", "a").close()
print(sorted(name for name in sys.modules if name.startswith("pandas.")))

import pandas
print(pandas.Timestamp("2026-01-31").day)
"""


def test_the_page_has_one_server_and_neither_stubs_nor_pandas(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines() == ["server", "audited.pyi", "[]", "31"]
