"""A root directory like that of the image `python:3.11-slim`: Debian's programs, a Python and pip
below /usr/local, and nothing of this project or its environment.

Debian's /usr is laid below by overlayfs, so that what an instruction writes stays in the root; all
mounts are of a namespace that ends with the process.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_ETC = (
    *("passwd", "group", "shadow", "gshadow", "login.defs", "nsswitch.conf", "resolv.conf"),
    *("hosts", "ssl", "pip.conf", "default", "skel", "alternatives"),
)
_LINKS = ("bin", "sbin", "lib", "lib64")
_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


def make_base(root: Path, upper: Path) -> None:
    """Mount and copy it all at `root`; `upper` takes what is written below /usr."""
    for folder in (root / "usr", upper / "usr", upper / "work"):
        folder.mkdir(parents=True)
    layers = f"lowerdir=/usr,upperdir={upper / 'usr'},workdir={upper / 'work'}"
    _run("mount", "-t", "overlay", "overlay", "-o", layers, str(root / "usr"))
    (upper / "local").mkdir()
    _run("mount", "--bind", str(upper / "local"), str(root / "usr" / "local"))
    for name in _LINKS:
        (root / name).symlink_to(f"usr/{name}")
    for name in ("tmp", "home", "root", "proc", "dev", "etc", "var", "run"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    _run("mount", "--bind", "/dev", str(root / "dev"))
    _run("mount", "--bind", "/proc", str(root / "proc"))
    for name in _ETC:
        _copy(Path("/etc") / name, root)
    for variable, value in os.environ.items():  # certificates that this machine's pip needs
        if variable.endswith(("CERT", "_FILE", "_BUNDLE")) and os.path.isfile(value):
            _copy(Path(value), root)
    _python(root)


def _python(root: Path) -> None:
    prefix, local = Path(sys.base_prefix), root / "usr" / "local"
    for name in ("bin", "lib"):
        (local / name).mkdir()
    shutil.copy(prefix / "bin" / _PYTHON, local / "bin")
    for shared in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy(shared, local / "lib")
    skipped = shutil.ignore_patterns("site-packages", "test", "tests", "__pycache__", "config-*")
    shutil.copytree(prefix / "lib" / _PYTHON, local / "lib" / _PYTHON, ignore=skipped)
    (local / "lib" / _PYTHON / "site-packages").mkdir()
    for name in ("python", "python3"):
        (local / "bin" / name).symlink_to(_PYTHON)
    # Before Debian's folders, where another Python of the same version may have its library.
    (root / "etc" / "ld.so.conf").write_text("/usr/local/lib\n")
    _run("chroot", str(root), "/sbin/ldconfig")
    plain = ("env", "-i", "PATH=/usr/bin:/usr/sbin", "chroot", str(root), "/usr/local/bin/python")
    _run(*plain, "-m", "ensurepip", "--default-pip")


def _copy(source: Path, root: Path) -> None:
    target = root / source.relative_to("/")
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
