"""Readiness, on a disk that is really full: a small one in memory, mounted for the test alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OWN_MOUNTS = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount"]
SMALL = 'mount -t tmpfs -o size=3m none "$1" && shift && exec "$@"'
mounting = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(
        [*OWN_MOUNTS, "sh", "-c", "mount -t tmpfs none /mnt"], check=False, capture_output=True
    ).returncode
    != 0,
    reason="this system lets nobody mount a disk",
)
SERVED = """
import asyncio, json, sys
from pathlib import Path
import httpx2
from tokentape.store import readiness
from tests.integration.app.serving import serving, settings_for

readiness.FRESH_S = 0.0  # each question is a look

async def main():
    folder = Path(sys.argv[1])
    told = []
    async with (
        serving(settings_for(folder, "http://127.0.0.1:9")) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        async def look():
            answer = await http.get("/readyz")
            told.append((answer.status_code, answer.json()["status"]))
        await look()
        with (folder / "others").open("wb", buffering=0) as others:
            try:
                while True:
                    others.write(bytes(4_096))
            except OSError:
                pass
        await look()
        assert (await http.get("/healthz")).status_code == 200
        (folder / "others").unlink()
        await look()
        told.append(sorted(path.name for path in folder.iterdir() if "app.db" not in path.name))
    print(json.dumps(told))

asyncio.run(main())
"""


@mounting
def test_server_on_a_full_disk_is_not_ready_until_there_is_room_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [*OWN_MOUNTS, "sh", "-c", SMALL, "sh", tmp_path, sys.executable, "-c", SERVED, tmp_path],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[200, "ready"], [503, "not ready"], [200, "ready"], []]
