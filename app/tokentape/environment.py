"""The environment at the door: a `.env` file under it, other names of settings, and names that look
like a setting and are none."""

import os
from collections.abc import Iterable, Mapping, MutableMapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from tokentape.settings import Settings

FILE = Path(".env")
"""Read where the command is started."""
OURS = frozenset(name.upper() for name in Settings.model_fields) | {"MOCK_OPENAI_ADMIN_TOKEN"}
OTHER_NAMES = {"CORS_ORIGIN": "CORS_ORIGINS"}
"""Taken for ours, since front ends that this server stands in for are set up with them."""
ELSEWHERE = {
    "ALLOWED_ORIGINS": "CORS_ORIGINS",
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGINS",
    "OPENAI_API_BASE": "OPENAI_BASE_URL",
    "MONGODB_URI": "DATABASE_URL",
    "MONGO_URL": "DATABASE_URL",
    "TOKEN_SECRET": "JWT_SECRET",
}
"""What other programs call what is set here by another name."""
UNUSED = {"REDIS_URL": "tapes, rooms and limits are kept in this process"}
"""What other programs set, and why it comes to nothing here; a name that becomes a setting goes."""
PREFIX = "TOKENTAPE_"
LIKE = 0.82
"""How alike two names are of which one is a slip of the other; 1 is the same."""


def prepare(environ: MutableMapping[str, str] = os.environ, file: Path = FILE) -> list[str]:
    """Bring what `.env` sets and the environment does not into the environment; the rest of that
    file is none of ours. Returns what is to be said about names that come to nothing."""
    written = {name: value for name, value in dotenv_values(file).items() if value is not None}
    said = remarks({**written, **environ})
    for name in OURS | set(OTHER_NAMES):
        if name in written:
            environ.setdefault(name, written[name])
    for other, name in OTHER_NAMES.items():
        if environ.get(other) and not environ.get(name):
            environ[name] = environ[other]
    return said


def remarks(names: Mapping[str, str]) -> list[str]:
    """One line for each name that looks like a setting of ours and is none. Pure."""
    said = []
    for name in sorted(one for one, value in names.items() if value):
        meant = meaning(name)
        if name in UNUSED and name not in OURS:
            said.append(f"{name} is not used: {UNUSED[name]}.")
        elif name in OTHER_NAMES and names.get(OTHER_NAMES[name]):
            said.append(f"{name} is not used: {OTHER_NAMES[name]} is set too.")
        elif meant is not None:
            said.append(f"{name} is no setting: did you mean {meant}?")
    return said


def meaning(name: str, ours: Iterable[str] = OURS) -> str | None:
    """The setting that a name was probably meant for; None for ours, and for others' names."""
    known = set(ours)
    if name in known or name in OTHER_NAMES:
        return None
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    if name.removeprefix(PREFIX) in known:
        return name.removeprefix(PREFIX)
    if name.upper() in known:
        return None  # pydantic reads it, whatever its case
    if any("_" in one and name.upper().endswith(f"_{one}") for one in known):
        return None  # somebody else's, as TEST_DATABASE_URL is
    longer = [one for one in known if "_" in one and name.upper().startswith(f"{one}_")]
    found = longer or get_close_matches(name.upper(), known, 1, LIKE)
    return found[0] if found else None
