"""The command of the load tests, as a process and against servers that aren't there."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.loadtests.raw_server import read_request, serve
from tokentape_load.cli import main


def test_who_is_not_there_is_told_before_anything_is_made_ready(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serve(no_mock) as url:
        pass
    assert main([f"--host={url}"]) == 2
    assert f"--host {url}: nobody answers there: " in capsys.readouterr().err
    with serve(no_mock) as other:
        assert main([f"--host={other}", f"--mock={url}"]) == 2
        assert f"--mock {url}: nobody answers there: " in capsys.readouterr().err
        assert main([f"--host={other}", f"--mock={other}"]) == 2
        assert f"--mock {other}: it is no mock-openai" in capsys.readouterr().err


def test_tokentape_load_is_this_command() -> None:
    tokentape = Path(sys.executable).with_name("tokentape")
    command = [str(tokentape), "load", "--users", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "tokentape load: error: --users 0: a whole number from 1" in ended.stderr


def no_mock(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
