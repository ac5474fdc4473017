"""The command, run as a user runs it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import jwt
import psutil
import pytest

from tokentape.child_processes.server import ServerProcess, start

TOKENTAPE = [sys.executable, "-m", "tokentape.cli"]
ROOT = Path(__file__).parents[4]
SECRET = "0f6f1b0c7e5d4a3928171605f4e3d2c1"
RIGHT = {"OPENAI_API_KEY": "k", "JWT_SECRET": SECRET}


def environment(**given: str) -> dict[str, str]:
    """The caller's, without what would steer the app."""
    steering = ("OPENAI_", "JWT_", "DATABASE_", "PORT", "RATE_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return kept | {"PYTHONPATH": str(ROOT)} | given


def run(*arguments: str, cwd: Path, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TOKENTAPE, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**given),
        timeout=60,
        check=False,
    )


@contextmanager
def ready(*arguments: str, cwd: Path, **given: str) -> Iterator[ServerProcess]:
    """A server that is ready; ended by Ctrl-C."""
    server = start(
        [*TOKENTAPE, *arguments], environment(**given), folder=cwd, log=cwd / "errors.log"
    )
    try:
        assert server.wait_ready().endswith("/ui")
        yield server
    finally:
        server.stop(signal.SIGINT, 60)


def test_demo_answers_from_its_own_mock_and_leaves_no_process(tmp_path: Path) -> None:
    with ready("demo", "--port", "0", cwd=tmp_path) as server:
        url, process = server.root, psutil.Process(server.pid)
        body = b'{"message": "Hello [[mock: tokens=3 first=1ms gap=1ms]]"}'
        asked = Request(f"{url}/api/v2/ai/chat/stream", body, {"Content-Type": "application/json"})  # noqa: S310  # http
        with urlopen(asked, timeout=60) as answer:  # noqa: S310  # http
            frames = answer.read().decode().split("\n\n")
        assert '"done":true' in frames[-2]
        with urlopen(f"{url}/", timeout=60) as page:  # noqa: S310  # http
            assert page.url == f"{url}/ui/"
        family = [process, *process.children(recursive=True)]
        assert len(family) >= 2
        assert server.stop(signal.SIGINT, 60) == 0
        assert not any(member.is_running() for member in family)
    assert (tmp_path / ".tokentape" / "demo.db").exists()


def test_demo_that_is_killed_leaves_no_mock(tmp_path: Path) -> None:
    with ready("demo", "--port", "0", cwd=tmp_path) as server:
        family = psutil.Process(server.pid).children(recursive=True)
        assert any("mock_openai" in each.cmdline() for each in family)
        server.process.kill()
        assert psutil.wait_procs(family, timeout=60)[1] == []


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_taken_port_is_told_with_the_way_to_choose_another(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(
            command,
            "--port",
            str(port),
            cwd=tmp_path,
            OPENAI_API_KEY="k",
            JWT_SECRET=SECRET,
        )
    assert done.returncode == 2
    assert f"Port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"JWT_SECRET": SECRET}, "OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "k"}, "JWT_SECRET"),
        ({"OPENAI_API_KEY": "k", "JWT_SECRET": "secret"}, "weak"),
        ({"OPENAI_API_KEY": "k", "JWT_SECRET": "a" * 64}, "JWT_SECRET"),
        ({"OPENAI_API_KEY": "k", "JWT_SECRET": SECRET, "RUN_GRACE_S": "soon"}, "RUN_GRACE_S"),
        ({**RIGHT, "ADMIN_TOKEN": "x"}, "ADMIN_TOKEN is weak"),
        ({**RIGHT, "ADMIN_TOKEN": "abababababababababab"}, "openssl rand -hex 16"),
        ({"RATE_LIMIT_ANONYMOUS": "now and then"}, "RATE_LIMIT_ANONYMOUS"),
        ({"TRUSTED_PROXIES": "the proxy"}, "TRUSTED_PROXIES"),
        ({**RIGHT, "DATABASE_URL": "postgresql://me:hidden@127.0.0.1:1/x"}, "me:***@127.0.0.1:1/x"),
    ],
)
def test_serve_refuses_wrong_settings_and_says_what_to_set(
    given: dict[str, str], named: str, tmp_path: Path
) -> None:
    done = run("serve", "--port", "0", cwd=tmp_path, **given)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_env_file_is_read_other_names_count_and_names_that_come_to_nothing_are_told(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY=k\nJWT_SECRET={SECRET}\nADMIN_TOKN=x\nPORT=no")
    page = "https://front.example"
    given = {"PORT": "0", "CORS_ORGINS": "https://chat.example", "CORS_ORIGIN": page}
    with ready("serve", cwd=tmp_path, **given) as server:
        asked = Request(f"{server.root}/healthz", headers={"Origin": page})  # noqa: S310  # http
        with urlopen(asked, timeout=60) as answer:  # noqa: S310  # http
            assert answer.status == 200
            assert answer.headers["access-control-allow-origin"] == page
    told = server.logged()
    assert "ADMIN_TOKN is no setting: did you mean ADMIN_TOKEN?" in told
    assert "CORS_ORGINS is no setting: did you mean CORS_ORIGINS?" in told
    done = run("token", "--sub", "alice", cwd=tmp_path, PORT="0")
    assert jwt.decode(done.stdout.strip(), SECRET, algorithms=["HS256"])["sub"] == "alice"


def test_demo_refuses_an_admin_token_of_one_letter(tmp_path: Path) -> None:
    done = run("demo", "--port", "0", cwd=tmp_path, ADMIN_TOKEN="x")
    assert (done.returncode, "ADMIN_TOKEN is weak" in done.stderr) == (2, True)


def test_token_is_signed_with_its_claims(tmp_path: Path) -> None:
    asked = ("token", "--sub", "alice", "--ttl", "2h", "--claim", "org=acme", "--claim", "name=A=B")
    done = run(*asked, cwd=tmp_path, JWT_SECRET=SECRET)
    claims = jwt.decode(done.stdout.strip(), SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["org"], claims["name"]) == ("alice", "acme", "A=B")
    assert claims["exp"] - claims["iat"] == 7_200


@pytest.mark.parametrize(
    "wrong", [("--ttl", "soon"), ("--ttl", "-1h"), ("--ttl", "inf"), ("--claim", "org")]
)
def test_token_refuses_what_it_can_not_read(wrong: tuple[str, str], tmp_path: Path) -> None:
    done = run("token", "--sub", "alice", *wrong, cwd=tmp_path, JWT_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (2, "")
    assert wrong[0] in done.stderr


def test_database_is_upgraded_by_hand(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'by-hand.db'}"
    done = run("db", "upgrade", cwd=tmp_path, DATABASE_URL=url)
    assert done.stdout == "The database is up to date.\n"
    assert (tmp_path / "by-hand.db").exists()
