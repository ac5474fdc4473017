"""Finds a Chromium that runs; `python -m e2e.browser --install` makes sure that there is one.

`$CHROMIUM` names one; else Playwright's own is taken, else the system's.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

REBOUND = "rebound.example"
"""A name that somebody else has bound to this machine, as far as the browser knows."""
ONLY_HERE = f"MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"

INSTALL_S = 300
CONNECT_MS = 5_000
"""How long Playwright may wait for its download server before the next way is tried."""

ADVICE = (
    "There is no Chromium that runs. Install one with your system's package manager"
    " (Debian, as root: apt-get install chromium), or set CHROMIUM to the path of one."
)

_APT = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0")
AS_ANYONE: tuple[tuple[str, ...], ...] = (
    (sys.executable, "-m", "playwright", "install", "chromium"),
)
AS_ROOT: tuple[tuple[str, ...], ...] = (
    (*_APT, "update"),
    (*_APT, "install", "-y", "chromium"),
    # Where `chromium` is only a pointer to another package system, Playwright's own may lack
    # nothing but libraries.
    (sys.executable, "-m", "playwright", "install-deps", "chromium"),
)


class NoBrowser(Exception):
    """There is no Chromium that runs, and the message says what to do."""


@cache
def launch_arguments() -> list[str]:
    """What a Chromium needs on this machine besides its path."""
    # Chromium refuses its sandbox to root, and containers often give it too little /dev/shm.
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []


def find() -> str:
    """The path of a Chromium that runs. Raises `NoBrowser`."""
    if named := os.environ.get("CHROMIUM"):
        if runs(named):
            return named
        raise NoBrowser(f"CHROMIUM is {named}, which does not run as a browser")
    found = next((path for path in _candidates() if runs(path)), None)
    if found is None:
        raise NoBrowser(ADVICE)
    return found


def _candidates() -> Iterator[str]:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    yield own
    yield from (path for name in SYSTEM_NAMES if (path := shutil.which(name)))


def runs(path: str) -> bool:
    """Whether it tells its version: a browser without its libraries, or a mere pointer, can't."""
    if not Path(path).exists():
        return False
    try:
        told = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0 and b"Chrom" in told.stdout


def install() -> str:
    """The path of a Chromium that runs, installed if need be. Raises `NoBrowser`."""
    commands = AS_ANYONE + (AS_ROOT if os.geteuid() == 0 and shutil.which("apt-get") else ())
    for command in ((), *commands):
        if command:
            _try(command)
        try:
            return find()
        except NoBrowser:
            continue
    raise NoBrowser(ADVICE)


def _try(command: tuple[str, ...]) -> None:
    words = [word for word in command if not word.startswith("-") and "::" not in word]
    sys.stderr.write(f"No Chromium yet; trying: {' '.join([Path(words[0]).name, *words[1:]])}\n")
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(CONNECT_MS),
    }
    try:
        ran = subprocess.run(
            command, env=environment, capture_output=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"  {error}\n")
        return
    if ran.returncode:
        told = (ran.stderr + ran.stdout).decode(errors="replace").splitlines()
        why = next((line for line in told if "error" in line.lower()), f"status {ran.returncode}")
        sys.stderr.write(f"  it failed: {why.strip()}\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.browser", description=__doc__)
    parser.add_argument("--install", action="store_true", help="install one where none runs")
    wanted = parser.parse_args()
    try:
        path = install() if wanted.install else find()
    except NoBrowser as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
